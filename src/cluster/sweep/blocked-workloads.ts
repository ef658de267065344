import { type JsonObject, metadataOf, objectAt, objectsIn } from '../../json/json.ts'
import { fairShare } from '../../profile/accept/fair-share.ts'
import { type Controller, controllerIn, controllerOf, namePattern } from '../../profile/rollout/workload.ts'
import { type Api, ApiFailure, describeError, succeeded } from '../api/api.ts'
import { shownNamespaces, topNamespaces } from './findings-by-namespace.ts'

/** A workload that cannot create Pods now, because Pillion denies them or does not answer. */
export interface BlockedWorkload {
  readonly namespace: string
  /** The object that a user writes: the Deployment of a ReplicaSet, the CronJob of a Job. */
  readonly kind: string
  readonly name: string
  /** The answer of the API server to the last attempt. It may quote the Pod: never put it into a log or an Event. */
  readonly message: string
  /** The last attempt, in milliseconds since 1970, by the clock of the cluster. */
  readonly triedAt: number
}

interface BlockedOptions {
  /** Default: all namespaces. */
  readonly namespace?: string | undefined
  readonly signal: AbortSignal
}

/**
 * Finds the workloads that cannot create Pods because of Pillion. Every controller of Kubernetes writes an Event
 * `FailedCreate` with the API server's answer, so the list of these Events covers all kinds of workloads, and is short. An
 * Event stays for an hour, so the workload is read, too: it may have recovered, or may be gone. Throws an `ApiFailure` when
 * a request fails, and the reason of the signal when it aborts.
 */
export async function blockedWorkloads(
  api: Api,
  { namespace, signal }: BlockedOptions,
): Promise<readonly BlockedWorkload[]> {
  const blocked = new Map<string, BlockedWorkload>()
  for (const failure of await failuresIn(api, namespace, signal)) {
    const found = await stillBlocked(api, failure, signal)
    if (!found) continue
    const key = `${found.namespace}/${found.kind}/${found.name}`
    if (found.triedAt >= (blocked.get(key)?.triedAt ?? 0)) blocked.set(key, found)
  }
  return [...blocked].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, workload]) => workload)
}

export interface BlockedCount {
  readonly namespace: string
  readonly count: number
}

/**
 * The number of blocked workloads in the namespaces with the most, and of the others together as `(other)`. Undefined if
 * they cannot be read, for example without the permission; `failed` gets the reason.
 */
export async function countBlocked(
  api: Api,
  { failed, ...options }: BlockedOptions & { readonly failed: (reason: string) => void },
): Promise<readonly BlockedCount[] | undefined> {
  try {
    const groups = Map.groupBy(await blockedWorkloads(api, options), ({ namespace }) => namespace)
    const counts = new Map([...groups].map(([name, { length }]) => [name, new Map([['Blocked', length]])]))
    return topNamespaces(counts, shownNamespaces).map(({ namespace, count }) => ({ namespace, count }))
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error
    failed(`the sweep cannot find workloads that cannot create Pods: ${describeError(error)}`)
    return undefined
  }
}

/** The last failed attempt of a controller to create a Pod. */
interface CreateFailure extends Controller {
  readonly namespace: string
  readonly message: string
  readonly triedAt: number
}

/**
 * The last failure of each controller because of Pillion. Users can write such Events, too, so each namespace has a share of
 * the Events that are read.
 */
