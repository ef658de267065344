import { uninject } from '../../engine/patch/uninject.ts'
import type { Pod } from '../../engine/pod.ts'
import type { ExitCode, Io } from '../io.ts'
import { restoring } from '../manifests/as-written.ts'
import { podsIn } from '../manifests/pods.ts'
import { type Output, printChanged } from '../manifests/print.ts'
import { readManifests } from '../manifests/read.ts'

/** Prints manifests without what the status annotations of their Pods say was injected. */
export async function run(
  flags: { readonly filename: readonly string[]; readonly output: Output },
  io: Io,
): Promise<ExitCode> {
  const manifests = await readManifests(flags.filename, io)
  const changed = podsIn(manifests).map(({ document, workload }) => ({
    document,
    workload,
    changes: uninject(workload.template as Pod),
  }))
  return printChanged(manifests, changed, flags.output, io, restoring)
}
