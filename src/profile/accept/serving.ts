import { isObject, type JsonObject, member } from '../../json/json.ts'
import type { Schema } from '../../json/schema.ts'
import { validatorFor } from '../../json/validate.ts'
import type { Profile } from '../profile.ts'
import { type RolloutStatus, rolloutStatusIn } from '../rollout/rollout-status.ts'
import { Rollout } from '../schema/rollout-schema.ts'
import { type Candidate, isPending, lastAcceptedIn } from './candidate.ts'
import type { Canary } from './profiles.ts'

/** What Pods get of a profile. */
export interface Serving {
  /** What Pods get unless they are in the canary. */
  readonly inUse?: Profile
  readonly canary?: Canary
  /** The revisions that the status names and nobody can get, because they are not kept or cannot be used now. */
  readonly missing: readonly string[]
}

/**
 * Which revisions of a profile Pods get. Without a rollout: the current spec if a leader has accepted it, else the last
 * accepted revision, else the current spec. In a rollout the status decides, which only the leader writes; a later edit of
 * the spec changes nothing. In place of a revision that cannot be used, Pods get the nearest one: stable for the canary, the
 * last accepted one for stable, and then the current spec.
 */
export function servingOf(
  each: Candidate,
  { accepted, mayStay }: { readonly accepted: boolean; readonly mayStay: (profile: Profile) => boolean },
): Serving {
  const { object, compiled, named } = each
  const current = 'profile' in compiled ? compiled.profile : undefined
  const missing: string[] = []
  const usable = (revision: string | undefined): Profile | undefined => {
    if (revision === undefined) return undefined
    const profile = current?.revision === revision ? current : named.get(revision)
    if (!profile && !missing.includes(revision)) missing.push(revision)
    return profile && mayStay(profile) ? profile : undefined
  }
  // A leader has accepted each revision that the status names; the current spec counts for itself.
  const own = accepted ? current : undefined
  const last = lastAcceptedIn(object)?.revision
  const rollout = rolloutIn(object)
  if (!rollout) {
    // Without another revision, Pods get a spec at once: otherwise they would be denied until a leader has accepted it.
    const inUse = (isPending(object) ? undefined : own) ?? usable(last) ?? own
    return { ...(inUse && { inUse }), missing }
  }
  const { status, settings } = rollout
  const canary = hasCanary(rollout) ? usable(status.canary) : undefined
  const inUse = usable(status.stable) ?? usable(last) ?? own
  const share = status.percent === undefined ? selectorsOf(settings) : { percent: status.percent }
  const isShared = canary && inUse && canary !== inUse && share
  return { ...(inUse && { inUse }), ...(isShared && { canary: { profile: canary, ...share } }), missing }
}

interface RolloutInEffect {
  readonly status: RolloutStatus
  /** Undefined if the spec has none, or if they cannot be read. */
  readonly settings: Rollout | undefined
}

/** The rollout of a stored profile. A leader removes it when it accepts a spec without one. */
function rolloutIn(object: JsonObject): RolloutInEffect | undefined {
  const status = rolloutStatusIn(object)
  if (!status) return undefined
  return { status, settings: rolloutSettingsIn(object) }
}

/** `spec.rollout` of a stored profile, whether or not the rest of the spec is valid; undefined if there is none, or if it cannot be read. */
export function rolloutSettingsIn(object: JsonObject): Rollout | undefined {
  const settings = member(object['spec'], 'rollout')
  return isObject(settings) && validate(settings).length === 0 ? (settings as Rollout) : undefined
}

const validate = validatorFor(Rollout as unknown as Schema)

function hasCanary({ status, settings }: RolloutInEffect): boolean {
  const isReverted = status.phase === 'Degraded' && (settings?.onFailure ?? 'Revert') === 'Revert'
  return !isReverted && status.canary !== undefined && status.canary !== status.stable
}

/** Undefined if nothing is selected. */
function selectorsOf(settings: Rollout | undefined): Omit<Canary, 'profile'> | undefined {
  const { namespaceSelector, podSelector } = settings?.canary ?? {}
  if (!namespaceSelector && !podSelector) return undefined
  return { ...(namespaceSelector && { namespaceSelector }), ...(podSelector && { podSelector }) }
}
