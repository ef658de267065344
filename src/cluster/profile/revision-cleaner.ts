import { metadataOf } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import type { Verdict } from '../../profile/accept/acceptance.ts'
import { profileId, revisionNamespace } from '../../profile/accept/controller-revision.ts'
import { surplusRevisions } from '../../profile/accept/surplus.ts'
import { type Api, describeFailure } from '../api/api.ts'
import type { Users } from '../sweep/profile-users.ts'
import type { KeeperOptions } from './revision-keeper.ts'
import { overtaken } from './status-patch.ts'

/**
 * Deletes the revisions that the history of a profile does not need, the oldest first. An unused one goes only when two sweeps
 * in a row found no Pod with it: Pods may have got it while the first one ran. Only the leader does this.
 */
export function revisionCleaner(api: Api, { namespace: home, revisions, signal }: KeeperOptions) {
  /** The names of the revisions that the last sweep found unused, by the uid of the profile. */
  const marked = new Map<string, ReadonlySet<string>>()
  /** The profiles that were not cleaned since the last sweep. */
  const due = new Set<string>()

  return {
    /** Must be called after each sweep, with the uids of the profiles that existed then. */
    swept(uids: Iterable<string>): void {
      for (const uid of uids) due.add(uid)
    },
    /** Forgets all but these profiles. */
    keep(uids: ReadonlySet<string>): void {
      for (const uid of marked.keys()) if (!uids.has(uid)) marked.delete(uid)
      for (const uid of due) if (!uids.has(uid)) due.delete(uid)
    },
    /** Cleans the history of a profile, if a sweep has counted its users or it is too long. Returns what went wrong. */
    async clean({ object, profile }: Verdict, users: Users | undefined): Promise<string | undefined> {
      const uid = String(metadataOf(object)['uid'])
      const kept = revisions.of(profileId(object))
      const isDue = due.delete(uid)
      if (!isDue && kept.size <= limits.keptRevisions) return undefined
      const found = { current: profile?.revision, used: isDue ? users?.revisions : undefined }
      const { unused, tooMany } = surplusRevisions(object, kept, found)
      const before = marked.get(uid)
      if (unused.length > 0) marked.set(uid, new Set(unused.map(({ name }) => name)))
      else if (isDue) marked.delete(uid)
      const doomed = new Set([...tooMany, ...unused.filter(({ name }) => before?.has(name))])
      const path = `/apis/apps/v1/namespaces/${revisionNamespace(object, home)}/controllerrevisions`
      for (const each of [...doomed].sort((a, b) => a.number - b.number)) {
        const body = { preconditions: { uid: each.uid, resourceVersion: each.version } }
        const answer = await api.request('DELETE', `${path}/${each.name}`, { body, signal })
        if (!answer.ok && !overtaken.has(answer.status))
          return `the revision ${each.name}: ${describeFailure(answer)}`
      }
      return undefined
    },
  }
}
