import type { ExitCode, Io } from '../io.ts'
import { complain, decideManifests, placeOf } from '../manifests/decide.ts'
import type { DecisionFlags } from '../options.ts'
import { decisionJson, decisionText } from './decision-text.ts'
import type { WorkloadFlags } from './workload.ts'

export interface ExplainFlags
  extends Omit<DecisionFlags, 'filename'>,
    Pick<WorkloadFlags, 'context' | 'name' | 'output'> {
  readonly filename?: readonly string[]
}

/** Explains the manifests that the flags name, or the workload of the cluster that the words name. */
export async function run(
  words: readonly string[],
  { filename, ...flags }: ExplainFlags,
  isGiven: (option: keyof ExplainFlags) => boolean,
  io: Io,
): Promise<ExitCode> {
  if ((filename === undefined) === (words.length === 0)) {
    io.err('explain needs a manifest (-f FILE) or a workload in the cluster (pod NAME, deploy/NAME, …)\n')
    return 2
  }
  if (filename) return explainManifests({ ...flags, filename }, io)
  const { explainWorkload } = await import('./workload.ts')
  // The defaults are for manifests: a cluster has a version, and its context a namespace.
  const { namespace, kubernetesVersion, ...others } = flags
  return explainWorkload(
    words,
    {
      ...others,
      ...(isGiven('namespace') && { namespace }),
      ...(isGiven('kubernetesVersion') && { kubernetesVersion }),
    },
    io,
  )
}

async function explainManifests(
  flags: DecisionFlags & Pick<WorkloadFlags, 'output'>,
  io: Io,
): Promise<ExitCode> {
  const read = await decideManifests(flags, io)
  if ('problems' in read) return complain(read, io)
  const { decided, profiles } = read
  if (flags.output === 'json') {
    const all = decided.map(one => ({ ...decisionJson(one.workload, one.decision), place: placeOf(one) }))
    io.out(`${JSON.stringify(all, null, 2)}\n`)
  } else if (decided.length === 0) io.err('no workloads: no object in these manifests creates Pods\n')
  else {
    const known = (namespace: string) => profiles.namesIn(namespace)
    io.out(
      decided.map(one => `${placeOf(one)}: ${decisionText(one.decision, known(one.namespace))}`).join('\n'),
    )
  }
  return decided.some(({ decision }) => decision.outcome === 'denied') ? 1 : 0
}
