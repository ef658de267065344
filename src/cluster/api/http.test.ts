import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { issueCertificate } from '../certificate/certificate-authority.ts'
import { apiAt } from './api.ts'

const validity = { ipAddresses: ['127.0.0.1'], days: 1 }

describe('the connection to an API server', () => {
  it('trusts the certificate authority that is there now, and shows the certificate that is there now', async () => {
    const [first, second] = [await issueCertificate(validity), await issueCertificate(validity)]
    const options = { cert: first.cert, key: first.key, requestCert: true, rejectUnauthorized: false }
    const server = createServer(options, (request, response) => {
      const certificate = (request.socket as TLSSocket).getPeerX509Certificate()
      response.end(JSON.stringify({ shown: certificate?.serialNumber ?? 'none' }))
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => {
      server.close()
      server.closeAllConnections()
    })
    const { port } = server.address() as AddressInfo
    let tls: object = { ca: second.ca }
    const api = apiAt(async () => ({ server: `https://127.0.0.1:${port}`, options: tls }))
    const shown = async () => {
      const answer = await api.request('GET', '/')
      return answer.ok ? answer.body['shown'] : answer.message
    }
    const serialOf = (pem: string) => new X509Certificate(pem).serialNumber

    expect(await shown()).toContain('certificate')
    tls = { ca: first.ca }
    expect(await shown()).toBe('none')
    for (const { cert, key } of [first, second]) {
      tls = { ca: first.ca, cert, key }
      expect(await shown()).toBe(serialOf(cert))
    }
  })

  it('sends the length of the body of a DELETE, so that the next request on the connection is understood', async () => {
    const bodies: string[] = []
    const server = createHttpServer(async (request, response) => {
      let body = ''
      for await (const piece of request) body += String(piece)
      bodies.push(body)
      response.setHeader('content-type', 'application/json').end('{}')
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => {
      server.close()
      server.closeAllConnections()
    })
    const { port } = server.address() as AddressInfo
    const api = apiAt(async () => ({ server: `http://127.0.0.1:${port}`, options: {} }))
    expect(await api.request('DELETE', '/', { body: { preconditions: {} } })).toMatchObject({ ok: true })
    expect(await api.request('GET', '/')).toMatchObject({ ok: true })
    expect(bodies).toEqual(['{"preconditions":{}}', ''])
  })
})
