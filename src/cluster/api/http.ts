import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https'

/**
 * Where the API server is, which CA it must be verified with, and the credentials. Called before each request: a token
 * in a file is renewed, a token from a program expires, and a CA is replaced.
 */
export type Access = () => Promise<{
  /** `https://10.96.0.1:443` */
  readonly server: string
  /** With an `agent` when there is a proxy. */
  readonly options: RequestOptions
}>

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface ApiRequest {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
  /** Default: JSON, and a JSON merge patch with PATCH. */
  readonly contentType?: string
  readonly accept?: string
  /** Maximum size of the response; a larger one is not read, and fails with `isTooLong`. */
  readonly mostBytes?: number
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** Sends one request; resolves when the head of the response is there. Throws when there is no response. */
type Send = (method: HttpMethod, path: string, call: ApiRequest) => Promise<IncomingMessage>

/** Keeps connections open: the next request needs no handshake. */
export function sender(access: Access): Send {
  // Agents without certificates: an agent's certificates would win over newer ones of the request.
  const https = new HttpsAgent({ keepAlive: true })
  const http = new HttpAgent({ keepAlive: true })
  return async (method, path, { query = {}, body, contentType, accept, signal }) => {
    const { server, options } = await access()
    const target = new URL(server.replace(/\/$/, '') + path)
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) target.searchParams.set(name, String(value))
    }
    const isTls = target.protocol === 'https:'
    const content = body === undefined ? undefined : JSON.stringify(body)
    const sending = {
      agent: isTls ? https : http,
      ...options,
      method,
      headers: {
        ...(options.headers as Record<string, string>),
        accept: accept ?? 'application/json',
        ...(content !== undefined && {
          'content-type': contentType ?? `application/${method === 'PATCH' ? 'merge-patch+' : ''}json`,
          // With DELETE, Node would send the body without its length, and the next request would begin in it.
          'content-length': Buffer.byteLength(content),
        }),
      },
      ...(signal && { signal }),
    }
    for (;;) {
      const response = await exchange(isTls ? httpsRequest : httpRequest, target, sending, content)
      if (response !== 'stale') return response
    }
  }
}

/**
 * Returns `stale` when the API server closed a kept connection at the moment of its reuse: a GET can then be sent again
 * on another connection, as Go's client does.
 */
function exchange(
  request: typeof httpsRequest,
  target: URL,
  options: RequestOptions,
  content: string | undefined,
): Promise<IncomingMessage | 'stale'> {
  return new Promise((resolve, reject) => {
    const sent = request(target, options)
    sent.once('response', resolve)
    // Never removed: an error after the response without a listener would end the process.
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const isStale = options.method === 'GET' && sent.reusedSocket && error.code === 'ECONNRESET'
      if (isStale && !options.signal?.aborted) resolve('stale')
      else reject(error)
    })
    sent.end(content)
  })
}
