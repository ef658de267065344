import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { type Api, apiAt } from './api.ts'

/** A small API server that fails on demand, as a real one cannot. */
export interface FakeApi {
  readonly api: Api
  /** The requests so far, path and query. */
  readonly requests: readonly string[]
  /** Sets the answer to the next request of a kind. */
  once(kind: Kind, answer: Answer): void
  /** The watch that is open now. */
  watch(): ServerResponse | undefined
  /** Calls the listener with each request before it is answered. */
  heard(listener: (request: IncomingMessage) => void): void
  /** Closes the port. */
  stop(): void
}

type Kind = 'list' | 'watch' | 'version'
export type Answer = (response: ServerResponse, request: IncomingMessage) => void

export async function startApi(answers: Readonly<Record<Kind, Answer>>): Promise<FakeApi> {
  const requests: string[] = []
  const queued: Record<Kind, Answer[]> = { list: [], watch: [], version: [] }
  const listeners: ((request: IncomingMessage) => void)[] = []
  let open: ServerResponse | undefined
  const server = createServer((request, response) => {
    const url = request.url ?? ''
    const kind = url.startsWith('/version') ? 'version' : url.includes('watch=true') ? 'watch' : 'list'
    requests.push(url)
    for (const listener of listeners) listener(request)
    if (kind === 'watch') open = response
    const answer = queued[kind].shift() ?? answers[kind]
    answer(response, request)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  function stop(): void {
    server.close()
    server.closeAllConnections()
  }
  onTestFinished(stop)
  const { port } = server.address() as AddressInfo
  return {
    api: apiAt(async () => ({ server: `http://127.0.0.1:${port}`, options: {} })),
    requests,
    once: (kind, answer) => queued[kind].push(answer),
    watch: () => open,
    heard: listener => void listeners.push(listener),
    stop,
  }
}

export function answerJson(body: object, code = 200): Answer {
  return response => {
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
}

export function fail(code: number): Answer {
  return answerJson(
    { apiVersion: 'v1', kind: 'Status', status: 'Failure', code, message: `told to say ${code}` },
    code,
  )
}

/** Opens a watch on which nothing has happened yet. */
export const openWatch: Answer = response => {
  response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
}

export function event(type: string, object: object): string {
  return `${JSON.stringify({ type, object })}\n`
}

export function namespace(
  name: string,
  resourceVersion: string,
  annotations: Record<string, string> = {},
): object {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, resourceVersion, annotations, labels: { team: name } },
  }
}

export function namespaceList(items: readonly object[], resourceVersion: string, next?: string): object {
  return {
    apiVersion: 'v1',
    kind: 'NamespaceList',
    metadata: { resourceVersion, ...(next && { continue: next }) },
    items,
  }
}
