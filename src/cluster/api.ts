import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import type { KubeConfig } from '@kubernetes/client-node'
import { isObject, type JsonObject } from '../profile/json.ts'

/** The API server, asked in raw JSON: no field is lost to a client that does not know it. */
export interface Api {
  /** One request. A refusal is an answer, too; so is that there was none. Never throws. */
  request(method: Method, path: string, call?: Call): Promise<Answer>
  /**
   * The objects of a list, page by page, all of one resource version. Throws an `ApiFailure` when a page
   * is refused, among it that the list has expired (410) and has to begin anew.
   */
  pages(path: string, call?: Call & { readonly limit?: number }): AsyncGenerator<Page>
  /** What a watch says, line by line as JSON, until either side ends it. Throws an `ApiFailure` when it breaks. */
  watch(path: string, call: Call & { readonly silenceMs: number }): AsyncGenerator<WatchEvent>
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Call {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
  /** Of the body; JSON when absent, and a JSON merge patch with PATCH. */
  readonly contentType?: string
  readonly accept?: string
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export type Answer =
  | {
      readonly ok: true
      readonly status: number
      readonly body: JsonObject
      readonly warnings: readonly string[]
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
  /** How long it asks to be left alone. */
  readonly retryAfterMs?: number
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

/** The API server that a kubeconfig's current context names, with the rights of its user. */
export function apiOf(config: KubeConfig): Api {
  let agent: Agent | undefined

  async function open(
    method: Method,
    path: string,
    call: Call,
  ): Promise<{ request: ClientRequest; response: Promise<IncomingMessage> }> {
    const cluster = config.getCurrentCluster()
    if (!cluster) throw new Error('the kubeconfig names no cluster')
    const target = new URL(cluster.server.replace(/\/$/, '') + path)
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) target.searchParams.set(name, String(value))
    }
    // A token in a file is renewed, and one of a program expires: both are looked up for each request.
    const options: RequestOptions & { ca?: Buffer; cert?: Buffer; key?: Buffer } = {}
    await config.applyToHTTPSOptions(options)
    const isTls = target.protocol === 'https:'
    const { ca, cert, key } = options
    agent ??= new Agent({
      keepAlive: true,
      ...(ca && { ca }),
      ...(cert && { cert }),
      ...(key && { key }),
      ...('rejectUnauthorized' in options && { rejectUnauthorized: options.rejectUnauthorized as boolean }),
    })
    const through = cluster.proxyUrl ? options.agent : isTls ? agent : undefined
    const request = (isTls ? httpsRequest : httpRequest)(target, {
      ...options,
      method,
      ...(through && { agent: through }),
      headers: {
        ...options.headers,
        accept: call.accept ?? 'application/json',
        ...(call.body !== undefined && { 'content-type': call.contentType ?? defaultType(method) }),
      },
      ...(call.signal && { signal: call.signal }),
    })
    const response = new Promise<IncomingMessage>((resolve, reject) =>
      request.once('response', resolve).once('error', reject),
    )
    request.end(call.body === undefined ? undefined : JSON.stringify(call.body))
    return { request, response }
  }

  async function request(method: Method, path: string, call: Call = {}): Promise<Answer> {
    const timeout = AbortSignal.timeout(call.timeoutMs ?? defaultTimeoutMs)
    const signal = call.signal ? AbortSignal.any([call.signal, timeout]) : timeout
    try {
      const { response } = await open(method, path, { ...call, signal })
      return await answerOf(await response)
    } catch (error) {
      return { ok: false, status: 0, message: describeError(error) }
    }
  }

  async function* pages(
    path: string,
    { limit = 500, query, ...call }: Call & { readonly limit?: number } = {},
  ): AsyncGenerator<Page> {
    for (let next: string | undefined = ''; next !== undefined; ) {
      const body: JsonObject = succeeded(
        await request('GET', path, { ...call, query: { ...query, limit, ...(next && { continue: next }) } }),
      )
      const { continue: following, resourceVersion } = isObject(body['metadata']) ? body['metadata'] : {}
      const items = Array.isArray(body['items']) ? body['items'].filter(isObject) : []
      yield { items, resourceVersion: String(resourceVersion ?? '') }
      next = typeof following === 'string' && following !== '' ? following : undefined
    }
  }

  async function* watch(
    path: string,
    { silenceMs, query, ...call }: Call & { readonly silenceMs: number },
  ): AsyncGenerator<WatchEvent> {
    const { request, response: opening } = await open('GET', path, {
      ...call,
      query: { ...query, watch: true, allowWatchBookmarks: true },
    })
    request.setTimeout(silenceMs, () =>
      request.destroy(new Error(`the watch said nothing for ${silenceMs / 1_000} s`)),
    )
    const response = await opening
    if (response.statusCode !== 200) {
      const answer = await answerOf(response)
      throw answer.ok ? new Error('a watch was answered with something else') : new ApiFailure(answer)
    }
    const broken = new Promise<never>((_, reject) => response.once('error', reject))
    broken.catch(() => {})
    const lines = createInterface({ input: response, crlfDelay: Infinity })[Symbol.asyncIterator]()
    try {
      for (;;) {
        const { value, done } = await Promise.race([lines.next(), broken])
        if (done) break
        yield eventOf(value)
      }
      if (!response.complete) throw new Error('the connection broke')
    } finally {
      request.destroy()
    }
  }

  return { request, pages, watch }
}

/** One line for a log. */
export function describeError(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describeError).join('; ')
  return error instanceof Error ? error.message || error.name : String(error)
}

const defaultTimeoutMs = 30_000

function defaultType(method: Method): string {
  return method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
}

async function answerOf(response: IncomingMessage): Promise<Answer> {
  const status = response.statusCode ?? 0
  const body = parse(await text(response))
  if (status < 300 && isObject(body)) return { ok: true, status, body, warnings: warningsIn(response) }
  const { message, reason } = isObject(body) ? body : {}
  const seconds = Number(response.headers['retry-after'])
  return {
    ok: false,
    status,
    message: typeof message === 'string' ? message : 'no reason given',
    ...(typeof reason === 'string' && { reason }),
    ...(seconds > 0 && { retryAfterMs: seconds * 1_000 }),
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

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** `299 - "text"`, several of them separated by commas. https://www.rfc-editor.org/rfc/rfc7234#section-5.5 */
function warningsIn({ headersDistinct }: IncomingMessage): string[] {
  return (headersDistinct['warning'] ?? []).flatMap(header =>
    [...header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, quoted = '']) =>
      quoted.replaceAll(/\\(.)/g, '$1'),
    ),
  )
}
