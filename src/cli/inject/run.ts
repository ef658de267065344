import type { ExitCode, Io } from '../io.ts'
import { complain, decideManifests, placeOf } from '../manifests/decide.ts'
import { type Output, printChanged } from '../manifests/print.ts'
import type { DecisionFlags } from '../options.ts'

/** Prints manifests with the patches that the webhook would respond with; nothing when a Pod is denied. */
export async function run(flags: DecisionFlags & { readonly output: Output }, io: Io): Promise<ExitCode> {
  const read = await decideManifests(flags, io)
  if ('problems' in read) return complain(read, io)
  const { manifests, decided } = read
  const denied = decided.filter(({ decision }) => decision.outcome === 'denied')
  for (const one of denied) io.err(`${placeOf(one)}: ${one.decision.reason}: ${one.decision.message}\n`)
  for (const one of decided) {
    for (const warning of one.decision.warnings) io.err(`${placeOf(one)}: warning: ${warning}\n`)
  }
  if (denied.length > 0) return 1
  const changed = decided.map(({ decision, ...one }) => ({ ...one, changes: decision.patch }))
  return printChanged(manifests, changed, flags.output, io)
}
