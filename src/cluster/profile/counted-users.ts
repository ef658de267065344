import { type JsonObject, metadataOf } from '../../json/json.ts'
import { userKey } from '../../profile/accept/used-by.ts'
import type { ProfileUsers, Users } from '../sweep/profile-users.ts'

/** What a sweep of this replica found, and the uids of the profiles that existed then; undefined before the first sweep. */
export type Counted =
  | { readonly found: ProfileUsers; readonly among: ReadonlySet<string> }
  | 'never'
  | undefined

/**
 * The users of a stored profile; undefined if nobody knows them. A profile that was created after the sweep has none yet,
 * because 0 would mean that it can be deleted.
 */
export function usersOf(counted: Counted, object: JsonObject): Users | undefined {
  if (counted === 'never' || counted === undefined) return undefined
  const { uid, name, namespace } = metadataOf(object)
  const key = userKey({
    name: String(name),
    ...(namespace !== undefined && { namespace: String(namespace) }),
  })
  return counted.found.get(key) ?? (counted.among.has(String(uid)) ? nobody : undefined)
}

const nobody: Users = { pods: 0, workloads: 0, revisions: new Set() }
