import { limits } from '../limits/limits.ts'
import { listProblems } from '../problems/problem-list.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import type { Profile } from '../profile/profile.ts'
import type { Cluster, Decision, ProfileDecision, Subject } from './decision.ts'
import { beyondLimits } from './limits/pod-limits.ts'
import { exceedLevel } from './limits/pod-security.ts'
import { patch } from './patch/patch.ts'
import { type Plan, plan } from './plan/plan.ts'
import { annotation } from './pod.ts'
import { type Because, because } from './reason.ts'
import { type Injection, inject } from './render/injection.ts'
import { onAccountOf, withinReview } from './render/share.ts'
import { resolve, type Settings, settingsOf, strayAnnotations } from './resolve/resolve.ts'
import { type Refusal, type Selection, select } from './select/select.ts'
import { meetAsSubmitted } from './status/as-submitted.ts'
import { asGiven } from './status/given.ts'
import { type Status, statusOf } from './status/status.ts'

/**
 * One Pod in, one decision out. Pure: the same arguments give the same decision, to the byte. What is
 * wrong is collected as far as it can be seen, so that a developer sees all of it at once. A Pod that opts in
 * and is beyond a limit is denied before anything is made for it; so is one whose profiles use up the review's budget.
 */
export function decide(subject: Subject, profiles: Profiles, cluster: Cluster): Decision {
  const selection = select(subject, profiles, cluster)
  if ('skipped' in selection) return skipped(selection.skipped, [], [])
  const beyond = beyondLimits(subject).map(limitExceeded)
  if (beyond.length > 0) return denied([...beyond, ...selection.refused], [])
  return withinReview(
    () => decideWithin(selection, subject, profiles, cluster),
    (message, most) => {
      const share = most && `; profile ${most.profile.name} has used the most of it, ${Math.ceil(most.units)}`
      return denied([{ ...limitExceeded(`${message}${share ?? ''}`), ...(most && of(most.profile)) }], [])
    },
  )
}

function limitExceeded(message: string): Refusal {
  return { name: '', outcome: 'denied', ...because('LimitExceeded', message) }
}

function of(profile: Refusal['profile'] & object): Pick<Refusal, 'name' | 'profile'> {
  return { name: profile.name, profile }
}

type Selected = Exclude<Selection, { skipped: unknown }>

function decideWithin(selection: Selected, subject: Subject, profiles: Profiles, cluster: Cluster): Decision {
  const status = statusOf(subject.pod)
  const { profiles: now } = selection
  const before = now.map(profile => asGiven(profile, status, profiles))
  if (before.some((profile, i) => profile !== now[i])) {
    // A revision that is replaced counts only for a Pod that has all of it already.
    const decision = decideAbout({ ...selection, profiles: before }, now, subject, profiles, cluster, status)
    if (decision.outcome === 'unchanged') return decision
  }
  return decideAbout(selection, now, subject, profiles, cluster, status)
}

function decideAbout(
  selection: Selected,
  now: readonly Profile[],
  subject: Subject,
  profiles: Profiles,
  cluster: Cluster,
  status: Status | undefined,
): Decision {
  const stray = strayAnnotations(subject, now, profiles)
  const settings = settingsOf(subject)
  const resolved = selection.profiles.map(profile => resolvedFor(profile, subject, settings))
  const current = now.map((profile, i) => {
    const own = resolved[i]!
    return own.profile === profile ? own : resolvedFor(profile, subject, settings)
  })
  const misasked = [
    ...selection.refused,
    ...current.flatMap(({ refused }) => refused),
    ...resolved.filter((own, i) => own !== current[i]).flatMap(({ refused }) => refused),
    ...stray.refused,
  ]
  if (misasked.some(isDenial)) return denied(misasked, stray.warnings)

  const wanted = resolved.map((own, i) => (own === current[i] ? own : { ...own, now: current[i]! }))
  const { chosen, refused: unmet } = meetAsSubmitted(wanted, subject, cluster, status)
  const refused = [...misasked, ...unmet]
  const warnings = [...stray.warnings, ...refused.filter(({ outcome }) => outcome === 'skipped').map(leftOut)]
  if (refused.some(isDenial)) return denied(refused, warnings)
  if (chosen.length === 0) return skipped(refused[0]!, refused, warnings)

  const { injections, app, refused: unrenderable } = inject(chosen, subject.pod)
  if (unrenderable.length > 0) return denied([...refused, ...unrenderable], warnings)
  const excessive = exceedLevel(injections, subject)
  if (excessive.length > 0) return denied([...refused, ...excessive], warnings)
  const planned = plan(subject.pod, injections, app, status)
  const left = [...refused, ...planned.leftOut]
  const said = [...warnings, ...planned.leftOut.map(leftOut)]
  if ('refused' in planned) return denied([...left, ...planned.refused], [...said, ...planned.warnings])
  if (planned.injections.length === 0) return skipped(left[0]!, left, said)
  const tooLong = withLongStatus(planned.plan)
  if (tooLong) return denied([...left, tooLong], said)
  return injected(subject, planned.injections, planned.plan, left, said)
}

