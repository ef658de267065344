import { type Because, withMore } from '../../engine/reason.ts'
import { noting } from '../../manifest/as-written.ts'
import { placeOf } from '../../manifest/decide.ts'
import { warningAt } from '../../manifest/mistakes.ts'
import { type ExitCode, Failure, type Io } from '../io.ts'
import { type DecisionFlags, decideManifests } from '../manifests/decide.ts'
import { checkInPlace, type InPlaceFlags } from '../manifests/in-place.ts'
import { type Output, printChanged } from '../manifests/print.ts'
import { resultOf, summaryOf } from '../manifests/summary.ts'

interface InjectFlags extends DecisionFlags, InPlaceFlags {
  readonly output: Output
}

/**
 * Prints manifests with the patches that the webhook would respond with, or replaces the files. Does neither when a Pod is
 * denied or a document cannot be read.
 */
export async function run(flags: InjectFlags, io: Io): Promise<ExitCode> {
  checkInPlace(flags)
  const { manifests, decided, namespaceWarnings, problems } = await decideManifests(flags, io)
  const denied = decided.filter(({ decision }) => decision.outcome === 'denied')
  const lines = [
    ...problems,
    ...denied.map(one => denialOf(one)),
    ...decided.flatMap(one =>
      one.decision.reason === 'NotCalled' ? `${placeOf(one)}: NotCalled: ${one.decision.message}` : [],
    ),
    ...namespaceWarnings,
    ...decided.flatMap(({ workload: { kind, name }, mistakes }) =>
      mistakes.map(mistake => warningAt(mistake, `${kind}/${name}`)),
    ),
    ...decided.flatMap(one => one.decision.warnings.map(warning => `${placeOf(one)}: warning: ${warning}`)),
    summaryOf(decided.map(({ workload, decision }) => ({ workload, result: resultOf(decision) }))),
  ]
  if (denied.length > 0 || problems.length > 0) throw new Failure(1, ...lines)
  const changed = decided.map(({ decision, ...one }) => ({ ...one, changes: decision.patch }))
  const code = await printChanged(manifests, changed, flags, io, noting)
  for (const line of lines) io.err(`${line}\n`)
  return code
}

type Denied = Parameters<typeof placeOf>[0] & { readonly decision: Because }

/** Several problems begin on a line of their own. */
function denialOf(one: Denied): string {
  const { reason, message } = one.decision
  return `${placeOf(one)}: ${reason}:${message.includes('\n') ? '\n' : ' '}${withMore(one.decision)}`
}
