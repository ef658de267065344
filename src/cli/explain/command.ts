import { Command, Option } from 'commander'
import type { ExitCode, Io } from '../io.ts'
import { type CommandFile, type DecidingFlags, deciding, filename } from '../options.ts'
import type { LiveFlags } from './workload.ts'

/** `pillion explain`: what is done to the Pods of a manifest or of a cluster, and why. */
export const explain: CommandFile = (io, end) =>
  deciding(new Command('explain').addOption(filename()))
    .description('say what each workload gets, or why it does not: in a manifest (-f), or in the cluster')
    .argument(
      '[type]',
      'of a workload in the cluster, as kubectl takes it: pod, deploy, sts, …; or TYPE/NAME',
    )
    .argument('[name]', 'of the workload')
    .option('--context <name>', 'of the kubeconfig, to look into another cluster than the current one')
    .option('--name <name>', 'of the installation in the cluster', 'pillion')
    .addOption(new Option('-o, --output <format>', 'what to print').choices(['text', 'json']).default('text'))
    .action(async (type: string | undefined, name: string | undefined, flags: Flags, command: Command) => {
      const words = [type, name].filter(word => word !== undefined)
      if ((flags.filename === undefined) === (words.length === 0)) {
        io.err('explain wants a manifest (-f FILE) or a workload of the cluster (pod NAME, deploy/NAME, …)\n')
        return end(2)
      }
      if (flags.filename) return end(await explainManifests({ ...flags, filename: flags.filename }, io))
      const { explainLive } = await import('./workload.ts')
      end(await explainLive(words, onlyGiven(flags, command), io))
    })

interface Flags extends Omit<DecidingFlags, 'filename'>, Pick<LiveFlags, 'context' | 'name' | 'output'> {
  readonly filename?: readonly string[]
}

/** Without what is true only of manifests: a cluster has a version, and its context a namespace. */
function onlyGiven({ namespace, kubernetesVersion, ...flags }: Flags, command: Command): LiveFlags {
  const isGiven = (option: string) => command.getOptionValueSource(option) === 'cli'
  return {
    ...flags,
    ...(isGiven('namespace') && { namespace }),
    ...(isGiven('kubernetesVersion') && { kubernetesVersion }),
  }
}

async function explainManifests(flags: DecidingFlags & Pick<LiveFlags, 'output'>, io: Io): Promise<ExitCode> {
  const [{ complain, decideManifests, placeOf }, { explanation, explanationJson }] = await Promise.all([
    import('../manifests/decide.ts'),
    import('./decision-text.ts'),
  ])
  const deciding = await decideManifests(flags, io)
  if ('problems' in deciding) return complain(deciding, io)
  const { decided, profiles } = deciding
  if (flags.output === 'json') {
    const all = decided.map(one => ({ ...explanationJson(one.workload, one.decision), place: placeOf(one) }))
    io.out(`${JSON.stringify(all, null, 2)}\n`)
  } else if (decided.length === 0) io.err('no workloads: nothing here makes Pods\n')
  else {
    const known = (namespace: string) => profiles.namesIn(namespace)
    io.out(
      decided.map(one => `${placeOf(one)}: ${explanation(one.decision, known(one.namespace))}`).join('\n'),
    )
  }
  return decided.some(({ decision }) => decision.outcome === 'denied') ? 1 : 0
}