function resolvedFor(profile: Profile, subject: Subject, settings: Settings) {
  return { profile, ...onAccountOf(profile, () => resolve(profile, subject, settings)) }
}

/** A status that could not be read again would be no status for the next call. */
function withLongStatus({ statusText: { length } }: Plan): Refusal | undefined {
  if (length <= limits.statusLength) return undefined
  const what = `the profiles add so much to this Pod that its annotation ${annotation.status} would have ${length} characters; the limit is ${limits.statusLength}; ask for fewer profiles, or for fewer containers in one Pod`
  return { name: '', outcome: 'denied', ...because('LimitExceeded', what) }
}

/** The outcome of the Pod follows from those of its profiles: where none adds anything, the status stays as it is, too. */
function injected(
  { pod }: Subject,
  injections: readonly Injection[],
  planned: Plan,
  refused: readonly Refusal[],
  warnings: readonly string[],
): Decision {
  const profiles = injections.map(({ profile, parameters }): ProfileDecision => {
    const { name, revision } = profile
    const isChanged = planned.changed.has(name)
    return {
      name,
      revision,
      outcome: isChanged ? 'injected' : 'unchanged',
      ...(isChanged ? because('Injected', `profile ${name} is injected`) : because('Unchanged')),
      parameters,
      injected: planned.status.profiles[name],
    }
  })
  const isChanged = planned.changed.size > 0
  const names = profiles.filter(({ outcome }) => outcome === 'injected').map(({ name }) => name)
  return {
    outcome: isChanged ? 'injected' : 'unchanged',
    ...(isChanged ? because('Injected', `injected: ${names.join(', ')}`) : because('Unchanged')),
    profiles: [...profiles, ...refused.map(refusedProfile)],
    warnings: [...warnings, ...planned.warnings],
    patch: isChanged ? patch(pod, planned) : [],
  }
}

function denied(refused: readonly Refusal[], warnings: readonly string[]): Decision {
  const denials = refused.filter(isDenial)
  const messages = [...new Set(denials.map(({ message }) => message))]
  const told = messages.slice(0, limits.problems)
  if (messages.length > told.length) told.push(`and ${messages.length - told.length} more`)
  return {
    outcome: 'denied',
    reason: denials[0]!.reason,
    message: listProblems(told.map(message => ({ path: [], message }))),
    profiles: refused.map(refusedProfile),
    warnings,
    patch: [],
  }
}

function skipped(
  { reason, message }: Because,
  refused: readonly Refusal[],
  warnings: readonly string[],
): Decision {
  return {
    outcome: 'skipped',
    reason,
    message,
    profiles: refused.map(refusedProfile),
    warnings,
    patch: [],
  }
}

function refusedProfile({ name, profile, outcome, reason, message }: Refusal): ProfileDecision {
  return { name, ...(profile && { revision: profile.revision }), outcome, reason, message, parameters: [] }
}

function isDenial({ outcome }: Refusal): boolean {
  return outcome === 'denied'
}

function leftOut({ name, message }: Refusal): string {
  return `profile ${name} is skipped: ${message.replace(`profile ${name}: `, '')}`
}
