import { isObject, type JsonObject } from '../profile/json.ts'
import { type Api, ApiFailure, describeError, metadataOnly } from './api.ts'
import { type Backoff, defaultBackoff, waitAfter } from './backoff.ts'

/** The objects of one kind, in memory, as the API server has them now. */
export interface Followed<T> {
  /** By `name`, or `namespace/name`. */
  get(key: string): T | undefined
  entries(): IterableIterator<readonly [key: string, value: T]>
  /** Whether all of them have been seen once. */
  isComplete(): boolean
  /** How long the API server has not been heard of: under half a minute when all is well. */
  ageMs(): number
}

export interface FollowOptions<T> {
  /** What to list and watch: `/api/v1/namespaces`. */
  readonly path: string
  /** `metadata.name=pillion`: a right that names its object asks for it. */
  readonly fieldSelector?: string
  /** Whether metadata is all that is asked for. */
  readonly metadataOnly?: boolean
  /** What is kept of an object. */
  readonly keep: (object: JsonObject) => T
  /** Hears which objects came, changed or went; after a list, of all of them at once. */
  readonly changed?: (keys: ReadonlySet<string>) => void
  readonly failed: (reason: string) => void
  readonly signal: AbortSignal
  readonly backoff?: Backoff
  /** How often to list all of them again, should an event have been lost. */
  readonly relistMs?: number
}

/**
 * Follows the objects of a kind until the signal comes: lists them, watches for changes, and lists them
 * again after whatever goes wrong; never gives up. Meanwhile the last known ones serve on.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export function follow<T>(api: Api, options: FollowOptions<T>): Followed<T> {
  const { path, fieldSelector, keep, changed = () => {}, failed, signal } = options
  const { backoff = defaultBackoff, relistMs = defaultRelistMs } = options
  let known = new Map<string, Kept<T>>()
  let isComplete = false
  let heardAt = Date.now()

  async function list(): Promise<string> {
    const listed = new Map<string, Kept<T>>()
    let version = ''
    const accept = options.metadataOnly ? { accept: metadataOnly.list } : {}
    for await (const page of api.pages(path, { query: { fieldSelector }, signal, ...accept })) {
      for (const object of page.items) listed.set(keyOf(object), kept(object))
      version = page.resourceVersion
    }
    const before = known
    known = listed
    const hasBeenListed = isComplete
    isComplete = true
    heardAt = Date.now()
    const keys = differing(before, listed)
    if (keys.size > 0 || !hasBeenListed) changed(keys)
    return version
  }

  function kept(object: JsonObject): Kept<T> {
    return { version: versionOf(object), value: keep(object) }
  }

  /** Gives the version it got to when the watch ends in good order. */
  async function watch(from: string): Promise<string> {
    let version = from
    const query = { fieldSelector, resourceVersion: from, timeoutSeconds: lifetimeSeconds() }
    const accept = options.metadataOnly ? { accept: metadataOnly.watch } : {}
    for await (const { type, object } of api.watch(path, { query, silenceMs, signal, ...accept })) {
      heardAt = Date.now()
      if (type === 'ERROR') throw new ApiFailure(refusalIn(object))
      version = versionOf(object) || version
      if (type === 'BOOKMARK') continue
      const key = keyOf(object)
      if (type === 'DELETED') known.delete(key)
      else known.set(key, kept(object))
      changed(new Set([key]))
    }
    heardAt = Date.now()
    return version
  }

  async function run(): Promise<void> {
    let version: string | undefined
    let failures = 0
    let listedAt = 0
    while (!signal.aborted) {
      const start = Date.now()
      try {
        if (version === undefined || start - listedAt > relistMs) {
          version = await list()
          listedAt = start
        }
        version = await watch(version)
        // A watch lasts for half a minute. One that ends at once would begin again at once.
        failures = Date.now() - start < shortMs ? failures + 1 : 0
      } catch (error) {
        if (signal.aborted) return
        failures = Date.now() - start < healthyMs ? failures + 1 : 1
        version = undefined
        failed(`${path}: ${describeError(error)}`)
      }
      await waitAfter(failures, backoff, signal)
    }
  }

  void run()
  return {
    get: key => known.get(key)?.value,
    *entries() {
      for (const [key, { value }] of known) yield [key, value] as const
    },
    isComplete: () => isComplete,
    ageMs: () => Date.now() - heardAt,
  }
}

/** `name`, or `namespace/name`. */
export function keyOf(object: JsonObject): string {
  const { name, namespace } = metadataOf(object)
  return typeof namespace === 'string' ? `${namespace}/${name}` : String(name)
}

export function metadataOf({ metadata }: JsonObject): JsonObject {
  return isObject(metadata) ? metadata : {}
}

interface Kept<T> {
  readonly version: string
  readonly value: T
}

const shortMs = 1_000
// After so long, a failure is the first one again.
const healthyMs = 30_000
const defaultRelistMs = 30 * 60_000
// Longer than any watch lasts: only a dead connection is silent for so long.
const silenceMs = 35_000

/** Short, because the end of a watch is a sign of life; spread, so that not all watches end at once. */
function lifetimeSeconds(): number {
  return 20 + Math.floor(Math.random() * 8)
}

function versionOf(object: JsonObject): string {
  return String(metadataOf(object)['resourceVersion'] ?? '')
}

function differing<T>(before: ReadonlyMap<string, Kept<T>>, now: ReadonlyMap<string, Kept<T>>): Set<string> {
  const keys = [...before.keys(), ...now.keys()]
  return new Set(keys.filter(key => before.get(key)?.version !== now.get(key)?.version))
}

function refusalIn({ code, message, reason }: JsonObject) {
  return {
    ok: false as const,
    status: typeof code === 'number' ? code : 0,
    message: `the watch ended: ${String(message ?? 'no reason given')}`,
    ...(typeof reason === 'string' && { reason }),
  }
}
