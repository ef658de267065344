import jsonPatch from 'fast-json-patch'
import type { Api, ListPage, WatchEvent } from '../../../src/cluster/api/api.ts'
import { ApiFailure } from '../../../src/cluster/api/api.ts'
import type { ApiResponse } from '../../../src/cluster/api/response.ts'
import { type Json, type JsonObject, metadataOf, objectAt } from '../../../src/json/json.ts'

/** A write that is about to be stored. */
export interface Write {
  /** Such as `pods`. */
  readonly resource: string
  /** Who writes: a replica, or nothing for everybody else. */
  readonly by: string | undefined
  readonly verb: 'create' | 'update' | 'delete'
  readonly before: JsonObject | undefined
  readonly after: JsonObject
}

interface Stored {
  readonly resource: string
  readonly object: JsonObject
}

/** What happens to one request on its way: how long each half takes, and whether it or its answer is lost. */
export interface Passage {
  readonly thereMs: number
  readonly backMs: number
  readonly fault?: 'refused' | 'answer lost' | 'overloaded' | undefined
}

interface ClientOptions {
  readonly name: string
  readonly passage: () => Passage
  readonly sleep: (ms: number) => Promise<void>
  readonly signal: AbortSignal
}

/**
 * The objects of a cluster in memory, with as much of an API server as the loops of a leader use: resource versions and
 * conflicts, JSON patches with tests, subresources, selectors, lists of metadata, and watches. `written` is called before
 * each write is stored.
 */
