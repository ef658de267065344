import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { apiAt } from '../../src/cluster/api/api.ts'
import { linesOf } from '../../src/cluster/api/lines.ts'
import type { Address } from './connection.ts'

/** What stands in front of a real API server, and misbehaves as told. Whatever it is not told it passes on. */
export interface MisbehavingProxy {
  /** For `apiAt`. */
  readonly access: Parameters<typeof apiAt>[0]
  /** The requests so far, path and query. */
  readonly requests: readonly string[]
  /** Does so with every request from now on, and until told otherwise. */
  misbehave(fault: Fault): void
  /** Passes everything on. What was left without an answer stays so. */
  behave(): void
  /** Does so with every watch that is open. */
  watches(action: (response: ServerResponse) => void): void
  stop(): void
}

/** Deals with one call, `forward` being the way to the API server. */
export type Fault = (call: ProxyCall) => void

interface ProxyCall {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly isWatch: boolean
  /** Asks the API server, with other headers if need be, and passes on what `through` makes of its answer. */
  forward(through?: Through): void
}

interface Through {
  readonly accept?: string
  /** What becomes of the pieces of the body. */
  readonly body?: (pieces: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array | string>
}

export async function startProxy({ url, ca, token }: Address): Promise<MisbehavingProxy> {
  const agent = new Agent({ ca, keepAlive: true })
  const requests: string[] = []
  const open = new Set<ServerResponse>()
  let fault: Fault = ({ forward }) => forward()

  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    const isWatch = path.includes('watch=true')
    requests.push(path)
    if (isWatch) open.add(response)
    response.on('close', () => open.delete(response))
    fault({ request, response, isWatch, forward: through => forward(request, response, through) })
  })

  function forward(request: IncomingMessage, response: ServerResponse, through: Through = {}): void {
    const { method, headers } = request
    const { host: _, ...rest } = headers
    const asked = httpsRequest(new URL(request.url ?? '/', url), {
      method,
      agent,
      headers: { ...rest, ...(through.accept && { accept: through.accept }) },
    })
    asked.on('error', () => response.destroy())
    response.on('close', () => asked.destroy())
    asked.once('response', answer => void pass(answer, response, through))
    request.pipe(asked)
  }

  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    access: async () => ({
      server: `http://127.0.0.1:${port}`,
      options: { headers: { authorization: `Bearer ${token}` } },
    }),
    requests,
    misbehave(next) {
      fault = next
    },
    behave() {
      fault = ({ forward }) => forward()
    },
    watches: action => open.forEach(action),
    stop() {
      server.close()
      server.closeAllConnections()
      agent.destroy()
    },
  }
}

async function pass(answer: IncomingMessage, response: ServerResponse, { body }: Through): Promise<void> {
  const { 'content-length': length, ...headers } = answer.headers
  response.writeHead(answer.statusCode ?? 502, {
    ...headers,
    ...(!body && length && { 'content-length': length }),
  })
  response.flushHeaders()
  try {
    for await (const piece of body ? body(answer) : answer) {
      if (response.destroyed) return
      response.write(piece)
    }
    response.end()
  } catch {
    response.destroy()
  }
}

/** Answers by itself. */
export function answer(status: number, body = '', headers: Record<string, string> = {}): Fault {
  return ({ request, response }) => {
    request.resume()
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
  }
}

/** Ends the connection without a word. */
export const drop: Fault = ({ response }) => void response.destroy()

/** Never says anything. */
export const freeze: Fault = ({ request }) => void request.resume()

/** Passes on so many bytes of the body, and ends the connection, or the body as if that were all. */
export function cut(bytes: number, end: 'connection' | 'body'): Fault {
  return ({ forward }) =>
    forward({
      async *body(pieces) {
        let left = bytes
        for await (const piece of pieces) {
          yield piece.subarray(0, left)
          left -= piece.length
          if (left > 0) continue
          if (end === 'connection') throw new Error('told to cut')
          return
        }
      },
    })
}

/** Passes on what `rewrite` makes of each event of a watch; as JSON lines. */
export function events(rewrite: (event: { type: string; object: object }) => readonly object[]): Fault {
  return ({ isWatch, forward }) =>
    forward(
      isWatch
        ? {
            async *body(pieces) {
              for await (const line of linesOf(pieces)) {
                for (const event of rewrite(JSON.parse(line))) yield `${JSON.stringify(event)}\n`
              }
            },
          }
        : {},
    )
}

/** Does so with watches alone, or with lists alone. */
export function toWatches(fault: Fault): Fault {
  return call => (call.isWatch ? fault(call) : call.forward())
}
export function toLists(fault: Fault): Fault {
  return call => (call.isWatch ? call.forward() : fault(call))
}
