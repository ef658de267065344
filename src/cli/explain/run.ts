import type { Pod } from '../../engine/pod.ts'
import { decisionJson, decisionText } from '../../explain/decision-text.ts'
import { placeOf } from '../../manifest/decide.ts'
import { type ExitCode, Failure, type Io, printJson } from '../io.ts'
import { type DecisionFlags, decideManifests } from '../manifests/decide.ts'
import { summaryOf } from '../manifests/summary.ts'
import type { WorkloadFlags } from './workload.ts'

/** Explains the manifests that the flags name, or the workload of the cluster that the words name. */
export async function run(
  flags: DecisionFlags & WorkloadFlags,
  io: Io,
  words: readonly string[],
): Promise<ExitCode> {
  const isManifest = flags.filename !== undefined || flags.kustomize !== undefined
  if (isManifest === words.length > 0)
    throw new Failure(
      2,
      isManifest
        ? `explain takes a manifest (-f FILE or -k DIR) or a workload in the cluster (${words.join(' ')}), not both`
        : 'explain needs a manifest (-f FILE or -k DIR) or a workload in the cluster (pod NAME, deploy/NAME, …)',
    )
  if (isManifest) return explainManifests(flags, io)
  const { explainWorkload } = await import('./workload.ts')
  return explainWorkload(words, flags, io)
}

async function explainManifests(
  flags: DecisionFlags & Pick<WorkloadFlags, 'output'>,
  io: Io,
): Promise<ExitCode> {
  const { decided, namespaceWarnings, problems } = await decideManifests(flags, io)
  for (const line of namespaceWarnings) io.err(`${line}\n`)
  if (flags.output === 'json')
    printJson(
      decided.map(one => ({ ...decisionJson(one), place: placeOf(one) })),
      io,
    )
  else if (decided.length > 0) {
    // One list of all profiles is enough.
    const first = decided.find(({ decision }) => decision.reason === 'NotRequested')
    const texts = decided.map(one => {
      const known = one === first ? one.known : []
      return `${placeOf(one)}: ${decisionText(one, known, flags.set, one.workload.pod as Pod)}`
    })
    io.out(texts.join('\n'))
  }
  if (decided.length === 0 && problems.length === 0) io.err(`${summaryOf([])}\n`)
  for (const problem of problems) io.err(`${problem}\n`)
  return problems.length > 0 || decided.some(({ decision }) => decision.outcome === 'denied') ? 1 : 0
}
