import { Option } from 'commander'
import { type CommandFile, decidingCommand } from './command.ts'

/** `pillion explain`: what would be done to the Pods of a manifest, and why. */
export const explain: CommandFile = (io, end) =>
  decidingCommand('explain')
    .description('say what each workload gets, or why it does not')
    .addOption(new Option('-o, --output <format>', 'what to print').choices(['text', 'json']).default('text'))
    .action(async flags => {
      const [{ complain, decideManifests, placeOf }, { explanation, explanationJson }] = await Promise.all([
        import('./deciding.ts'),
        import('./explanation.ts'),
      ])
      const deciding = await decideManifests(flags, io)
      if ('problems' in deciding) return end(complain(deciding, io))
      if (flags.output === 'json') {
        const all = deciding.decided.map(one => ({
          ...explanationJson(one.workload, one.decision),
          place: placeOf(one),
        }))
        io.out(`${JSON.stringify(all, null, 2)}\n`)
      } else if (deciding.decided.length === 0) io.err('no workloads: nothing here makes Pods\n')
      else {
        const known = (namespace: string) => deciding.profiles.namesIn(namespace)
        io.out(
          deciding.decided
            .map(one => `${placeOf(one)}: ${explanation(one.decision, known(one.namespace))}`)
            .join('\n'),
        )
      }
      end(deciding.decided.some(({ decision }) => decision.outcome === 'denied') ? 1 : 0)
    })
