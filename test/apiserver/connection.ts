import type { IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { json, text } from 'node:stream/consumers'

/** How to reach an API server: any client can be given these three. */
export type Address = {
  readonly url: string
  /** The certificate authority, in PEM. */
  readonly ca: string
  /** A bearer token. */
  readonly token: string
}

export type Connection = {
  /**
   * Sends one request. A body that is no string is sent as JSON; a JSON answer is parsed, another is a string.
   * Every status is an answer; throws only when there is none.
   */
  request<Body = unknown>(
    method: Method,
    path: string,
    body?: unknown,
    options?: RequestOptions,
  ): Promise<ApiResponse<Body>>
  /** The audit ids of the requests answered so far. */
  readonly auditIds: ReadonlySet<string>
  close(): void
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

type RequestOptions = {
  /** By default JSON, and a JSON merge patch for PATCH. */
  readonly contentType?: string
  /** All of admission and validation, nothing stored. */
  readonly dryRun?: boolean
}

export type ApiResponse<Body = unknown> = {
  readonly status: number
  readonly body: Body
  /** The texts of the `Warning` headers, as kubectl prints them. */
  readonly warnings: readonly string[]
}

export function connect({ url, ca, token }: Address): Connection {
  const agent = new Agent({ ca, keepAlive: true })
  const auditIds = new Set<string>()

  async function request<Body>(
    method: Method,
    path: string,
    body?: unknown,
    { contentType = defaultType(method), dryRun = false }: RequestOptions = {},
  ): Promise<ApiResponse<Body>> {
    const target = new URL(path, url)
    if (dryRun) target.searchParams.set('dryRun', 'All')
    const headers = { authorization: `Bearer ${token}`, 'content-type': contentType }
    const content = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const signal = AbortSignal.timeout(requestTimeoutMs)
      httpsRequest(target, { method, headers, agent, signal }, resolve).once('error', reject).end(content)
    })
    const auditId = response.headers['audit-id']
    const answer = {
      status: response.statusCode ?? 0,
      body: (await (isJson(response) ? json(response) : text(response))) as Body,
      warnings: (response.headersDistinct['warning'] ?? []).flatMap(parseWarnings),
    }
    if (typeof auditId === 'string') auditIds.add(auditId)
    return answer
  }

  return { request, auditIds, close: () => agent.destroy() }
}

/** The API server gives up after 60 s by itself; no answer by then means that it hangs. */
const requestTimeoutMs = 70_000

/** The texts of one header; it may hold several: `299 - "first", 299 - "with \"quotes\""` (RFC 7234, 5.5). */
export function parseWarnings(header: string): string[] {
  return [...header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, quoted = '']) =>
    quoted.replaceAll(/\\(.)/g, '$1'),
  )
}

function defaultType(method: Method): string {
  return method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
}

function isJson({ headers }: IncomingMessage): boolean {
  return headers['content-type']?.startsWith('application/json') ?? false
}
