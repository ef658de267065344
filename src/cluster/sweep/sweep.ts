import { setImmediate as breath } from 'node:timers/promises'
import type { Shortfall } from '../../engine/missed.ts'
import type { Namespace } from '../../engine/pod.ts'
import type { Answer } from '../../engine/select/call-path.ts'
import type { JsonObject } from '../../json/json.ts'
import { type Api, succeeded } from '../api/api.ts'
import { keyOf } from '../api/mirror.ts'
import { describeObjectProblem, type ObjectProblem } from '../api/object-problem.ts'
import { type FindingsByNamespace, findingsByNamespace } from './findings-by-namespace.ts'
import { type FoundPod, foundPod } from './found-pod.ts'
import { podsPath, type Surveyed, stillRunning, surveyPods } from './pod-survey.ts'

/** Judges Pods: src/cluster does not know what a Pod should have. */
export interface Examiner {
  /** Whether the whole Pod must be read; here only its metadata is known. */
  mayMatter(pod: JsonObject, namespace: Namespace): boolean
  /**
   * What is wrong with a Pod. Its `message` may quote the Pod, so it must not go into a log or an Event. An Event has
   * its `profiles`: only names of profiles that exist, because other names are the words of the Pod's author.
   */
  examine(pod: JsonObject, namespace: Namespace): Shortfall | undefined
  /** Whether the API server would call Pillion for the Pod, by the webhook configuration as it is stored. */
  isCalled(configuration: JsonObject, pod: JsonObject, namespace: Namespace): Answer
}

export interface SweepOptions {
  readonly examiner: Examiner
  readonly namespaceOf: (name: string) => Namespace
  /** Whose Pods are not looked at. */
  readonly excludedNamespaces: ReadonlySet<string>
  /** The only one to look at; all when absent. */
  readonly namespace?: string
  /** Of the webhooks, as it is stored; absent where there is none, and each Pod counts. */
  readonly configuration?: JsonObject | undefined
  /** Hears of each Pod with which something is wrong; the sweep waits for it. */
  readonly found: (pod: FoundPod) => Promise<void> | void
  /** Hears what cannot be told. Says nothing of what is in a Pod. */
  readonly failed: (reason: string) => void
  /** Hears of a Pod that could not be examined, which is a bug; without it `failed` does. The others are examined. */
  readonly troubled?: ((problem: ObjectProblem) => void) | undefined
  readonly signal: AbortSignal
}

/** One pass. */
export interface Swept {
  /** All Pods that run. */
  readonly pods: number
  /** Those that were read in full. */
  readonly examined: number
  readonly shortfalls: FindingsByNamespace
}

/**
 * Looks at every Pod that runs, once: at the metadata of all, page by page, and then at the whole of those
 * that may matter. Never holds more than a page of Pods, and asks for one thing at a time, so that it is never
 * the reason why an API server is busy. Throws an `ApiFailure` when it is refused, and with the signal.
 */
export async function sweepOnce(api: Api, options: SweepOptions): Promise<Swept> {
  const { examiner, namespaceOf, configuration, found, failed, signal } = options
  const { troubled = problem => failed(describeObjectProblem(problem)) } = options
  const shortfalls = findingsByNamespace()
  let examined = 0
  let hasSaidUnknown = false

  /** Of a Pod that meets a bug it is said, and it is passed over. */
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

  /** A Pod of which the webhooks were told to leave it alone lacks nothing; nor is one touched of which that is unknown. */
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
    // Calls of the webhook, which this process answers as well, come in between.
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

  const { pods, namespaces } = await surveyPods(api, { ...options, mayMatter, mostNames: mostGets })
  for (const [name, surveyed] of namespaces) {
    const namespace = namespaceOf(name)
    for await (const pod of wholePods(api, name, surveyed, signal)) {
      if (mayMatter(pod, namespace)) await examine(pod, namespace)
    }
  }
  return { pods, examined, shortfalls }
}

/** Those that may matter, one by one, or all of the namespace where that is cheaper. */
async function* wholePods(
  api: Api,
  namespace: string,
  { pods, matter, names }: Surveyed,
  signal: AbortSignal,
): AsyncGenerator<JsonObject> {
  const path = podsPath(namespace)
  if (matter > names.length || matter * podsListedPerGet > pods) {
    const query = { fieldSelector: stillRunning }
    for await (const { items } of api.pages(path, { query, limit: wholePodsPerPage, signal })) yield* items
    return
  }
  for (const name of names) {
    const answer = await api.request('GET', `${path}/${name}`, { signal })
    if (answer.ok) yield answer.body
    // It is gone meanwhile.
    else if (answer.status !== 404) succeeded(answer)
  }
}

// What the API server lists in the time of one more request, more or less.
const podsListedPerGet = 10
const mostGets = 500
// Half a megabyte or less: parsing it keeps no caller of the webhook waiting.
const wholePodsPerPage = 50
