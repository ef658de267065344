import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isObject, type JsonObject, metadataOf } from '../../src/json/json.ts'

/** Objects of a cluster in memory, served as an API server serves lists and watches; whatever else is asked of it, it grants. */
export interface ApiServer {
  readonly url: string
  put(object: JsonObject): void
  remove(object: JsonObject): void
  /** Everything that is stored, as it was put. */
  objects(): readonly JsonObject[]
  stop(): void
}

type Resource = 'clustersidecarprofiles' | 'sidecarprofiles' | 'controllerrevisions' | 'namespaces' | 'pods'

const resources: Readonly<Record<string, Resource>> = {
  ClusterSidecarProfile: 'clustersidecarprofiles',
  SidecarProfile: 'sidecarprofiles',
  ControllerRevision: 'controllerrevisions',
  Namespace: 'namespaces',
  Pod: 'pods',
}

/** On a free port of loopback, over HTTP. */
export async function startApiServer(): Promise<ApiServer> {
  let version = 1
  const stored = new Map<string, { readonly resource: Resource; object: JsonObject }>()
  const watches = new Set<{ readonly resource: Resource; readonly response: ServerResponse }>()

  function tell(type: string, resource: Resource, object: JsonObject): void {
    for (const watch of watches)
      if (watch.resource === resource) watch.response.write(`${JSON.stringify({ type, object })}\n`)
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const resource = Object.values(resources).find(one => url.pathname.endsWith(`/${one}`))
    if (url.pathname === '/version')
      return answer(response, { major: '1', minor: '34', gitVersion: 'v1.34.4' })
    if (request.method !== 'GET') return void grant(request, response)
    if (!resource) return answer(response, notFound, 404)
    if (url.searchParams.get('watch') === 'true') {
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
      const watch = { resource, response }
      watches.add(watch)
      const from = Number(url.searchParams.get('resourceVersion'))
      for (const { resource: of, object } of stored.values())
        if (of === resource && Number(metadataOf(object)['resourceVersion']) > from)
          response.write(`${JSON.stringify({ type: 'ADDED', object })}\n`)
      response.on('close', () => watches.delete(watch))
      return
    }
    const items = [...stored.values()].flatMap(one => (one.resource === resource ? [one.object] : []))
    answer(response, { kind: 'List', metadata: { resourceVersion: String(version) }, items })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    put(object) {
      const { resource, key } = placeOf(object)
      const before = stored.get(key)
      version += 1
      const metadata = {
        creationTimestamp: '2026-01-01T00:00:00Z',
        uid: key,
        ...metadataOf(object),
        generation: version,
        resourceVersion: String(version),
      }
      const after = { ...object, metadata }
      stored.set(key, { resource, object: after })
      tell(before ? 'MODIFIED' : 'ADDED', resource, after)
    },
    remove(object) {
      const { resource, key } = placeOf(object)
      const found = stored.get(key)
      if (!found) return
      stored.delete(key)
      version += 1
      const metadata = { ...metadataOf(found.object), resourceVersion: String(version) }
      tell('DELETED', resource, { ...found.object, metadata })
    },
    objects: () => [...stored.values()].map(({ object }) => object),
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function placeOf(object: JsonObject): { readonly resource: Resource; readonly key: string } {
  const resource = resources[String(object['kind'])]
  if (!resource) throw new Error(`${String(object['kind'])} is not stored here`)
  const { namespace = '', name } = metadataOf(object)
  return { resource, key: `${resource}/${String(namespace)}/${String(name)}` }
}

const notFound = {
  apiVersion: 'v1',
  kind: 'Status',
  status: 'Failure',
  code: 404,
  reason: 'NotFound',
  message: 'no',
}

/** Gives back what was sent. */
async function grant(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  let body: unknown = {}
  try {
    body = JSON.parse(text)
  } catch {
    // What is no JSON is granted, too.
  }
  answer(response, isObject(body) ? body : {}, 201)
}

function answer(response: ServerResponse, body: object, code = 200): void {
  response
    .writeHead(code, { 'content-type': 'application/json', date: new Date().toUTCString() })
    .end(JSON.stringify(body))
}
