import { type JsonObject, metadataOf } from '../../json/json.ts'
import { usedByStatus, userKey } from '../../profile/accept/used-by.ts'
import type { ProfileUsers } from '../sweep/profile-users.ts'

/** What a sweep found, and the uids of the profiles that existed then. */
export interface Counted {
  readonly found: ProfileUsers
  readonly among: ReadonlySet<string>
}

/** A profile that was created after the sweep has no number yet, because 0 would mean that it can be deleted. */
export function usersIn(users: Counted | undefined, object: JsonObject): JsonObject {
  const found =
    users?.found.get(userKeyOf(object)) ??
    (users?.among.has(String(metadataOf(object)['uid'])) ? nobody : undefined)
  return found === undefined ? {} : { usedBy: usedByStatus(found) }
}

const nobody = { pods: 0, workloads: 0 }

function userKeyOf(object: JsonObject): string {
  const { name, namespace } = metadataOf(object)
  return userKey({ name: String(name), ...(namespace !== undefined && { namespace: String(namespace) }) })
}