export function memoryApi(now: () => number, written: (write: Write) => void) {
  const stored = new Map<string, Stored>()
  const events: { readonly version: number; readonly type: string; readonly of: Stored }[] = []
  const watches = new Set<() => void>()
  let version = 1

  function store(key: string, resource: string, object: JsonObject, by?: string): JsonObject {
    const before = stored.get(key)?.object
    version += 1
    const { creationTimestamp = timeText(now()), uid = `uid-${version}`, ...metadata } = metadataOf(object)
    const after = {
      ...object,
      metadata: { ...metadata, creationTimestamp, uid, resourceVersion: String(version) },
    }
    written({ resource, by, verb: before ? 'update' : 'create', before, after })
    stored.set(key, { resource, object: after })
    tell(before ? 'MODIFIED' : 'ADDED', { resource, object: after })
    return after
  }

  function drop(key: string, by?: string): void {
    const found = stored.get(key)
    if (!found) return
    version += 1
    const object = {
      ...found.object,
      metadata: { ...metadataOf(found.object), resourceVersion: String(version) },
    }
    written({ resource: found.resource, by, verb: 'delete', before: found.object, after: object })
    stored.delete(key)
    tell('DELETED', { ...found, object })
  }

  function tell(type: string, of: Stored): void {
    events.push({ version, type, of })
    for (const wake of watches) wake()
  }

  const list = (path: Path, query: Query = {}) =>
    [...stored.values()].flatMap(({ resource, object }) =>
      resource === path.resource &&
      (path.namespace === undefined || metadataOf(object)['namespace'] === path.namespace) &&
      isSelected(object, query)
        ? [object]
        : [],
    )

  function change(path: Path, body: Json, by: string | undefined): ApiResponse {
    const key = keyOf(path)
    const before = stored.get(key)?.object
    if (!before) return failure(404, 'NotFound')
    let patched: JsonObject
    try {
      const operations = structuredClone(body) as unknown as jsonPatch.Operation[]
      patched = jsonPatch.applyPatch(structuredClone(before), operations, true, false).newDocument
    } catch {
      return failure(422, 'Invalid', 'the server rejected our request due to an error in our request')
    }
    if (metadataOf(patched)['resourceVersion'] !== metadataOf(before)['resourceVersion'])
      return failure(409, 'Conflict')
    const next = path.subresource === 'status' ? { ...before, status: patched['status'] ?? {} } : patched
    if (JSON.stringify(next) === JSON.stringify(before)) return success(before)
    return success(store(key, path.resource, next, by))
  }

  function evict(path: Path, body: JsonObject, by: string): ApiResponse {
    const key = keyOf(path)
    const pod = stored.get(key)?.object
    const { uid } = objectAt(body, 'deleteOptions', 'preconditions')
    if (!pod || metadataOf(pod)['uid'] !== uid) return failure(pod ? 409 : 404, 'Conflict')
    if (metadataOf(pod)['deletionTimestamp'] === undefined)
      store(key, 'pods', withMetadata(pod, { deletionTimestamp: timeText(now()) }), by)
    return success({ kind: 'Status', status: 'Success' })
  }

  function answer(method: string, path: Path, body: JsonObject, by: string): ApiResponse {
    const key = keyOf(path)
    const found = stored.get(key)?.object
    if (path.resource === 'version') return success({ major: '1', minor: '34', gitVersion: 'v1.34.4' })
    if (method === 'GET') return found ? success(found) : failure(404, 'NotFound')
    if (method === 'PATCH') return change(path, body as unknown as Json, by)
    if (path.subresource === 'eviction') return evict(path, body, by)
    if (method === 'DELETE') {
      if (!found) return failure(404, 'NotFound')
      const { uid, resourceVersion } = objectAt(body, 'preconditions')
      const is = metadataOf(found)
      if (
        (uid ?? is['uid']) !== is['uid'] ||
        (resourceVersion ?? is['resourceVersion']) !== is['resourceVersion']
      )
        return failure(409, 'Conflict')
      drop(key, by)
      return success(found)
    }
    const name = String(metadataOf(body)['name'])
    const own = keyOf({ ...path, name })
    const before = stored.get(own)?.object
    if (method === 'POST' && before) return failure(409, 'AlreadyExists')
    if (method === 'PUT') {
      if (!before) return failure(404, 'NotFound')
      const { resourceVersion } = metadataOf(body)
      if (resourceVersion !== undefined && resourceVersion !== metadataOf(before)['resourceVersion'])
        return failure(409, 'Conflict')
    }
    const { resourceVersion: _, ...metadata } = metadataOf(body)
    const identity = before ? { uid: metadataOf(before)['uid'] ?? '' } : {}
    const namespace = path.namespace === undefined ? {} : { namespace: path.namespace }
    return success(
      store(own, path.resource, { ...body, metadata: { ...metadata, ...namespace, ...identity } }, by),
    )
  }

  function success(body: JsonObject): ApiResponse {
    return { ok: true, status: 200, body: structuredClone(body), warnings: [], date: wholeSecond(now()) }
  }
  function failure(status: number, reason: string, message = reason): ApiResponse {
    return { ok: false, status, reason, message, date: wholeSecond(now()) }
  }

  return {
    /** What somebody who is no replica does. */
    create: (path: string, object: JsonObject): JsonObject => {
      const parsed = pathOf(path)
      return store(keyOf({ ...parsed, name: String(metadataOf(object)['name']) }), parsed.resource, object)
    },
    update(path: string, update: (object: JsonObject) => JsonObject): void {
      const parsed = pathOf(path)
      const found = stored.get(keyOf(parsed))
      if (found) store(keyOf(parsed), found.resource, update(structuredClone(found.object)))
    },
    remove: (path: string) => drop(keyOf(pathOf(path))),
    list: (path: string): readonly JsonObject[] => list(pathOf(path)),
    get: (path: string): JsonObject | undefined => stored.get(keyOf(pathOf(path)))?.object,
    /** The API server for one replica. */
    client({ name, passage, sleep, signal }: ClientOptions): Api {
      async function through(action: () => ApiResponse): Promise<ApiResponse> {
        const { thereMs, backMs, fault } = passage()
        await sleep(thereMs)
        if (signal.aborted || fault === 'refused')
          return { ok: false, status: 0, message: 'connection refused' }
        if (fault === 'overloaded')
          return {
            ok: false,
            status: 429,
            reason: 'TooManyRequests',
            message: 'too many requests',
            retryAfterMs: 1_000,
          }
        const response = action()
        await sleep(backMs)
        if (fault === 'answer lost') return { ok: false, status: 0, message: 'the connection broke' }
        return response
      }
      const request: Api['request'] = (method, path, { body } = {}) =>
        through(() => answer(method, pathOf(path), (body ?? {}) as JsonObject, name))

      async function* pages(
        path: string,
        { query, accept }: { query?: Query; accept?: string } = {},
      ): AsyncGenerator<ListPage> {
        let page: ListPage | undefined
        const response = await through(() => {
          const items = list(pathOf(path), query).map(object => shown(object, accept))
          page = { items: structuredClone(items), resourceVersion: String(version) }
          return success({})
        })
        if (!response.ok || !page)
          throw new ApiFailure(response.ok ? { ok: false, status: 0, message: 'no page' } : response)
        yield page
      }

      async function* watch(
        path: string,
        call: { query?: Query; signal?: AbortSignal },
      ): AsyncGenerator<WatchEvent> {
        const { resource, namespace } = pathOf(path)
        let from = Number(call.query?.['resourceVersion'])
        while (!signal.aborted && !call.signal?.aborted) {
          const fresh = events.filter(event => event.version > from)
          for (const { version: its, type, of } of fresh) {
            from = its
            const isHere = namespace === undefined || metadataOf(of.object)['namespace'] === namespace
            if (of.resource !== resource || !isHere || !isSelected(of.object, call.query ?? {})) continue
            const { thereMs, fault } = passage()
            await sleep(thereMs)
            if (fault === 'refused')
              throw new ApiFailure({ ok: false, status: 0, message: 'the watch broke' })
            yield { type, object: structuredClone(of.object) }
          }
          if (fresh.length > 0) continue
          const { promise, resolve } = Promise.withResolvers<void>()
          watches.add(resolve)
          signal.addEventListener('abort', () => resolve(), { once: true })
          await promise
          watches.delete(resolve)
        }
      }
      return { request, pages, watch } as Api
    },
  }
}

