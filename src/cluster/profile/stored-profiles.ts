import type { JsonObject } from '../../json/json.ts'
import { type Acceptance, accept, stored, versionsOf } from '../../profile/accept/acceptance.ts'
import {
  type Candidate,
  candidate,
  isSame,
  namedRevisions,
  refusedByQuota,
} from '../../profile/accept/candidate.ts'
import { type ProfileId, profileId } from '../../profile/accept/controller-revision.ts'
import { type Kept, nothingKept } from '../../profile/accept/kept-revision.ts'
import { beyondQuotaMessage } from '../../profile/accept/namespace-quota.ts'
import { pinnedRevisions, type WithRevisions } from '../../profile/accept/pinned-revisions.ts'
import { collect } from '../../profile/accept/profiles.ts'
import { countAs, storedBytes } from '../../profile/accept/stored-size.ts'
import { allowedLevel } from '../../profile/pod-security/level.ts'
import type { Level } from '../../profile/pod-security/rules.ts'
import type { Profile } from '../../profile/profile.ts'
import type { Kind } from '../../profile/schema/schema.ts'
import type { ObjectProblem } from '../api/object-problem.ts'
import { isPartial } from './crowd.ts'
import { fairQueue } from './fair-queue.ts'
import { namespaceQuotas, type QuotaBytes } from './namespace-quotas.ts'

/**
 * The stored profiles of a cluster, compiled one at a time. A bad profile affects no other. Namespaces take turns, and only
 * the last of many changes of a profile is compiled. Above its quota, only the oldest profiles of a namespace are compiled.
 */
