import type { Profiles } from '../profile/accept/profiles.ts'
import type { Cluster, Decision, Subject } from './decision.ts'
import { beyondLimits } from './limits/pod-limits.ts'
import { exceedLevel } from './limits/pod-security.ts'
import { arrangeAll } from './order/order.ts'
import { type ForOriginal, planForOriginal } from './original/original-pod.ts'
import { accepted, denied, found, nothing, revisedBecause, type Steps, settled, skipped } from './outcome.ts'
import { patch } from './patch/patch.ts'
import { limitExceeded } from './reason.ts'
import { annotationExcess, reconcile } from './reconcile/reconcile.ts'
import { withinReview } from './render/share.ts'
import { resolveAll } from './resolve/resolve.ts'
import { type Revised, revise } from './revise/revise.ts'
import { select } from './select/select.ts'
import type { Status } from './status/status.ts'

/**
 * One Pod in, one decision out. Pure: the same arguments give the same decision, to the byte. It collects as many
 * problems as possible, so that a developer sees all of them at once. It denies a Pod that opts in and exceeds a limit
 * before it renders anything, and a Pod whose profiles use up the budget of the review. `examine` gets each plan, and the
 * plan that the decision follows is the last one.
 */
export function decide(
  subject: Subject,
  profiles: Profiles,
  cluster: Cluster,
  examine?: (planned: ForOriginal) => void,
): Decision {
  const selection = select(subject, profiles, cluster)
  if ('skipped' in selection) return skipped(selection.skipped, nothing)
  const beyond = beyondLimits(subject).map(message => limitExceeded(message))
  if (beyond.length > 0) return denied(found(nothing, { refused: [...beyond, ...selection.refused] }))
  return withinReview(
    () => {
      const { status, earlier, current, has } = revise(selection.profiles, subject, profiles)
      const decideWith = (revised: readonly Revised[]) =>
        revisedBecause(
          settled(steps(revised, subject, profiles, cluster, status, examine), found(nothing, selection)),
          revised,
        )
      // An earlier revision counts only if an earlier call has given it.
      const before = earlier && decideWith(earlier)
      return before && has(before) ? before : decideWith(current)
    },
    (message, most) => {
      const share = most && `; profile ${most.profile.name} has used the most of it, ${Math.ceil(most.units)}`
      return denied({ ...nothing, refused: [limitExceeded(`${message}${share ?? ''}`, most?.profile)] })
    },
  )
}

/** The steps of one review in order. Each yields what it finds; a step that denies the Pod is the last. */
function* steps(
  revised: readonly Revised[],
  subject: Subject,
  profiles: Profiles,
  cluster: Cluster,
  status: Status | undefined,
  examine: ((planned: ForOriginal) => void) | undefined,
): Steps {
  const resolved = resolveAll(revised, subject, profiles)
  yield resolved
  const forOriginal = planForOriginal(resolved.wanted, subject, cluster, status)
  examine?.(forOriginal)
  const { chosen, injections, planned, ...original } = forOriginal
  const met = yield original
  if (chosen.length === 0) return skipped(met.refused[0]!, met)
  yield { refused: original.unrenderable }
  yield { refused: exceedLevel(injections, subject) }
  const changes = reconcile(planned, subject)
  const ordered = arrangeAll(changes, planned.injections)
  const { leftOut, draft } = planned
  const placed = yield {
    refused: [...leftOut, ...draft.refusals, ...changes.refused, ...ordered.refusals],
    warnings: draft.warnings,
  }
  if (planned.injections.length === 0) return skipped(placed.refused[0]!, placed)
  const all = yield { refused: annotationExcess(changes, planned.injections) }
  return accepted(planned, changes, all, () => patch({ ...changes, ...ordered }))
}