export type MemoryApi = ReturnType<typeof memoryApi>

type Query = Readonly<Record<string, unknown>>

interface Path {
  readonly resource: string
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly subresource: string | undefined
}

/** `/api/v1/namespaces/shop/pods/web-0/resize`, `/apis/pillion.dev/v1alpha1/clustersidecarprofiles/agent/status`. */
function pathOf(path: string): Path {
  const parts = path.split('/').filter(part => part !== '')
  const rest = parts[0] === 'api' ? parts.slice(2) : parts[0] === 'apis' ? parts.slice(3) : parts
  const isNamespaced = rest[0] === 'namespaces' && rest.length > 2
  const [resource = '', name, subresource] = isNamespaced ? rest.slice(2) : rest
  return { resource, namespace: isNamespaced ? rest[1] : undefined, name, subresource }
}

const keyOf = ({ resource, namespace = '', name }: Path) => `${resource}/${namespace}/${name}`

function isSelected(object: JsonObject, { fieldSelector, labelSelector }: Query): boolean {
  const { name, labels } = metadataOf(object)
  const fields: Readonly<Record<string, unknown>> = {
    'metadata.name': name,
    'status.phase': objectAt(object, 'status')['phase'],
  }
  const holds = (all: unknown, values: Readonly<Record<string, unknown>>) =>
    String(all ?? '')
      .split(',')
      .filter(each => each !== '')
      .every(each => {
        const [, key = '', operator, value] = /^([^!=]+)(!=|=)?(.*)$/.exec(each) ?? []
        if (operator === undefined) return values[key] !== undefined
        return (String(values[key] ?? '') === value) === (operator === '=')
      })
  return holds(fieldSelector, fields) && holds(labelSelector, objectAt({ labels: labels ?? {} }, 'labels'))
}

/** A list of metadata has nothing else. */
function shown({ metadata = {}, ...rest }: JsonObject, accept: string | undefined): JsonObject {
  return accept?.includes('PartialObjectMetadata') ? { metadata } : { metadata, ...rest }
}

export function withMetadata(object: JsonObject, more: JsonObject): JsonObject {
  return { ...object, metadata: { ...metadataOf(object), ...more } }
}

export function timeText(ms: number): string {
  return wholeSecond(ms)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
}

function wholeSecond(ms: number): Date {
  return new Date(Math.floor(ms / 1_000) * 1_000)
}
