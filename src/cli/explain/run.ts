import { type ExitCode, Failure, type Io, printJson } from '../io.ts'
import { type DecisionFlags, decideManifests, placeOf } from '../manifests/decide.ts'
import { decisionJson, decisionText } from './decision-text.ts'
import type { WorkloadFlags } from './workload.ts'

/** Explains the manifests that the flags name, or the workload of the cluster that the words name. */
export async function run(
  flags: Omit<DecisionFlags, 'filename'> & Partial<Pick<DecisionFlags, 'filename'>> & WorkloadFlags,
  io: Io,
  words: readonly string[],
): Promise<ExitCode> {
  const { filename } = flags
  if ((filename === undefined) === (words.length === 0))
    throw new Failure(
      2,
      'explain needs a manifest (-f FILE) or a workload in the cluster (pod NAME, deploy/NAME, …)',
    )
  if (filename) return explainManifests({ ...flags, filename }, io)
  const { explainWorkload } = await import('./workload.ts')
  return explainWorkload(words, flags, io)
}

async function explainManifests(
  flags: DecisionFlags & Pick<WorkloadFlags, 'output'>,
  io: Io,
): Promise<ExitCode> {
  const { decided, namespaceWarnings } = await decideManifests(flags, io)
  for (const line of namespaceWarnings)
    io.err(`${line}
`)
  if (flags.output === 'json')
    printJson(
      decided.map(one => ({ ...decisionJson(one), place: placeOf(one) })),
      io,
    )
  else if (decided.length === 0) io.err('no workloads: no object in these manifests creates Pods\n')
  else {
    const texts = decided.map(one => `${placeOf(one)}: ${decisionText(one, one.known)}`)
    io.out(texts.join('\n'))
  }
  return decided.some(({ decision }) => decision.outcome === 'denied') ? 1 : 0
}
