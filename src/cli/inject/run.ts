import { type ExitCode, Failure, type Io } from '../io.ts'
import { type DecisionFlags, decideManifests, placeOf } from '../manifests/decide.ts'
import { warningAt } from '../manifests/mistakes.ts'
import { type Output, printChanged } from '../manifests/print.ts'

/** Prints manifests with the patches that the webhook would respond with; nothing when a Pod is denied. */
export async function run(flags: DecisionFlags & { readonly output: Output }, io: Io): Promise<ExitCode> {
  const { manifests, decided, namespaceWarnings } = await decideManifests(flags, io)
  const denied = decided.filter(({ decision }) => decision.outcome === 'denied')
  const lines = [
    ...denied.map(one => `${placeOf(one)}: ${one.decision.reason}: ${one.decision.message}`),
    ...decided.flatMap(one =>
      one.decision.reason === 'NotCalled' ? `${placeOf(one)}: NotCalled: ${one.decision.message}` : [],
    ),
    ...namespaceWarnings,
    ...decided.flatMap(({ workload: { kind, name }, mistakes }) =>
      mistakes.map(mistake => warningAt(mistake, `${kind}/${name}`)),
    ),
    ...decided.flatMap(one => one.decision.warnings.map(warning => `${placeOf(one)}: warning: ${warning}`)),
  ]
  if (denied.length > 0) throw new Failure(1, ...lines)
  for (const line of lines) io.err(`${line}\n`)
  const changed = decided.map(({ decision, ...one }) => ({ ...one, changes: decision.patch }))
  return printChanged(manifests, changed, flags.output, io)
}