export function storedProfiles({
  perNamespace,
  bytes,
  labelsOf = () => undefined,
  keptOf = () => nothingKept,
  troubled,
}: StoredProfilesOptions) {
  const queue = fairQueue()
  const objects = new Map<string, { readonly kind: Kind; readonly object: JsonObject }>()
  /** The keys of the profiles. */
  const ids = new Map<ProfileId, { readonly namespace: string; readonly id: string }>()
  const quotas = namespaceQuotas(perNamespace, bytes)
  const candidates = new Map<string, Candidate>()
  let current: Acceptance = { profiles: collect([]).profiles, verdicts: new Map() }
  let rewritten = new Map<string, JsonObject>()
  let isNews = true
  let mayAllowOther = false
  /** The levels that the namespaces of SidecarProfiles allowed at the last judgement. */
  let levels: ReadonlyMap<string, Level | undefined> = new Map()
  let last = ''

  function take(namespace: string, id: string): void {
    const { kind, object } = objects.get(id) ?? {}
    const before = candidates.get(id)
    if (!kind || !object) {
      isNews = candidates.delete(id) || isNews
      rewritten.delete(id)
      return
    }
    // A profile without its spec exceeded the quota when it was read; the next list brings the spec.
    const beyond = quotas.beyond(namespace, id) ?? (isPartial(object) ? 'unlisted' : undefined)
    const after = beyond
      ? refusedByQuota(object, beyondQuotaMessage(beyond, { count: perNamespace }), before)
      : candidate(kind, object, before, keptOf(profileId(object)))
    candidates.set(id, after)
    if (after.failure && after.failure !== before?.failure)
      troubled({ kind, key: id.slice(kind.length + 1), error: after.failure.error })
    if (isSame(before, after)) rewritten.set(id, object)
    else isNews = true
  }

  function lookUp({ kind, namespace, name }: Profile): WithRevisions | undefined {
    const key = namespace === undefined ? name : `${namespace}/${name}`
    const found = candidates.get(`${kind}/${key}`)
    return (
      found && { object: found.object, kept: keptOf(profileId(found.object)), compiled: versionsOf(found) }
    )
  }
  const pinned = pinnedRevisions(lookUp)

  /** A profile counts with the largest of its specs that may be compiled. */
  function weighed(object: JsonObject): JsonObject {
    const kept = keptOf(profileId(object))
    const own = storedBytes(object)
    const bytes = Math.max(own, ...[...namedRevisions(object)].map(each => kept.find(each)?.bytes ?? 0))
    if (bytes === own) return object
    const counted = { ...object }
    countAs(counted, bytes)
    return counted
  }

  const withPinned = ({ profiles, verdicts }: Acceptance): Acceptance => ({
    profiles: { ...profiles, ...pinned },
    verdicts,
  })

  function levelsNow(): ReadonlyMap<string, Level | undefined> {
    return new Map([...quotas.namespaces()].map(name => [name, levelOf(labelsOf, name)]))
  }

  return {
    /**
     * Notes that a profile was created, changed, or deleted (undefined). Returns the profile that is gone. Compiles
     * nothing. Never throws.
     */
    note(kind: Kind, key: string, object: JsonObject | undefined): ProfileId | undefined {
      const id = `${kind}/${key}`
      const namespace = kind === 'SidecarProfile' ? key.slice(0, key.indexOf('/')) : ''
      const [before, after] = [objects.get(id)?.object, object].map(each => each && profileId(each))
      if (before !== undefined) ids.delete(before)
      if (after !== undefined) ids.set(after, { namespace, id })
      if (object) objects.set(id, { kind, object })
      else objects.delete(id)
      queue.add(namespace, id)
      if (kind === 'SidecarProfile') quotas.note(namespace, id, object && weighed(object))
      return before === after ? undefined : before
    },
    /** Notes that the kept revisions of a profile have changed. Never throws. */
    noteRevisions(owner: ProfileId): void {
      const { namespace = '', id = '' } = ids.get(owner) ?? {}
      const { kind, object } = objects.get(id) ?? {}
      if (!object) return
      if (kind === 'SidecarProfile') quotas.note(namespace, id, weighed(object))
      queue.add(namespace, id)
    },
    /** Whether Pods may get this revision of a profile in place of its current spec. */
    isNamed(owner: ProfileId, revision: string): boolean {
      const { namespace = '', id = '' } = ids.get(owner) ?? {}
      const { object } = objects.get(id) ?? {}
      return object !== undefined && !quotas.beyond(namespace, id) && namedRevisions(object).has(revision)
    },
    /** Takes the next profile that was noted; false when none may be taken now. Never throws. */
    takeOne(now: number): boolean {
      for (const [namespace, id] of quotas.reshared()) queue.add(namespace, id)
      const due = queue.next(now)
      if (!due) return false
      last = due.group
      // Once for many changes, and at the expense of this namespace only.
      for (const id of quotas.rank(due.group)) queue.add(due.group, id)
      take(due.group, due.key)
      return true
    },
    /** The namespace of the last taken profile waits until then. */
    restLast: (until: number) => queue.rest(last, until),
    /** Notes that labels of namespaces may have changed, and with them the allowed level. Never throws. */
    lookAgain(): void {
      mayAllowOther = true
    },
    /** Judges the taken profiles, or all of them when an allowed level has changed; undefined when nothing has changed. */
    settle(): Acceptance | undefined {
      if (mayAllowOther)
        isNews ||= [...levelsNow()].some(([name, level]) => levels.has(name) && levels.get(name) !== level)
      mayAllowOther = false
      if (!isNews && rewritten.size === 0) return undefined
      if (isNews) levels = levelsNow()
      current = isNews ? withPinned(accept(candidates, labelsOf)) : stored(current, rewritten)
      isNews = false
      rewritten = new Map()
      return current
    },
    current: () => current,
    hasNews: () => isNews || mayAllowOther || rewritten.size > 0,
    waitMs: queue.waitMs,
    isEmpty: queue.isEmpty,
  }
}

export interface StoredProfilesOptions {
  /** Maximum number of SidecarProfiles in use, for each namespace. */
  readonly perNamespace: number
  /** Default: limits.ts. */
  readonly bytes?: QuotaBytes | undefined
  /** The labels of a namespace; undefined until namespaces are known. */
  readonly labelsOf?: LabelsOf | undefined
  /** The kept revisions of a profile. Default: none. */
  readonly keptOf?: ((id: ProfileId) => Kept) | undefined
  readonly troubled: (problem: ObjectProblem) => void
}

export type LabelsOf = (namespace: string) => Readonly<Record<string, string>> | undefined

/** Labels that cannot be read are reported later, when the namespace's profiles are judged one by one. */
function levelOf(labelsOf: LabelsOf, namespace: string): Level | undefined {
  try {
    const labels = labelsOf(namespace)
    return labels && allowedLevel(labels)
  } catch {
    return undefined
  }
}
