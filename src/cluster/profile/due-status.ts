import { isObject, type JsonObject, metadataOf } from '../../json/json.ts'
import type { Verdict } from '../../profile/accept/acceptance.ts'
import { type LastAccepted, lastAcceptedIn, namedRevisions } from '../../profile/accept/candidate.ts'
import { revisionName } from '../../profile/accept/controller-revision.ts'
import { usedByStatus } from '../../profile/accept/used-by.ts'
import type { Profile } from '../../profile/profile.ts'
import { type RolloutStatus, rolloutStatusIn } from '../../profile/rollout/rollout-status.ts'
import { type Counted, usersOf } from './counted-users.ts'
import { conditionsOf, type Proven } from './profile-conditions.ts'
import type { NotKept } from './revision-keeper.ts'
import { rolloutReport } from './rollout-report.ts'

/** What only the leader found out about the current spec. */
export interface Judged {
  readonly proof?: Proven | undefined
  /** Why the accepted spec is not kept as a ControllerRevision. */
  readonly notKept?: NotKept | undefined
}

/**
 * The status as it should be. `lastAccepted` refers to the ControllerRevision of the last accepted spec, which stays in use
 * while a later one is not accepted. It is written together with the acceptance.
 */
export function statusOf(
  verdict: Verdict,
  { proof, notKept }: Judged = {},
  users?: Counted,
  rollouts: Pick<ReturnType<typeof rolloutReport>, 'next'> = rolloutReport({}),
): JsonObject {
  const { object, profile, inUse, accepted } = verdict
  const before = isObject(object['status']) ? object['status'] : {}
  const isRefused = proof?.outcome === 'refused'
  const isAccepted = accepted && !isRefused && !notKept && profile
  // If the API server denies a Pod with a spec that was not accepted before, nobody gets it, even if there is no earlier one.
  const isOut = isRefused && inUse === profile && !namedRevisions(object).has(String(profile?.revision))
  const serving = isAccepted ? profile : isOut ? undefined : inUse
  const rollout = rollouts.next(verdict, isAccepted ? profile.revision : undefined)
  const shown = rollout && rollout.stable === inUse?.revision ? inUse : (serving ?? profile)
  const names = Object.keys(shown?.parameters ?? {}).join(', ')
  const status = {
    ...before,
    revision: serving && (rollout ? stableIn(verdict, rollout) : serving.revision),
    parameters: names === '' ? undefined : names,
    ...usedByIn(users, object),
    lastAccepted: isAccepted ? referenceTo(object, profile) : lastAcceptedIn(object),
    rollout,
    conditions: conditionsOf(verdict, proof, notKept?.message, rollout),
  }
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined))
}

/** What Pods get outside of the canary: while the stable revision is not there, another one. */
function stableIn({ object, inUse }: Verdict, { stable }: RolloutStatus): string {
  const isTheSame = rolloutStatusIn(object)?.stable === stable
  return (isTheSame && inUse?.revision) || stable
}

function referenceTo(object: JsonObject, { revision }: Profile): LastAccepted {
  return { revision, name: revisionName(String(metadataOf(object)['name']), revision) }
}

function usedByIn(users: Counted, object: JsonObject): JsonObject {
  if (users === 'never') return { usedBy: undefined }
  const found = usersOf(users, object)
  return found === undefined ? {} : { usedBy: usedByStatus(found) }
}
