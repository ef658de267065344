import { isObject, type JsonObject } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { oneLine } from '../../problems/one-line.ts'
import { type Access, type ApiRequest, type HttpMethod, sender } from './http.ts'
import { linesOf } from './lines.ts'
import { type ApiResponse, type FailedResponse, parse, readResponse } from './response.ts'
import { timeout } from './timeout.ts'

/** The API server, in raw JSON: no field is lost because the client does not know it. */
export interface Api {
  /** Sends one request. A failure is a response, too, even if no API server answered. Never throws. */
  request(method: HttpMethod, path: string, call?: ApiRequest): Promise<ApiResponse>
  /**
   * The objects of a list, page by page, all of one resource version. Large objects come in smaller pages, to limit
   * memory. Throws an `ApiFailure` when a page fails, for example because the list has expired (410).
   */
  pages(path: string, call?: ApiRequest & { readonly limit?: number }): AsyncGenerator<ListPage>
  /**
   * The events of a watch, until the API server ends it normally; leaving the loop closes it. Throws an `ApiFailure`
   * when the watch is denied, breaks, sends something that is not an event, or is silent for `silenceMs`.
   */
  watch(path: string, call: ApiRequest & { readonly silenceMs: number }): AsyncGenerator<WatchEvent>
}

export interface ListPage {
  readonly items: readonly JsonObject[]
  readonly resourceVersion: string
}

export interface WatchEvent {
  readonly type: string
  readonly object: JsonObject
}

/** A failed response, thrown where the caller cannot continue. */
export class ApiFailure extends Error {
  readonly response: FailedResponse

  constructor(response: FailedResponse) {
    super(describeFailure(response))
    this.response = response
  }
}

/** A failure in one line. */
export function describeFailure({ status, message }: FailedResponse): string {
  return status === 0 ? message : `${status}: ${message}`
}

/** The body of a response; throws an `ApiFailure` for a failed one. */
export function succeeded(response: ApiResponse): JsonObject {
  if (!response.ok) throw new ApiFailure(response)
  return response.body
}

/**
 * An object by its name; undefined if it does not exist. Uses a list, so it needs the permission to list, not to get. Throws
 * an `ApiFailure`.
 */
export async function findByName(
  api: Api,
  path: string,
  name: string,
  call: Pick<ApiRequest, 'accept' | 'signal'>,
): Promise<JsonObject | undefined> {
  const query = { fieldSelector: `metadata.name=${name}` }
  for await (const { items } of api.pages(path, { ...call, query })) if (items[0]) return items[0]
  return undefined
}

/** Requests only the metadata of objects, as `PartialObjectMetadata`. */
export const metadataOnly = {
  list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
  watch: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json',
} as const

/** The API server behind an access, with the permissions of its user. A request may set a time limit of its own. */
export function apiAt(access: Access, requestTimeoutMs = defaultTimeoutMs): Api {
  const send = sender(access)

  async function request(method: HttpMethod, path: string, call: ApiRequest = {}): Promise<ApiResponse> {
    const { timeoutMs = requestTimeoutMs } = call
    const waiting = timeout(timeoutMs, `there was no answer within ${timeoutMs / 1_000} s`, call.signal)
    try {
      return await readResponse(await send(method, path, { ...call, signal: waiting.signal }), call.mostBytes)
    } catch (error) {
      return unanswered(waiting.cause(error))
    } finally {
      waiting.end()
    }
  }

  async function* pages(
    path: string,
    { limit: most = pageSize, query, ...call }: ApiRequest & { readonly limit?: number } = {},
  ): AsyncGenerator<ListPage> {
    let limit = most
    for (let next: string | undefined = ''; next !== undefined; ) {
      const answer = await request('GET', path, {
        ...call,
        query: { ...query, limit, ...(next && { continue: next }) },
        ...(limit !== 1 && { mostBytes: limits.pageBytes }),
      })
      if (!answer.ok && answer.isTooLong) {
        limit = Math.max(1, Math.floor((limit || pageSize) / 8))
        continue
      }
      const { following, ...page } = pageIn(succeeded(answer))
      yield page
      next = following
    }
  }

  async function* watch(
    path: string,
    { silenceMs, query, signal, ...call }: ApiRequest & { readonly silenceMs: number },
  ): AsyncGenerator<WatchEvent> {
    const waiting = timeout(silenceMs, `the watch was silent for ${silenceMs / 1_000} s`, signal)
    try {
      const response = await send('GET', path, {
        ...call,
        query: { ...query, watch: true, allowWatchBookmarks: true },
        signal: waiting.signal,
      })
      if (response.statusCode === 200) {
        for await (const line of linesOf(response, waiting.restart)) yield eventOf(line)
      } else {
        const answer = await readResponse(response)
        throw new ApiFailure(answer.ok ? { ...notThat, status: answer.status } : answer)
      }
    } catch (error) {
      throw error instanceof ApiFailure ? error : new ApiFailure(unanswered(waiting.cause(error)))
    } finally {
      waiting.end()
    }
  }

  return { request, pages, watch }
}

/** An error in one line. */
export function describeError(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describeError).join('; ')
  if (!(error instanceof Error)) return String(error)
  // This is Node's message for a response that ends too early.
  if (error.message === 'aborted') return 'the connection broke'
  return oneLine(error.message) || error.name
}

const pageSize = 500

// As client-go's default for a list.
export const defaultTimeoutMs = 30_000

function unanswered(error: unknown): FailedResponse {
  return { ok: false, status: 0, message: describeError(error) }
}

const notThat = { ok: false, message: 'the response is not what was requested' } as const

/** Another object must not pass for an empty list. */
function pageIn({ kind, items, metadata }: JsonObject) {
  const isList = typeof kind === 'string' && kind.endsWith('List') && isObject(metadata)
  if (!isList || !(Array.isArray(items) || items === null)) throw new ApiFailure({ ...notThat, status: 200 })
  const { continue: following, resourceVersion } = metadata
  return {
    items: (items ?? []).filter(isObject),
    resourceVersion: String(resourceVersion ?? ''),
    following: typeof following === 'string' && following !== '' ? following : undefined,
  }
}

/** Anything else is an event that was cut off. */
function eventOf(line: string): WatchEvent {
  const event = parse(line)
  if (!isObject(event) || typeof event['type'] !== 'string' || !isObject(event['object'])) {
    throw new Error('the watch sent something that is not an event')
  }
  return { type: event['type'], object: event['object'] }
}
