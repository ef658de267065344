import { limits } from '../limits/limits.ts'
import { listProblems } from '../problems/problem-list.ts'
import type { Decision, ProfileDecision } from './decision.ts'
import type { Operation } from './patch/apply.ts'
import type { Planned } from './plan/plan.ts'
import { type Because, because, type Refusal } from './reason.ts'
import type { Changes } from './reconcile/reconcile.ts'
import type { Revised } from './revise/revise.ts'

/** What the steps found: the profiles that the Pod does not get, and the warnings. */
export interface Findings {
  readonly refused: readonly Refusal[]
  readonly warnings: readonly string[]
}

export const nothing: Findings = { refused: [], warnings: [] }

/** What one step finds. */
type Found = Pick<Findings, 'refused'> & Partial<Findings>

/** Adds findings to others. A skipped profile adds a warning; a profile that denies the Pod has its message in the denial. */
export function found({ refused, warnings }: Findings, more: Found): Findings {
  const skipped = more.refused.filter(({ outcome }) => outcome === 'skipped').map(leftOut)
  return {
    refused: [...refused, ...more.refused],
    warnings: [...warnings, ...skipped, ...(more.warnings ?? [])],
  }
}

/** The steps to a decision: each yields what it finds, and gets everything that was found so far. */
export type Steps = Generator<Found, Decision, Findings>

/** Runs the steps until one returns the decision, or yields something that denies the Pod. */
export function settled(steps: Steps, before: Findings): Decision {
  let findings = before
  for (let step = steps.next(findings); ; step = steps.next(findings)) {
    if (step.done) return step.value
    findings = found(findings, step.value)
    if (findings.refused.some(isDenial)) return denied(findings)
  }
}

/** The same decision, with the reason for the revision of each profile. */
export function revisedBecause(decision: Decision, revised: readonly Revised[]): Decision {
  const known = new Map(revised.map(each => [each.profile.name, each]))
  const profiles = decision.profiles.map(each => {
    const { profile, because, refused } = known.get(each.name) ?? {}
    if (!because || refused || profile?.revision !== each.revision) return each
    return { ...each, revisionBecause: because }
  })
  return { ...decision, profiles }
}

export function denied({ refused, warnings }: Findings): Decision {
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

export function skipped({ reason, message }: Because, { refused, warnings }: Findings): Decision {
  return { outcome: 'skipped', reason, message, profiles: refused.map(refusedProfile), warnings, patch: [] }
}

/** The outcome of the Pod follows from those of its profiles. If no profile adds anything, the status does not change either. */
export function accepted(
  { injections }: Planned,
  { status, changed }: Changes,
  { refused, warnings }: Findings,
  patch: () => readonly Operation[],
): Decision {
  const profiles = injections.map(({ profile, parameters }): ProfileDecision => {
    const { name, revision } = profile
    const isChanged = changed.has(name)
    return {
      name,
      revision,
      outcome: isChanged ? 'injected' : 'unchanged',
      ...(isChanged ? because('Injected', `profile ${name} is injected`) : because('Unchanged')),
      parameters,
      injected: status.profiles[name],
    }
  })
  const isChanged = changed.size > 0
  return {
    outcome: isChanged ? 'injected' : 'unchanged',
    ...(isChanged ? because('Injected', `injected: ${[...changed].join(', ')}`) : because('Unchanged')),
    profiles: [...profiles, ...refused.map(refusedProfile)],
    warnings,
    patch: isChanged ? patch() : [],
  }
}

function refusedProfile({ name, profile, outcome, reason, message, cause }: Refusal): ProfileDecision {
  return {
    name,
    ...(profile && { revision: profile.revision }),
    outcome,
    reason,
    message,
    ...(cause && { cause }),
    parameters: [],
  }
}

function isDenial({ outcome }: Refusal): boolean {
  return outcome === 'denied'
}

/** The warning about a profile that is skipped. */
export function leftOut({ name, message }: Pick<Refusal, 'name' | 'message'>): string {
  return `profile ${name} is skipped: ${message.replace(`profile ${name}: `, '').replace(`profile ${name} cannot`, 'cannot')}`
}
