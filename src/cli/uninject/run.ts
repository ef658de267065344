import { uninject } from '../../engine/patch/uninject.ts'
import { annotation, type Pod } from '../../engine/pod.ts'
import { statusOf } from '../../engine/status/status.ts'
import { member } from '../../json/json.ts'
import { restoring } from '../../manifest/as-written.ts'
import { podsIn } from '../../manifest/pods.ts'
import type { Workload } from '../../manifest/workload.ts'
import { describe } from '../../problems/problem.ts'
import { type ExitCode, Failure, type Io } from '../io.ts'
import { checkInPlace, type InPlaceFlags } from '../manifests/in-place.ts'
import { type Output, printChanged } from '../manifests/print.ts'
import { readManifests } from '../manifests/read.ts'
import { summaryOf } from '../manifests/summary.ts'

/** Prints manifests without what the status annotations of their Pods say was injected, or replaces the files. */
export async function run(flags: InPlaceFlags & { readonly output: Output }, io: Io): Promise<ExitCode> {
  checkInPlace(flags)
  const { manifests, ...read } = await readManifests(flags, io)
  const { found, ...pods } = podsIn(manifests, isInjected)
  const problems = [...read.problems, ...pods.problems.map(describe)]
  if (problems.length > 0) throw new Failure(1, ...problems)
  const changed = found.map(({ document, workload }) => {
    if (!isInjected(workload)) return { document, workload, changes: [], result: 'unchanged' }
    const template = workload.template as Pod
    const names = Object.keys(statusOf(template)?.profiles ?? {})
    const result = names.length > 0 ? `removed ${names.join(', ')}` : 'unchanged'
    return { document, workload, changes: uninject(template), result }
  })
  const code = await printChanged(manifests, changed, flags, io, restoring)
  io.err(`${summaryOf(changed)}\n`)
  return code
}

function isInjected({ template }: Workload): boolean {
  return member(member(member(template, 'metadata'), 'annotations'), annotation.status) !== undefined
}
