import type { JsonObject } from '../../json/json.ts'
import { retryAfterIn } from './answer.ts'
import { type Api, ApiFailure, describeError, metadataOnly, type Refusal } from './api.ts'
import { askedToWait, type Backoff, defaultBackoff, waitAfter } from './backoff.ts'
import { mirror, versionOf } from './mirror.ts'
import { describeObjectProblem, type ObjectProblem } from './object-problem.ts'

/** The objects of one kind, in memory, as the API server has them now. */
export interface Followed<T> {
  /** By `name`, or `namespace/name`. */
  get(key: string): T | undefined
  entries(): IterableIterator<readonly [key: string, value: T]>
  /** Whether all of them were listed once, and `changed` has taken them. */
  isComplete(): boolean
  /** What went wrong last, as long as that was not followed by a list that succeeded. */
  problem(): string | undefined
  /** How long the API server has not been heard of: under half a minute when all is well. */
  ageMs(): number
}

export interface FollowOptions<T> {
  /** What to list and watch: `/api/v1/namespaces`. */
  readonly path: string
  /** What the objects are called in a report: `Namespace`. */
  readonly kind: string
  /** `metadata.name=pillion`: a right that names its object asks for it. */
  readonly fieldSelector?: string
  /** Whether metadata is all that is asked for. An API server that cannot do so is asked for all. */
  readonly metadataOnly?: boolean
  /** What is kept of an object; nothing else of it stays in memory. One for which this throws is not known. */
  readonly keep: (object: JsonObject) => T
  /** Whether what was kept is less than another list may bring, of the same version. */
  readonly isPartial?: (value: T) => boolean
  /**
   * Hears which objects came, changed or went: after the first list of all of them, even when there are none, and
   * after another list of those that differ. When it throws, all are listed again, and it gets the same keys again.
   */
  readonly changed?: (keys: ReadonlySet<string>) => void
  readonly failed: (reason: string) => void
  /** Hears of an object that could not be handled; without it `failed` does. */
  readonly troubled?: ((problem: ObjectProblem) => void) | undefined
  readonly signal: AbortSignal
  readonly backoff?: Backoff
  /** How often to list all of them again, should an event have been lost. */
  readonly relistMs?: number
  /** How long a watch lasts at most. Its end is a sign of life; one that says nothing for longer is dead. */
  readonly watchMs?: number
}

/**
 * Follows the objects of a kind until the signal comes: lists them, watches for changes, and lists them
 * again after whatever goes wrong; never gives up. Meanwhile the last known ones serve on.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export function follow<T>(api: Api, options: FollowOptions<T>): Followed<T> {
  const { path, kind, fieldSelector, keep, changed = () => {}, failed, signal } = options
  const { backoff = defaultBackoff, relistMs = defaultRelistMs, watchMs = defaultWatchMs } = options
  const { troubled = problem => failed(describeObjectProblem(problem)) } = options
  const known = mirror({ kind, keep, isPartial: options.isPartial, changed, troubled })
  let heardAt = now()
  let accepts: Partial<typeof metadataOnly> = options.metadataOnly ? metadataOnly : {}
  let limit = pageSize
  let isWatching = false
  let problem: string | undefined

  async function list(): Promise<string> {
    const listing = known.list()
    let version = ''
    const accept = accepts.list && { accept: accepts.list }
    for await (const page of api.pages(path, { query: { fieldSelector }, limit, signal, ...accept })) {
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

  /** Gives the version it got to when the watch ends in good order. */
  async function watch(from: string): Promise<string> {
    let version = from
    const start = now()
    const query = { fieldSelector, resourceVersion: from, timeoutSeconds: lifetimeSeconds(watchMs) }
    const accept = accepts.watch && { accept: accepts.watch }
    const silenceMs = watchMs * 1.3
    for await (const { type, object } of api.watch(path, { query, silenceMs, signal, ...accept })) {
      heardAt = now()
      if (type === 'ERROR') throw new ApiFailure(refusalIn(object))
      if (!knownTypes.has(type)) continue
      version = versionOf(object) || version
      if (type === 'BOOKMARK') continue
      if (type === 'DELETED') known.remove(object)
      else known.put(object)
    }
    heardAt = now()
    // As client-go does: whoever ends watches before they say anything does not watch.
    if (version === from && heardAt - start < shortMs) throw new Error('the watch ended at once')
    return version
  }

  /** What another attempt is spared. */
  function learnFrom({ status }: Refusal): void {
    // An old or other API server, which has no metadata by itself.
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
        // One that ends soon would begin again at once.
        failures = now() - start < shortMs ? failures + 1 : 0
      } catch (error) {
        if (signal.aborted) return
        failures = now() - start < healthyMs ? failures + 1 : 1
        version = undefined
        askedMs = askedToWait(error)
        if (error instanceof ApiFailure) learnFrom(error.refusal)
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

/** A newer API server may know more: what they mean is unknown, and the next list tells. */
const knownTypes: ReadonlySet<string> = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'])

const pageSize = 500
const shortMs = 1_000
// After so long, a failure is the first one again.
const healthyMs = 30_000
const defaultRelistMs = 30 * 60_000
const defaultWatchMs = 27_000

/** Not the time of day, which may jump. */
function now(): number {
  return performance.now()
}

/** Spread, so that not all watches end at once. */
function lifetimeSeconds(watchMs: number): number {
  return Math.ceil((watchMs * (0.75 + Math.random() / 4)) / 1_000)
}

/** The Status of an event of type ERROR. */
function refusalIn(status: JsonObject): Refusal {
  const { code, message, reason } = status
  const retryAfterMs = retryAfterIn(status)
  return {
    ok: false,
    status: typeof code === 'number' ? code : 0,
    message: `the watch ended: ${String(message ?? 'no reason given')}`,
    ...(typeof reason === 'string' && { reason }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
}
