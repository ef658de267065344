import type { Profiles } from '../profile/profiles.ts'
import type { Cluster, Decision, ProfileDecision, Subject } from './decision.ts'
import { asGiven } from './given.ts'
import { type Injection, inject } from './injection.ts'
import { patch } from './patch.ts'
import { type Plan, plan } from './plan.ts'
import { exceedLevel } from './pod-security.ts'
import { type Because, because } from './reason.ts'
import { meetRequirements } from './requirements.ts'
import { resolve, strayAnnotations } from './resolve.ts'
import { type Refusal, select } from './select.ts'

/**
 * One Pod in, one decision out. Pure: the same arguments give the same decision, to the byte. What is
 * wrong is collected as far as it can be seen, so that a developer hears of everything at once.
 */
export function decide(subject: Subject, profiles: Profiles, cluster: Cluster): Decision {
  const selection = select(subject, profiles, cluster)
  if ('skipped' in selection) return skipped(selection.skipped, [], [])

  const given = selection.profiles.map(profile => asGiven(profile, subject.pod, profiles))
  const stray = strayAnnotations(subject, given, profiles)
  const resolved = given.map(profile => ({ profile, ...resolve(profile, subject) }))
  const misasked = [...selection.refused, ...resolved.flatMap(({ refused }) => refused), ...stray.refused]
  if (misasked.some(isDenial)) return denied(misasked, stray.warnings)

  const { chosen, refused: unmet } = meetRequirements(resolved, subject, cluster)
  const refused = [...misasked, ...unmet]
  const warnings = [...stray.warnings, ...refused.filter(({ outcome }) => outcome === 'skipped').map(leftOut)]
  if (refused.some(isDenial)) return denied(refused, warnings)
  if (chosen.length === 0) return skipped(refused[0]!, refused, warnings)

  const { injections, app, refused: unrenderable } = inject(chosen, subject.pod)
  if (unrenderable.length > 0) return denied([...refused, ...unrenderable], warnings)
  const excessive = exceedLevel(injections, subject)
  if (excessive.length > 0) return denied([...refused, ...excessive], warnings)
  const planned = plan(subject.pod, injections, app)
  if ('refused' in planned)
    return denied([...refused, ...planned.refused], [...warnings, ...planned.warnings])
  return injected(subject, injections, planned.plan, refused, warnings)
}

function injected(
  { pod }: Subject,
  injections: readonly Injection[],
  planned: Plan,
  refused: readonly Refusal[],
  warnings: readonly string[],
): Decision {
  const operations = patch(pod, planned)
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
  const names = profiles.map(({ name }) => name).join(', ')
  return {
    outcome: operations.length > 0 ? 'injected' : 'unchanged',
    ...(operations.length > 0 ? because('Injected', `injected: ${names}`) : because('Unchanged')),
    profiles: [...profiles, ...refused.map(refusedProfile)],
    warnings: [...warnings, ...planned.warnings],
    patch: operations,
  }
}

function denied(refused: readonly Refusal[], warnings: readonly string[]): Decision {
  const denials = refused.filter(isDenial)
  const messages = [...new Set(denials.map(({ message }) => message))]
  return {
    outcome: 'denied',
    reason: denials[0]!.reason,
    message: messages.length === 1 ? messages[0]! : messages.map(message => `- ${message}`).join('\n'),
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
  return `profile ${name} is left out: ${message.replace(`profile ${name}: `, '')}`
}
