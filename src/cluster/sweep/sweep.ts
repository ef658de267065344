import { setImmediate as breath } from 'node:timers/promises'
import type { Shortfall } from '../../engine/missed.ts'
import type { Namespace } from '../../engine/pod.ts'
import type { Answer } from '../../engine/select/call-path.ts'
import { type JsonObject, metadataOf } from '../../json/json.ts'
import { type Api, metadataOnly } from '../api/api.ts'
import { keyOf } from '../api/mirror.ts'
import { describeObjectProblem, type ObjectProblem } from '../api/object-problem.ts'
import { type FindingsByNamespace, findingsByNamespace } from './findings-by-namespace.ts'
import { type FoundPod, foundPod } from './found-pod.ts'
import { countUsers, type ProfileOfPod, type ProfileUsers } from './profile-users.ts'
import { mostGets, podsPath, type Surveyed, stillRunning, wholePods } from './whole-pods.ts'

/** Judges Pods: src/cluster does not know what a Pod should have. */
interface Examiner {
  /** Whether the whole Pod must be read. Gets only the metadata. */
  mayMatter(pod: JsonObject, namespace: Namespace): boolean
  /**
   * What is wrong with a Pod. Its `message` may quote the Pod: never put it into a log or an Event. An Event has its
   * `profiles`: only names of profiles that exist, because other names are text that the Pod's author wrote.
   */
  examine(pod: JsonObject, namespace: Namespace): Shortfall | undefined
  /** The profiles that a Pod has. Gets only the metadata. */
  profilesOf?(pod: JsonObject, namespace: Namespace): readonly ProfileOfPod[]
  /** Whether the API server would call Pillion for the Pod, by the stored webhook configuration. */
  isCalled(configuration: JsonObject, pod: JsonObject, namespace: Namespace): Answer
}

export interface SweepOptions {
  readonly examiner: Examiner
  readonly namespaceOf: (name: string) => Namespace
  readonly excludedNamespaces: ReadonlySet<string>
  /** Default: all namespaces. */
  readonly namespace?: string
  /** The stored webhook configuration. Without one, every Pod counts. */
  readonly configuration?: JsonObject | undefined
  /** Called with each Pod with a shortfall; the sweep waits for it. */
  readonly found: (pod: FoundPod) => Promise<void> | void
  /** Called with what the sweep cannot decide. Says nothing about the contents of a Pod. */
  readonly failed: (reason: string) => void
  /** Called with a Pod that met a bug; others are still examined. Default: `failed`. */
  readonly troubled?: ((problem: ObjectProblem) => void) | undefined
  readonly signal: AbortSignal
}

/** The result of one pass. */
interface Swept {
  /** Number of running Pods. */
  readonly pods: number
  /** Number of Pods that were read in full. */
  readonly examined: number
  readonly shortfalls: FindingsByNamespace
  /** The Pods and workloads that have each profile. */
  readonly users: ProfileUsers
}

/**
 * Looks at every running Pod once: first at the metadata of all, page by page, and then at the whole Pods that may matter.
 * Holds one page at most and sends one request at a time, so that it never overloads an API server. Throws an `ApiFailure`
 * when a request fails, and the reason of the signal when it aborts.
 */
export async function sweepOnce(api: Api, options: SweepOptions): Promise<Swept> {
  const { examiner, namespaceOf, excludedNamespaces, configuration, found, failed, signal } = options
  const { troubled = problem => failed(describeObjectProblem(problem)) } = options
  const shortfalls = findingsByNamespace()
  const users = countUsers()
  let pods = 0
  let examined = 0
  let hasSaidUnknown = false

  /** Skips a Pod that meets a bug. */
  function safely<T>(pod: JsonObject, otherwise: T, action: () => T): T {
    try {
      return action()
    } catch (error) {
      troubled({ kind: 'Pod', key: keyOf(pod) ?? '', error })
      return otherwise
    }
  }

  function mayMatter(pod: JsonObject, namespace: Namespace): boolean {
    return safely(pod, false, () => examiner.mayMatter(pod, namespace))
  }

  /** The namespaces with Pods that may matter. Reads the list to its end at once: it expires after five minutes. */
  async function survey(): Promise<ReadonlyMap<string, Surveyed>> {
    const namespaces = new Map<string, Surveyed>()
    const listing = { query: { fieldSelector: stillRunning }, accept: metadataOnly.list, signal }
    for await (const { items } of api.pages(podsPath(options.namespace), listing)) {
      for (const pod of items) {
        const { namespace, name } = metadataOf(pod)
        if (typeof namespace !== 'string' || typeof name !== 'string' || excludedNamespaces.has(namespace))
          continue
        pods += 1
        const surveyed = namespaces.get(namespace) ?? { pods: 0, matter: 0, names: [] }
        namespaces.set(namespace, surveyed)
        surveyed.pods += 1
        users.add(
          pod,
          safely(pod, [], () => examiner.profilesOf?.(pod, namespaceOf(namespace)) ?? []),
        )
        if (!mayMatter(pod, namespaceOf(namespace))) continue
        surveyed.matter += 1
        if (surveyed.names.length < mostGets) surveyed.names.push(name)
      }
    }
    for (const [name, { matter }] of namespaces) if (matter === 0) namespaces.delete(name)
    return namespaces
  }

  /** A Pod for which the API server does not call the webhook lacks nothing. An unknown answer counts as such. */
  function isLeftAlone(pod: JsonObject, namespace: Namespace): boolean {
    if (!configuration) return false
    const { outcome, because } = examiner.isCalled(configuration, pod, namespace)
    if (outcome === 'unknown' && !hasSaidUnknown) {
      hasSaidUnknown = true
      failed(
        `the sweep skips Pods for which it cannot tell whether the API server calls the webhook: ${because}`,
      )
    }
    return outcome !== 'called'
  }

  async function examine(pod: JsonObject, namespace: Namespace): Promise<void> {
    // This process also answers reviews.
    await breath()
    signal.throwIfAborted()
    examined += 1
    const lacking = safely(pod, undefined, () => {
      const shortfall = examiner.examine(pod, namespace)
      return shortfall && !isLeftAlone(pod, namespace) ? foundPod(pod, shortfall) : undefined
    })
    if (!lacking) return
    shortfalls.add(namespace.name, lacking.kind)
    await found(lacking)
  }

  for (const [name, surveyed] of await survey()) {
    const namespace = namespaceOf(name)
    for await (const pod of wholePods(api, name, surveyed, signal)) {
      if (mayMatter(pod, namespace)) await examine(pod, namespace)
    }
  }
  return { pods, examined, shortfalls, users: users.result() }
}
