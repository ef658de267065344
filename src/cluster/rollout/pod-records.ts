import { setImmediate as breath } from 'node:timers/promises'
import type { Namespace } from '../../engine/pod.ts'
import { type JsonObject, metadataOf } from '../../json/json.ts'
import { rolloutLabel, skewMs, timeOf } from '../../profile/rollout/marks.ts'
import { type Api, metadataOnly, succeeded } from '../api/api.ts'
import { keyOf } from '../api/mirror.ts'
import type { ObjectProblem } from '../api/object-problem.ts'
import { mostGets, podsPath, type Surveyed, stillRunning, wholePods } from '../sweep/whole-pods.ts'
import { type ImagePull, pullsOf } from './pull-pod.ts'
import type { RolloutJudge } from './rollout-judge.ts'
import { type ExaminedPod, type RolloutPod, rolloutPod } from './rollout-pod.ts'

/** A Pod of one rollout. */
export interface PodRecord {
  readonly pod: RolloutPod
  /** The images that its node needs first. */
  readonly pulls: readonly ImagePull[]
}

interface RecordsOptions {
  readonly judge: RolloutJudge
  readonly namespaceOf: (name: string) => Namespace
  readonly excludedNamespaces: ReadonlySet<string>
  /** The time for marks in Pods (RFC 3339). */
  readonly time: () => string
  readonly troubled: (problem: ObjectProblem) => void
  readonly signal: AbortSignal
}

/**
 * The Pods that have a profile with a rollout, as small records. A survey lists the metadata of all Pods, and reads only those
 * Pods completely that have changed since the last survey, or for which something else is due now.
 */
