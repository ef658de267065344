import type { RequestListener } from 'node:http'
import type { Asset } from './assets.ts'
import type { ShippedProfiles } from './profiles.ts'

/**
 * Answers GET and HEAD requests of a browser on this machine. A request for another host is refused: the page of a stranger
 * could make its own name lead to 127.0.0.1 and read the profiles.
 */
export function responder(assets: ReadonlyMap<string, Asset>, profiles: ShippedProfiles): RequestListener {
  const files = new Map(assets).set('/profiles.json', {
    type: 'application/json',
    content: Buffer.from(JSON.stringify(profiles)),
  })
  return (request, response) => {
    const { method = '', url = '', headers, socket } = request
    const refuse = (status: number, sentence: string) =>
      response
        .writeHead(status, { ...always, 'content-type': 'text/plain; charset=utf-8' })
        .end(`${sentence}\n`)
    // A browser leaves out port 80.
    const port = socket.localPort === 80 ? '' : `:${socket.localPort}`
    const hosts = ['127.0.0.1', 'localhost'].map(host => `${host}${port}`)
    if (!hosts.includes(headers.host ?? '')) return refuse(403, `open http://${hosts[0]}/`)
    if (method !== 'GET' && method !== 'HEAD') return refuse(405, 'only GET and HEAD are allowed')
    const [path = ''] = url.split('?')
    const file = files.get(path === '/' ? '/index.html' : path)
    if (!file) return refuse(404, 'the playground has no such file')
    response.writeHead(200, { ...always, 'content-type': file.type, 'content-length': file.content.length })
    response.end(method === 'HEAD' ? undefined : file.content)
  }
}

/** The page has its content security policy in a <meta>; frames can only be forbidden by a header. */
const always = {
  'cache-control': 'no-store',
  'content-security-policy': "frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const
