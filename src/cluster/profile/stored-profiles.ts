import type { JsonObject } from '../../json/json.ts'
import { type Acceptance, accept, stored } from '../../profile/accept/acceptance.ts'
import { type Candidate, candidate, isSame, refusedByQuota } from '../../profile/accept/candidate.ts'
import { beyondQuotaMessage } from '../../profile/accept/namespace-quota.ts'
import { collect } from '../../profile/accept/profiles.ts'
import { allowedLevel } from '../../profile/pod-security/level.ts'
import type { Level } from '../../profile/pod-security/rules.ts'
import type { Kind } from '../../profile/schema/schema.ts'
import type { ObjectProblem } from '../api/object-problem.ts'
import { isPartial } from './crowd.ts'
import { fairQueue } from './fair-queue.ts'
import { namespaceQuotas, type QuotaBytes } from './namespace-quotas.ts'

/** The profiles that a cluster stores, compiled one at a time. */
export interface StoredProfiles {
  /** Notes that a profile came, changed, or went (undefined). Compiles nothing. Never throws. */
  note(kind: Kind, key: string, object: JsonObject | undefined): void
  /** Takes the next profile that was noted; false when none may be taken now. Never throws. */
  takeOne(now: number): boolean
  /** After a profile was taken that cost so much: the next one of its namespace waits until then. */
  restLast(until: number): void
  /** Notes that labels of namespaces may have changed, and with them what SidecarProfiles may hold. Never throws. */
  lookAgain(): void
  /** Judges what was taken, and all again where what a namespace allows has changed; undefined when all is as it was. */
  settle(): Acceptance | undefined
  current(): Acceptance
  hasNews(): boolean
  waitMs(now: number): number
  isEmpty(): boolean
}

/**
 * Whatever a profile is, only it is affected. Namespaces take turns, and of many changes of one profile only the last
 * is compiled. Of a namespace with more profiles than `perNamespace`, or larger ones than it may have, only the oldest
 * are compiled.
 */
export function storedProfiles({
  perNamespace,
  bytes,
  labelsOf = () => undefined,
  troubled,
}: StoredProfilesOptions): StoredProfiles {
  const queue = fairQueue()
  const objects = new Map<string, { readonly kind: Kind; readonly object: JsonObject }>()
  const quotas = namespaceQuotas(perNamespace, bytes)
  const candidates = new Map<string, Candidate>()
  let current: Acceptance = { profiles: collect([]).profiles, verdicts: new Map() }
  let rewritten = new Map<string, JsonObject>()
  let isNews = true
  let mayAllowOther = false
  /** What the namespaces of SidecarProfiles allowed when these were judged. */
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
    // Without its spec one is not used either: it was beyond when it came, and is listed whole again.
    const beyond = quotas.beyond(namespace, id) ?? (isPartial(object) ? 'unlisted' : undefined)
    if (beyond) {
      const message = beyondQuotaMessage(beyond, { count: perNamespace })
      candidates.set(id, refusedByQuota(object, message, before))
    } else candidates.set(id, candidate(kind, object, before, current.verdicts.get(id)?.inUse))
    const after = candidates.get(id)!
    if (after.failure && after.failure !== before?.failure)
      troubled({ kind, key: id.slice(kind.length + 1), error: after.failure.error })
    if (isSame(before, after)) rewritten.set(id, object)
    else isNews = true
  }

  function levelsNow(): ReadonlyMap<string, Level | undefined> {
    return new Map([...quotas.namespaces()].map(name => [name, levelOf(labelsOf, name)]))
  }

  /** Once for all labels that changed meanwhile. */
  function noteLevels(): void {
    if (!mayAllowOther) return
    mayAllowOther = false
    isNews ||= levelsNow()
      .entries()
      .some(([name, level]) => levels.has(name) && levels.get(name) !== level)
  }

  return {
    note(kind, key, object) {
      const id = `${kind}/${key}`
      if (object) objects.set(id, { kind, object })
      else objects.delete(id)
      const namespace = kind === 'SidecarProfile' ? key.slice(0, key.indexOf('/')) : ''
      queue.add(namespace, id)
      if (kind === 'SidecarProfile') quotas.note(namespace, id, object)
    },
    takeOne(now) {
      for (const [namespace, id] of quotas.reshared()) queue.add(namespace, id)
      const due = queue.next(now)
      if (!due) return false
      last = due.group
      // Once for all that came meanwhile, in the namespace's own time.
      for (const id of quotas.rank(due.group)) queue.add(due.group, id)
      take(due.group, due.key)
      return true
    },
    restLast: until => queue.rest(last, until),
    lookAgain() {
      mayAllowOther = true
    },
    settle() {
      noteLevels()
      if (!isNews && rewritten.size === 0) return undefined
      if (isNews) levels = levelsNow()
      current = isNews ? accept(candidates, labelsOf) : stored(current, rewritten)
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
  /** How many SidecarProfiles of a namespace are used. */
  readonly perNamespace: number
  /** When not given, those of limits.ts. */
  readonly bytes?: QuotaBytes | undefined
  /** Of a namespace; undefined until namespaces are known. */
  readonly labelsOf?: LabelsOf | undefined
  readonly troubled: (problem: ObjectProblem) => void
}

export type LabelsOf = (namespace: string) => Readonly<Record<string, string>> | undefined

/** Labels that cannot be read are the problem of the namespace's profiles, which are judged with them one by one. */
function levelOf(labelsOf: LabelsOf, namespace: string): Level | undefined {
  try {
    const labels = labelsOf(namespace)
    return labels && allowedLevel(labels)
  } catch {
    return undefined
  }
}