export function podRecords(api: Api, options: RecordsOptions) {
  const { judge, namespaceOf, excludedNamespaces, time, troubled, signal } = options
  /** By the uid of the Pod. */
  let known = new Map<string, Known>()

  function isLeftAlone({ name, labels }: Namespace): boolean {
    return excludedNamespaces.has(name) || labels[rolloutLabel] === 'disabled'
  }

  /** Skips a Pod that meets a bug. */
  function safely<T>(pod: JsonObject, otherwise: T, action: () => T): T {
    try {
      return action()
    } catch (error) {
      troubled({ kind: 'Pod', key: keyOf(pod) ?? '', error })
      return otherwise
    }
  }

  function recordsOf(pod: JsonObject, namespace: Namespace): ReadonlyMap<string, PodRecord> {
    const records = new Map<string, PodRecord>()
    const active = new Set(judge.rollouts().map(({ key }) => key))
    for (const key of judge.profilesOf(pod, namespace)) {
      const at = time()
      const judged = active.has(key) ? judge.examine(pod, namespace, key, at) : undefined
      if (!judged) continue
      const { update, secrets } = judged
      records.set(key, {
        pod: rolloutPod(pod, withoutFuture(judged.pod, at)),
        pulls: pullsOf(pod, update, secrets),
      })
    }
    return records
  }

  function keepIn(into: Map<string, Known>, pod: JsonObject, basis: string): void {
    const { uid, resourceVersion, namespace: name } = metadataOf(pod)
    const namespace = namespaceOf(String(name))
    const records = safely<ReadonlyMap<string, PodRecord>>(pod, new Map(), () => recordsOf(pod, namespace))
    if (records.size === 0) into.delete(String(uid))
    else into.set(String(uid), { resourceVersion: String(resourceVersion), namespace, basis, records })
  }

  return {
    /** Looks at all Pods. Throws an `ApiFailure` when a request fails; then it knows what it knew before. */
    async survey(): Promise<void> {
      const bases = new Map(judge.rollouts().map(({ key, basis }) => [key, basis]))
      // One text for all Pods with the same profiles.
      const texts = new Map<string, string>()
      const basisOf = (pod: JsonObject, namespace: Namespace) => {
        const text = safely(pod, [], () => judge.profilesOf(pod, namespace))
          .flatMap(key => (bases.has(key) ? [`${key} ${bases.get(key)}`] : []))
          .join('\n')
        const known = texts.get(text) ?? text
        texts.set(known, known)
        return known
      }
      const next = new Map<string, Known>()
      /** What must be read, with its basis. */
      const changed = new Map<string, string>()
      const namespaces = new Map<string, Surveyed>()
      const listing = { query: { fieldSelector: stillRunning }, accept: metadataOnly.list, signal }
      for await (const { items } of api.pages(podsPath(undefined), listing)) {
        for (const pod of items) {
          const { namespace: name, name: podName, uid, resourceVersion, deletionTimestamp } = metadataOf(pod)
          const namespace = namespaceOf(String(name))
          if (isLeftAlone(namespace) || deletionTimestamp !== undefined) continue
          const surveyed = namespaces.get(namespace.name) ?? { pods: 0, matter: 0, names: [] }
          namespaces.set(namespace.name, surveyed)
          surveyed.pods += 1
          const basis = basisOf(pod, namespace)
          if (basis === '') continue
          const before = known.get(String(uid))
          const isSame = before?.resourceVersion === resourceVersion && before?.basis === basis
          if (before && isSame && before.namespace === namespace) next.set(String(uid), before)
          else {
            changed.set(String(uid), basis)
            surveyed.matter += 1
            if (surveyed.names.length < mostGets) surveyed.names.push(String(podName))
          }
        }
        // This process also answers reviews.
        await breath()
      }
      for (const [name, surveyed] of namespaces) {
        if (surveyed.matter === 0) continue
        for await (const pod of wholePods(api, name, surveyed, signal)) {
          const basis = changed.get(String(metadataOf(pod)['uid']))
          if (basis === undefined) continue
          keepIn(next, pod, basis)
          await breath()
        }
      }
      known = next
    },
    /** Reads one Pod again; undefined if it is gone, or another Pod has its name. Throws an `ApiFailure`. */
    async read({ namespace: name, name: podName, uid }: RolloutPod): Promise<JsonObject | undefined> {
      const answer = await api.request('GET', `${podsPath(name)}/${podName}`, { signal })
      const isGone = !answer.ok && answer.status === 404
      const pod = isGone ? undefined : succeeded(answer)
      if (!pod || metadataOf(pod)['uid'] !== uid || isLeftAlone(namespaceOf(name))) {
        known.delete(uid)
        return undefined
      }
      keepIn(known, pod, known.get(uid)?.basis ?? '')
      return pod
    },
    /** Takes a Pod as the API server answered. */
    put(pod: JsonObject): void {
      const uid = String(metadataOf(pod)['uid'])
      keepIn(known, pod, known.get(uid)?.basis ?? '')
    },
    /** Somebody may have changed the Pod: until it is read again, it counts as one that is not ready. */
    doubt(uid: string): void {
      const found = known.get(uid)
      if (!found) return
      const records = Array.from(found.records, ([key, { pod, pulls }]) => {
        return [key, { pod: { ...pod, isReady: false }, pulls }] as const
      })
      known.set(uid, { ...found, resourceVersion: '', records: new Map(records) })
    },
    byProfile(): ReadonlyMap<string, readonly PodRecord[]> {
      const all = new Map<string, PodRecord[]>()
      for (const { records } of known.values())
        for (const [key, record] of records) {
          const own = all.get(key)
          if (own) own.push(record)
          else all.set(key, [record])
        }
      return all
    },
    has: (uid: string): boolean => known.has(uid),
    get: (uid: string, key: string): PodRecord | undefined => known.get(uid)?.records.get(key),
    forget(): void {
      known = new Map()
    },
  }
}

/** Somebody made up a mark that is in the future: such an update would neither end nor fail. */
function withoutFuture({ updated, ...pod }: ExaminedPod, now: string): ExaminedPod {
  const isPast = updated && (timeOf(updated.at) ?? 0) <= Date.parse(now) + skewMs
  return { ...pod, ...(isPast && { updated }) }
}

interface Known {
  readonly resourceVersion: string
  readonly namespace: Namespace
  /** What decided about the due revisions. */
  readonly basis: string
  /** By the key of the profile. */
  readonly records: ReadonlyMap<string, PodRecord>
}
