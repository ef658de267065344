import type { JsonObject } from '../../json/json.ts'
import { type Api, ApiFailure, describeError, metadataOnly } from './api.ts'
import { askedToWait, defaultBackoff, type RetryOptions, waitAfter } from './backoff.ts'
import { type MirrorOptions, mirror, versionOf } from './mirror.ts'
import { describeObjectProblem, type ObjectProblem } from './object-problem.ts'
import { detailsIn, type FailedResponse } from './response.ts'

/** The objects of one resource, in memory, as the API server has them now. */
export interface Informer<T> extends Pick<ReturnType<typeof mirror<T>>, 'get' | 'entries' | 'isComplete'> {
  /** The last error; undefined again after the next list that succeeds. */
  problem(): string | undefined
  /** Time since the API server last sent something: under 30 seconds when all is well. */
  ageMs(): number
}

export interface InformerOptions<T>
  extends Pick<MirrorOptions<T>, 'kind' | 'keep' | 'isPartial'>,
    RetryOptions {
  /** What to list and watch: `/api/v1/namespaces`. */
  readonly path: string
  /** `metadata.name=pillion`: required when the RBAC rule names the object. */
  readonly fieldSelector?: string
  /** `pillion.dev/profile`: only objects with this label. */
  readonly labelSelector?: string
  /** Requests only metadata. From an API server that cannot send it alone, whole objects are requested. */
  readonly metadataOnly?: boolean
  /**
   * Called with the keys of the objects that were added, changed or deleted: after the first list with all of them,
   * even when there are none, and after another list with those that differ. When it throws, everything is listed again,
   * and it gets the same keys again.
   */
  readonly changed?: (keys: ReadonlySet<string>) => void
  /** Called with each object that could not be handled. Default: `failed`. */
  readonly troubled?: ((problem: ObjectProblem) => void) | undefined
  /** Time after which everything is listed again, in case an event was lost. */
  readonly relistMs?: number
  /** Maximum time of a watch. Its end shows that the API server is alive; a watch that is silent for longer is dead. */
  readonly watchMs?: number
}

/**
 * Lists the objects of a resource and watches for changes, until the signal aborts. After every error it lists them
 * again; it never gives up. Meanwhile the last known objects stay.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export function startInformer<T>(api: Api, options: InformerOptions<T>): Informer<T> {
  const { path, fieldSelector, labelSelector, changed = () => {}, failed, signal } = options
  const { backoff = defaultBackoff, relistMs = defaultRelistMs, watchMs = defaultWatchMs } = options
  const { troubled = problem => failed(describeObjectProblem(problem)) } = options
  const known = mirror({ ...options, changed, troubled })
  let heardAt = now()
  let accepts: Partial<typeof metadataOnly> = options.metadataOnly ? metadataOnly : {}
  let limit = pageSize
  let isWatching = false
  let problem: string | undefined

  async function list(): Promise<string> {
    const listing = known.list()
    let version = ''
    const accept = accepts.list && { accept: accepts.list }
    for await (const page of api.pages(path, {
      query: { fieldSelector, labelSelector },
      limit,
      signal,
      ...accept,
    })) {
      for (const object of page.items) listing.take(object)
      version = page.resourceVersion
    }
    if (version === '') throw new Error('the list has no resourceVersion')
    listing.finish()
    heardAt = now()
    limit = pageSize
    problem = undefined
    return version
  }

  /** Returns the last resource version when the watch ends normally. */
  async function watch(from: string): Promise<string> {
    let version = from
    const start = now()
    // Spread, so that not all watches end at once.
    const timeoutSeconds = Math.ceil((watchMs * (0.75 + Math.random() / 4)) / 1_000)
    const query = { fieldSelector, labelSelector, resourceVersion: from, timeoutSeconds }
    const accept = accepts.watch && { accept: accepts.watch }
    const silenceMs = watchMs * 1.3
    for await (const { type, object } of api.watch(path, { query, silenceMs, signal, ...accept })) {
      heardAt = now()
      if (type === 'ERROR') throw new ApiFailure(failureIn(object))
      if (!knownTypes.has(type)) continue
      version = versionOf(object) || version
      if (type === 'BOOKMARK') continue
      if (type === 'DELETED') known.remove(object)
      else known.put(object)
    }
    heardAt = now()
    // As client-go does: a server that ends a watch before any event cannot watch.
    if (version === from && heardAt - start < shortMs) throw new Error('the watch ended at once')
    return version
  }

  /** Changes the next attempt so that it does not fail in the same way. */
  function learnFrom({ status }: FailedResponse): void {
    // This API server cannot send metadata alone.
    if (status === 406) accepts = {}
    // The list expired before its last page: there are too many objects or the API server is too slow.
    if (status === 410 && !isWatching) limit = 0
  }

  async function run(): Promise<void> {
    let version: string | undefined
    let failures = 0
    let listedAt = 0
    while (!signal.aborted) {
      const start = now()
      let askedMs: number | undefined
      try {
        isWatching = false
        if (version === undefined || start - listedAt > relistMs) {
          version = await list()
          listedAt = start
        }
        isWatching = true
        version = await watch(version)
        // A watch that ends early must not start again at once.
        failures = now() - start < shortMs ? failures + 1 : 0
      } catch (error) {
        if (signal.aborted) return
        failures = now() - start < healthyMs ? failures + 1 : 1
        version = undefined
        askedMs = askedToWait(error)
        if (error instanceof ApiFailure) learnFrom(error.response)
        problem = describeError(error)
        failed(`${path}: ${problem}`)
      }
      await waitAfter(failures, backoff, signal, askedMs)
    }
  }

  void run()
  const { get, entries, isComplete } = known
  return { get, entries, isComplete, problem: () => problem, ageMs: () => now() - heardAt }
}

/** A newer API server may have other types; the next list shows their effect. */
const knownTypes: ReadonlySet<string> = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'])

const pageSize = 500
const shortMs = 1_000
// After this time the count of failures starts again.
const healthyMs = 30_000
const defaultRelistMs = 30 * 60_000
const defaultWatchMs = 27_000

/** Monotonic: the time of day may jump. */
function now(): number {
  return performance.now()
}

/** The Status of an event of type ERROR. */
function failureIn(status: JsonObject): FailedResponse {
  const { code, message = 'no reason given' } = status
  return {
    ok: false,
    status: typeof code === 'number' ? code : 0,
    message: `the watch ended: ${String(message)}`,
    ...detailsIn(status),
  }
}
