import type { Pod } from '../../engine/pod.ts'
import { decisionJson, decisionText } from '../../explain/decision-text.ts'
import { decisionPicture } from '../../explain/picture/pod-picture.ts'
import { pictureSvg } from '../../explain/picture/svg.ts'
import { placeOf } from '../../manifest/decide.ts'
import { type ExitCode, Failure, type Io, printJson } from '../io.ts'
import { type DecisionFlags, decideManifests } from '../manifests/decide.ts'
import { summaryOf } from '../manifests/summary.ts'
import { chosenFrom, onlyOne } from './chosen.ts'
import type { WorkloadFlags } from './workload.ts'

/**
 * Explains the workloads of the manifests that the flags name, or only that one which the words name; without manifests, the
 * workload of the cluster that the words name.
 */
export async function run(
  flags: DecisionFlags & ExplainFlags,
  io: Io,
  words: readonly string[],
): Promise<ExitCode> {
  const { output } = flags
  if (flags.filename !== undefined || flags.kustomize !== undefined) return explainManifests(flags, io, words)
  if (words.length === 0)
    throw new Failure(
      2,
      'explain needs a manifest (-f FILE or -k DIR) or a workload in the cluster (pod NAME, deploy/NAME, …)',
    )
  if (output === 'svg')
    throw new Failure(
      2,
      `-o svg draws a manifest: kubectl get ${words.join(' ')} -o yaml | pillion explain -f - -o svg`,
    )
  const { explainWorkload } = await import('./workload.ts')
  return explainWorkload(words, { ...flags, output }, io)
}

type ExplainFlags = Omit<WorkloadFlags, 'output'> & { readonly output: WorkloadFlags['output'] | 'svg' }

async function explainManifests(
  flags: DecisionFlags & Pick<ExplainFlags, 'output'>,
  io: Io,
  words: readonly string[],
): Promise<ExitCode> {
  const { decided: all, namespaceWarnings, problems } = await decideManifests(flags, io)
  for (const line of namespaceWarnings) io.err(`${line}\n`)
  const decided = chosenFrom(all, words)
  if (flags.output === 'svg') {
    // What cannot be read may be the workload that was meant.
    if (problems.length > 0) throw new Failure(1, ...problems)
    const { workload, decision } = onlyOne(decided)
    io.out(pictureSvg(decisionPicture({ workload, pod: workload.pod as Pod }, decision)))
    if (decision.outcome === 'denied') io.err(`${decision.message}\n`)
  } else if (flags.output === 'json')
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