async function failuresIn(
  api: Api,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<readonly CreateFailure[]> {
  const namespaces = new Map<string, Map<string, CreateFailure>>()
  let held = 0
  const path = namespace === undefined ? '/api/v1/events' : `/api/v1/namespaces/${namespace}/events`
  const mostOfOne = namespace === undefined ? mostHeld / 40 : mostRead
  for await (const { items } of api.pages(path, {
    query: { fieldSelector: 'reason=FailedCreate' },
    signal,
  })) {
    for (const failure of items.flatMap(failureIn)) {
      const failures = namespaces.get(failure.namespace) ?? new Map<string, CreateFailure>()
      const before = failures.get(failure.uid)
      if (before && failure.triedAt < before.triedAt) continue
      if (!before && (failures.size >= mostOfOne || held >= mostHeld)) continue
      if (!before) held += 1
      namespaces.set(failure.namespace, failures.set(failure.uid, failure))
    }
  }
  const all = [...namespaces.values()]
  const share = Math.max(
    1,
    fairShare(
      all.map(({ size }) => size),
      mostRead,
    ),
  )
  return all.flatMap(failures => [...failures.values()].slice(0, share)).slice(0, mostRead)
}

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
function failureIn(event: JsonObject): readonly CreateFailure[] {
  const { message, lastTimestamp, eventTime } = event
  const about = objectAt(event, 'involvedObject')
  const { namespace } = about
  const controller = controllerOf(about)
  if (!controller || !isOurs(message) || typeof namespace !== 'string' || !namePattern.test(namespace))
    return []
  const time = objectAt(event, 'series')['lastObservedTime'] ?? lastTimestamp ?? eventTime
  const answer = answerIn(String(message)).slice(0, longestMessage).toWellFormed()
  return [
    {
      ...controller,
      namespace,
      // A copy, because a part of a string keeps the whole string in memory.
      message: Buffer.from(answer).toString(),
      triedAt: Date.parse(String(time)) || 0,
    },
  ]
}

/** Whether a message says that the API server refused a Pod because of Pillion's webhooks or its strict policy. */
function isOurs(message: unknown): boolean {
  const marks = ['.inject.pillion.dev"', 'the Pod asks for pillion.dev/inject: ']
  return typeof message === 'string' && marks.some(mark => message.includes(mark))
}

/** The answer of the API server, without the text that controllers put before it. */
function answerIn(message: string): string {
  const prefix = ['Error creating: ', ' failed error: '].find(each => message.includes(each))
  return prefix === undefined ? message : message.slice(message.indexOf(prefix) + prefix.length)
}

/** Reads the workload of a failure; undefined if it is gone or has all its Pods. */
async function stillBlocked(
  api: Api,
  failure: CreateFailure,
  signal: AbortSignal,
): Promise<BlockedWorkload | undefined> {
  const { kind, namespace, name, message, triedAt } = failure
  const known = knownKinds.get(kind)
  if (!known?.saysSo && Date.now() - triedAt > longestPauseMs) return undefined
  // For any other controller, only the Event is known.
  if (!known) return { namespace, kind, name, message, triedAt }
  const answer = await api.request('GET', `${known.api}/namespaces/${namespace}/${known.plural}/${name}`, {
    signal,
  })
  if (!answer.ok && answer.status === 404) return undefined
  const object = succeeded(answer)
  if (
    metadataOf(object)['uid'] !== failure.uid ||
    !known.lacksPods(objectAt(object, 'spec'), objectAt(object, 'status'))
  )
    return undefined
  const owner = controllerIn(metadataOf(object)['ownerReferences'])
  return { namespace, kind: owner?.kind ?? kind, name: owner?.name ?? name, message, triedAt }
}

interface KnownKind {
  readonly api: string
  readonly plural: string
  /** Whether its status has the failure. Otherwise the failure must be recent, because Pods may be missing for a moment. */
  readonly saysSo?: true
  /** Whether the controller wants more Pods than there are. */
  lacksPods(spec: JsonObject, status: JsonObject): boolean
}

const inStatus: Pick<KnownKind, 'saysSo' | 'lacksPods'> = {
  saysSo: true,
  lacksPods: (_, { conditions }) =>
    objectsIn(conditions).some(
      ({ type, status, message }) => type === 'ReplicaFailure' && status === 'True' && isOurs(message),
    ),
}

const kindsOfWorkloads: Readonly<Record<string, KnownKind>> = {
  ReplicaSet: { api: '/apis/apps/v1', plural: 'replicasets', ...inStatus },
  ReplicationController: { api: '/api/v1', plural: 'replicationcontrollers', ...inStatus },
  StatefulSet: {
    api: '/apis/apps/v1',
    plural: 'statefulsets',
    lacksPods: ({ replicas: wanted }, { replicas }) => numberOf(replicas, 0) < numberOf(wanted, 1),
  },
  DaemonSet: {
    api: '/apis/apps/v1',
    plural: 'daemonsets',
    lacksPods: (_, { currentNumberScheduled, desiredNumberScheduled }) =>
      numberOf(currentNumberScheduled, 0) < numberOf(desiredNumberScheduled, 0),
  },
  Job: {
    api: '/apis/batch/v1',
    plural: 'jobs',
    lacksPods({ parallelism, completions, suspend }, { active, succeeded: done, conditions }) {
      const isOver = objectsIn(conditions).some(
        ({ type, status }) => ['Complete', 'Failed'].includes(String(type)) && status === 'True',
      )
      const left = numberOf(completions, Number.POSITIVE_INFINITY) - numberOf(done, 0)
      return !isOver && suspend !== true && numberOf(active, 0) < Math.min(numberOf(parallelism, 1), left)
    },
  },
}

// A Map, because the kind is text that a user may have written.
const knownKinds: ReadonlyMap<string, KnownKind> = new Map(Object.entries(kindsOfWorkloads))

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise
}

// A controller waits for 1,000 seconds at most before it tries again.
const longestPauseMs = 20 * 60_000
// More workloads usually have the same cause, and each one costs a request.
const mostRead = 500
// Used before the number of namespaces is known that share the requests.
const mostHeld = 2_000
// A message from Pillion begins with its reason. An Event can have 1.5 MiB.
const longestMessage = 2_048
