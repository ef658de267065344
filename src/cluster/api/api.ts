import { isObject, type JsonObject } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import type { Access } from './access.ts'
import { AnswerTooLong, answerOf, parse } from './answer.ts'
import { sender } from './exchange.ts'
import { linesOf } from './lines.ts'
import { patience } from './patience.ts'

/** The API server, asked in raw JSON: no field is lost to a client that does not know it. */
export interface Api {
  /** One request. A refusal is an answer, too; so is that there was none. Never throws. */
  request(method: Method, path: string, call?: Call): Promise<Answer>
  /**
   * The objects of a list, page by page, all of one resource version. Pages get smaller where objects are so large
   * that one would take too much memory. Throws an `ApiFailure` when a page is refused, among it that the list has
   * expired (410) and has to begin anew.
   */
  pages(path: string, call?: Call & { readonly limit?: number }): AsyncGenerator<Page>
  /**
   * What a watch says, until the API server ends it in good order; leaving the loop closes it. Throws an
   * `ApiFailure` when it is refused, breaks, says what is no event, or nothing at all for `silenceMs`.
   */
  watch(path: string, call: Call & { readonly silenceMs: number }): AsyncGenerator<WatchEvent>
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Call {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
  /** Of the body; JSON when absent, and a JSON merge patch with PATCH. */
  readonly contentType?: string
  readonly accept?: string
  /** What the answer may have at most; a longer one is not read, and is too long. */
  readonly mostBytes?: number
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export type Answer =
  | {
      readonly ok: true
      readonly status: number
      readonly body: JsonObject
      readonly warnings: readonly string[]
      /** What the API server's clock said, to the second. */
      readonly date?: Date
    }
  | Refusal

/** What went wrong. A status of 0 says that no API server answered. */
export interface Refusal {
  readonly ok: false
  readonly status: number
  /** Kubernetes' own: `Conflict`, `AlreadyExists`, `Forbidden`. */
  readonly reason?: string
  /** In the API server's own words where it had any. */
  readonly message: string
  /** There was an answer, of more than `mostBytes`. */
  readonly isTooLong?: true
  /** How long it asks to be left alone. */
  readonly retryAfterMs?: number
  /** What the API server's clock said, to the second. */
  readonly date?: Date
}

export interface Page {
  readonly items: readonly JsonObject[]
  readonly resourceVersion: string
}

export interface WatchEvent {
  readonly type: string
  readonly object: JsonObject
}

/** A refusal where there is no way on. */
export class ApiFailure extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(describeRefusal(refusal))
    this.refusal = refusal
  }
}

/** In one line. */
export function describeRefusal({ status, message }: Refusal): string {
  return status === 0 ? message : `${status}: ${message}`
}

/** The answer's body, or an `ApiFailure`. */
export function succeeded(answer: Answer): JsonObject {
  if (!answer.ok) throw new ApiFailure(answer)
  return answer.body
}

/** Asks for the metadata of objects only, as `PartialObjectMetadata`: nothing else crosses the wire. */
export const metadataOnly = {
  list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
  watch: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json',
} as const

/** The API server at the end of an access, with the rights of its user. */
export function apiAt(access: Access): Api {
  const send = sender(access)

  async function request(method: Method, path: string, call: Call = {}): Promise<Answer> {
    const { timeoutMs = defaultTimeoutMs } = call
    const waiting = patience(timeoutMs, `there was no answer within ${timeoutMs / 1_000} s`, call.signal)
    try {
      return await answerOf(await send(method, path, { ...call, signal: waiting.signal }), call.mostBytes)
    } catch (error) {
      if (error instanceof AnswerTooLong) return { ...unanswered(error), isTooLong: true }
      return unanswered(waiting.cause(error))
    } finally {
      waiting.end()
    }
  }

  async function* pages(
    path: string,
    { limit: most = pageSize, query, ...call }: Call & { readonly limit?: number } = {},
  ): AsyncGenerator<Page> {
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
    { silenceMs, query, signal, ...call }: Call & { readonly silenceMs: number },
  ): AsyncGenerator<WatchEvent> {
    const waiting = patience(silenceMs, `the watch said nothing for ${silenceMs / 1_000} s`, signal)
    try {
      const response = await send('GET', path, {
        ...call,
        query: { ...query, watch: true, allowWatchBookmarks: true },
        signal: waiting.signal,
      })
      if (response.statusCode === 200) {
        for await (const line of linesOf(response, waiting.heard)) yield eventOf(line)
      } else {
        const answer = await answerOf(response)
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

/** One line for a log. */
export function describeError(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describeError).join('; ')
  if (!(error instanceof Error)) return String(error)
  // All that Node says of a response whose end is missing.
  if (error.message === 'aborted') return 'the connection broke'
  return (error.message || error.name).replaceAll(/\s+/g, ' ').trim()
}

const pageSize = 500

// As client-go's default for a list.
const defaultTimeoutMs = 30_000

function unanswered(error: unknown): Refusal {
  return { ok: false, status: 0, message: describeError(error) }
}

const notThat = { ok: false, message: 'the answer is of another kind than what was asked for' } as const

/** An answer that is no list must not pass for an empty one. */
function pageIn({ kind, items, metadata }: JsonObject): Page & { readonly following: string | undefined } {
  const isList = typeof kind === 'string' && kind.endsWith('List') && isObject(metadata)
  if (!isList || !(Array.isArray(items) || items === null)) throw new ApiFailure({ ...notThat, status: 200 })
  const { continue: following, resourceVersion } = metadata
  return {
    items: (items ?? []).filter(isObject),
    resourceVersion: String(resourceVersion ?? ''),
    following: typeof following === 'string' && following !== '' ? following : undefined,
  }
}

/** An event; what is none is broken off in the middle. */
function eventOf(line: string): WatchEvent {
  const event = parse(line)
  if (!isObject(event) || typeof event['type'] !== 'string' || !isObject(event['object'])) {
    throw new Error('the watch said something that is no event')
  }
  return { type: event['type'], object: event['object'] }
}
