import type { Profiles } from '../profile/accept/profiles.ts'
import type { Cluster, Decision, Subject } from './decision.ts'
import { annotationExcess, beyondLimits } from './limits/pod-limits.ts'
import { exceedLevel } from './limits/pod-security.ts'
import { arrangeAll } from './order/order.ts'
import { planForOriginal } from './original/original-pod.ts'
import { accepted, denied, type Findings, isDenying, skipped, withRefused } from './outcome.ts'
import { patch } from './patch/patch.ts'
import { reconcile } from './reconcile/reconcile.ts'
import { withinReview } from './render/share.ts'
import { resolveAll } from './resolve/resolve.ts'
import { type Revised, revise } from './revise/revise.ts'
import { limitExceeded, select } from './select/select.ts'
import { type Status, statusOf } from './status/status.ts'

/**
 * One Pod in, one decision out. Pure: the same arguments give the same decision, to the byte. What is
 * wrong is collected as far as it can be seen, so that a developer sees all of it at once. A Pod that opts in
 * and is beyond a limit is denied before anything is made for it; so is one whose profiles use up the review's budget.
 */
export function decide(subject: Subject, profiles: Profiles, cluster: Cluster): Decision {
  const selection = select(subject, profiles, cluster)
  if ('skipped' in selection) return skipped(selection.skipped, nothing)
  const found = withRefused(nothing, selection.refused)
  const beyond = beyondLimits(subject).map(message => limitExceeded(message))
  if (beyond.length > 0) return denied({ ...found, refused: [...beyond, ...found.refused] })
  return withinReview(
    () => {
      const status = statusOf(subject.pod)
      const { earlier, current } = revise(selection.profiles, status, profiles)
      // A revision that is replaced counts only for a Pod that has all of it already.
      const before = earlier && decideAbout(earlier, found, subject, profiles, cluster, status)
      if (before?.outcome === 'unchanged') return before
      return decideAbout(current, found, subject, profiles, cluster, status)
    },
    (message, most) => {
      const share = most && `; profile ${most.profile.name} has used the most of it, ${Math.ceil(most.units)}`
      return denied({ ...nothing, refused: [limitExceeded(`${message}${share ?? ''}`, most?.profile)] })
    },
  )
}

const nothing: Findings = { refused: [], warnings: [] }

function decideAbout(
  revised: readonly Revised[],
  selected: Findings,
  subject: Subject,
  profiles: Profiles,
  cluster: Cluster,
  status: Status | undefined,
): Decision {
  const resolved = resolveAll(revised, subject, profiles)
  const asked = withRefused(
    { ...selected, warnings: [...resolved.warnings, ...selected.warnings] },
    resolved.refused,
  )
  if (isDenying(asked)) return denied({ ...asked, warnings: resolved.warnings })

  const original = planForOriginal(resolved.wanted, subject, cluster, status)
  const met = withRefused(asked, original.refused)
  if (isDenying(met)) return denied(met)
  if (original.chosen.length === 0) return skipped(met.refused[0]!, met)
  const { planned } = original
  const rendered = withRefused(met, original.unrenderable)
  if (isDenying(rendered)) return denied(rendered)
  const allowed = withRefused(rendered, exceedLevel(original.injections, subject))
  if (isDenying(allowed)) return denied(allowed)
  const changes = reconcile(planned, subject)
  const ordered = arrangeAll(changes, planned.injections)
  const placed = withRefused(allowed, [
    ...planned.leftOut,
    ...planned.draft.refusals,
    ...changes.refused,
    ...ordered.refusals,
  ])
  if (isDenying(placed))
    return denied({ ...placed, warnings: [...placed.warnings, ...planned.draft.warnings] })
  if (planned.injections.length === 0) return skipped(placed.refused[0]!, placed)
  const whole = withRefused(placed, annotationExcess(changes, planned.injections))
  if (isDenying(whole)) return denied(whole)
  return accepted(planned, changes, whole, () => patch({ ...changes, ...ordered }))
}
