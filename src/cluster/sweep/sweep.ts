import { setImmediate as breath } from 'node:timers/promises'
import type { JsonObject } from '../../profile/json.ts'
import { type Api, describeError, succeeded } from '../api/api.ts'
import { keyOf } from '../api/mirror.ts'
import type { NamespaceMetadata } from '../namespaces.ts'
import { type FoundPod, foundPod, type Shortfall } from './found-pod.ts'
import { podsPath, type Surveyed, stillRunning, surveyPods } from './pod-survey.ts'
import { type ShortfallCounts, shortfallCounts } from './shortfall-counts.ts'

/** Says what is wrong with a Pod; what a Pod should have is not known here. */
export interface Examiner {
  /** Whether it is worth reading all of a Pod of which the metadata is known. */
  mayMatter(pod: JsonObject, namespace: NamespaceMetadata): boolean
  examine(pod: JsonObject, namespace: NamespaceMetadata): Shortfall | undefined
}

export interface SweepOptions {
  readonly examiner: Examiner
  readonly namespaceOf: (name: string) => NamespaceMetadata
  /** Whose Pods are not looked at. */
  readonly excludedNamespaces: ReadonlySet<string>
  /** The only one to look at; all when absent. */
  readonly namespace?: string
  /** Hears of each Pod with which something is wrong; the sweep waits for it. */
  readonly found: (pod: FoundPod) => Promise<void> | void
  /** Hears of a Pod that could not be examined, which is a bug. The others are. */
  readonly failed: (reason: string) => void
  readonly signal: AbortSignal
}

/** One pass. */
export interface Swept {
  /** All Pods that run. */
  readonly pods: number
  /** Those that were read in full. */
  readonly examined: number
  readonly shortfalls: ShortfallCounts
}

/**
 * Looks at every Pod that runs, once: at the metadata of all, page by page, and then at the whole of those
 * that may matter. Never holds more than a page of Pods, and asks for one thing at a time, so that it is never
 * the reason why an API server is busy. Throws an `ApiFailure` when it is refused, and with the signal.
 */
export async function sweepOnce(api: Api, options: SweepOptions): Promise<Swept> {
  const { examiner, namespaceOf, found, failed, signal } = options
  const shortfalls = shortfallCounts()
  const mayMatter = examiner.mayMatter.bind(examiner)
  let examined = 0

  async function examine(pod: JsonObject, namespace: NamespaceMetadata): Promise<void> {
    // Calls of the webhook, which this process answers as well, come in between.
    await breath()
    signal.throwIfAborted()
    examined += 1
    const shortfall = examinedSafely(pod, namespace)
    if (!shortfall) return
    shortfalls.add(namespace.name, shortfall.kind)
    await found(foundPod(pod, shortfall))
  }

  function examinedSafely(pod: JsonObject, namespace: NamespaceMetadata): Shortfall | undefined {
    try {
      return examiner.examine(pod, namespace)
    } catch (error) {
      failed(`Pod ${keyOf(pod)} cannot be examined: ${describeError(error)}`)
      return undefined
    }
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
