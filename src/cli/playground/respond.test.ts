import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { responder } from './respond.ts'

const assets = new Map([
  ['/index.html', { type: 'text/html; charset=utf-8', content: Buffer.from('<p>page') }],
  ['/profiles.json', { type: 'application/json', content: Buffer.from('of the build') }],
])
const profiles = { from: 'profiles/', flags: ['--profiles', 'profiles/'], profiles: [] }

describe('the responses of the playground at port 80', () => {
  it.each([
    { host: '127.0.0.1', status: 200 },
    { host: 'localhost', status: 200 },
    { host: 'example.com', status: 403 },
  ])('are $status for the host $host, because a browser leaves out this port', ({ host, status }) => {
    const statuses: number[] = []
    const response = {
      writeHead(code: number) {
        statuses.push(code)
        return response
      },
      end() {},
    }
    const asked = { method: 'GET', url: '/', headers: { host }, socket: { localPort: 80 } }
    responder(assets, profiles)(
      asked as IncomingMessage,
      response as unknown as ServerResponse<IncomingMessage> & { req: IncomingMessage },
    )
    expect(statuses).toEqual([status])
  })
})

describe('the responses of the playground', () => {
  const server = createServer(responder(assets, profiles))
  let port: number

  beforeAll(async () => {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  })
  afterAll(() => server.close())

  async function get(path: string, { method = 'GET', host = `127.0.0.1:${port}` } = {}) {
    return new Promise<{ status: number | undefined; type: string | undefined; body: string }>(
      (resolve, reject) => {
        request({ port, path, method, headers: { host } }, response => {
          text(response).then(
            body => resolve({ status: response.statusCode, type: response.headers['content-type'], body }),
            reject,
          )
        })
          .on('error', reject)
          .end()
      },
    )
  }

  it('are the files of the page', async () => {
    const page = { status: 200, type: 'text/html; charset=utf-8', body: '<p>page' }
    expect(await get('/')).toEqual(page)
    expect(await get('/index.html?x=1')).toEqual(page)
    expect(await get('/', { host: `localhost:${port}` })).toEqual(page)
    expect(await get('/', { method: 'HEAD' })).toEqual({ ...page, body: '' })
  })

  it('are the profiles of the command in place of those of the build', async () => {
    expect(JSON.parse((await get('/profiles.json')).body)).toEqual(profiles)
  })

  it.each(['/../package.json', '/%2e%2e/package.json', '//etc/passwd', '/__proto__', '/nothing'])(
    'are nothing for %s',
    async path => {
      expect(await get(path)).toMatchObject({ status: 404, body: 'the playground has no such file\n' })
    },
  )

  it.each(['evil.example', `evil.example:${'1'}`, '127.0.0.1', '127.0.0.1.evil.example:80'])(
    'are refused if the browser believes that the page is of %s',
    async host => {
      const { status, body } = await get('/profiles.json', { host })
      expect({ status, body }).toEqual({ status: 403, body: `open http://127.0.0.1:${port}/\n` })
    },
  )

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('are refused for %s', async method => {
    expect(await get('/', { method })).toMatchObject({ status: 405 })
  })
})
