import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { issueCertificate } from '../cluster/certificate/certificate-authority.ts'
import { pairIn } from './certificate.ts'
import { readFiles } from './file-bytes.ts'
import {
  asking,
  eventually,
  issueForLoopback,
  keepAlive,
  metric,
  mutate,
  reviewOf,
  startServer,
  type TestServer,
  temporaryDirectory,
  writePair,
} from './server.fixture.ts'

const expired = () => issueCertificate({ dnsNames: ['localhost'], days: 0 })

const stranger = await issueForLoopback()
const outdated = await expired()

describe('issueCertificate', () => {
  it('gives a server certificate that its CA has signed, for the names asked for', async () => {
    const { ca, cert, key } = await issueCertificate({
      dnsNames: ['pillion.pillion.svc'],
      ipAddresses: ['127.0.0.1', '::1'],
      days: 2,
    })
    const [authority, server] = [new X509Certificate(ca), new X509Certificate(cert)]
    expect(server.verify(authority.publicKey)).toBe(true)
    expect(server.checkIssued(authority)).toBe(true)
    expect(server.checkPrivateKey(createPrivateKey(key))).toBe(true)
    expect(server.checkHost('pillion.pillion.svc')).toBe('pillion.pillion.svc')
    expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1')
    expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    expect([authority.ca, server.ca]).toEqual([true, false])
    expect(server.serialNumber).not.toBe(authority.serialNumber)
    expect(new Date(server.validFrom).getTime()).toBeLessThan(Date.now())
    expect(server.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' })
  })
})

describe('pairIn', () => {
  it.each([
    { what: 'a missing file', write: {}, says: /tls\.crt cannot be read: ENOENT/ },
    { what: 'a missing key', write: { key: undefined }, says: /tls\.key cannot be read: ENOENT/ },
    {
      what: 'no certificate',
      write: { cert: 'certificate' },
      says: /tls\.crt does not contain a certificate in PEM/,
    },
    {
      what: 'no key',
      write: { key: 'key' },
      says: /tls\.key does not contain an unencrypted private key in PEM/,
    },
    {
      what: 'an encrypted key',
      write: {
        key: generateKeyPairSync('ec', {
          namedCurve: 'P-256',
          publicKeyEncoding: { type: 'spki', format: 'pem' },
          privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' },
        }).privateKey,
      },
      says: /tls\.key does not contain an unencrypted private key in PEM/,
    },
    { what: "another certificate's key", write: { key: stranger.key }, says: /does not belong to/ },
    { what: 'an expired certificate', write: outdated, says: /tls\.crt expired at \d{4}-/ },
    {
      what: 'a broken chain',
      write: { chain: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' },
      says: /cannot be used for TLS/,
    },
  ])('refuses $what', async ({ write, says }) => {
    const directory = await temporaryDirectory()
    const issued = await issueForLoopback()
    const {
      cert,
      key,
      chain = '',
    } = { ...issued, ...write } as { cert: string; key?: string; chain?: string }
    const files = [join(directory, 'tls.crt'), join(directory, 'tls.key')] as const
    if (Object.keys(write).length > 0) await writeFile(files[0], `${cert}${chain}`)
    if (key !== undefined) await writeFile(files[1], key)
    expect(pairIn(await readFiles(files), ...files)).toEqual({ problem: expect.stringMatching(says) })
  })
})

describe('a server whose certificate is renewed', () => {
  it('serves the new one, and drops none of the calls under way', async () => {
    const server = await startServer()
    const issued = await Promise.all(Array.from({ length: 5 }, issueForLoopback))
    const trusted = [server.ca, ...issued.map(({ ca }) => ca)].join('')
    let isOver = false
    const callers = Array.from({ length: 4 }, async () => {
      const agent = keepAlive(trusted)
      const statuses = []
      while (!isOver) statuses.push((await mutate(server, reviewOf(asking), agent)).status)
      return statuses
    })
    for (const pair of issued) {
      await writePair(server.files, pair)
      await eventually(async () => expect(await servedBy(server, pair.ca)).toBe(true))
    }
    isOver = true
    const statuses = (await Promise.all(callers)).flat()
    expect(statuses.length).toBeGreaterThan(20)
    expect(new Set(statuses)).toEqual(new Set([200]))
  })

  it('follows the links of a mounted Secret', async () => {
    const server = await startServer()
    const next = await issueForLoopback()
    const temporary = { cert: `${server.files.cert}.new`, key: `${server.files.key}.new` }
    await writePair(temporary, next)
    await rename(temporary.cert, server.files.cert)
    await rename(temporary.key, server.files.key)
    await eventually(async () => expect(await servedBy(server, next.ca)).toBe(true))
  })

  it.each([
    {
      what: 'a key that is not its own',
      bad: async () => ({ ...(await issueForLoopback()), cert: undefined }),
    },
    { what: 'no certificate at all', bad: async () => ({ cert: 'broken', key: undefined }) },
    { what: 'an expired certificate', bad: expired },
  ])('keeps the old one when the new one has $what, and says so', async ({ bad }) => {
    const server = await startServer()
    const { cert, key } = await bad()
    if (cert !== undefined) await writeFile(server.files.cert, cert)
    if (key !== undefined) await writeFile(server.files.key, key)
    await eventually(async () =>
      expect(await metric(server, 'pillion_certificate_reloads_total')).toMatchObject({
        '{result="success"}': 1,
        '{result="failure"}': expect.toSatisfy((count: number) => count > 0),
      }),
    )
    expect(await mutate(server, reviewOf(asking))).toMatchObject({ status: 200 })
    expect(server.lines).toContainEqual(
      expect.objectContaining({ level: 'error', msg: expect.stringContaining('the previous one stays') }),
    )
  })
})

/** Whether a new connection gets a certificate of this CA. */
async function servedBy({ port }: TestServer, ca: string): Promise<boolean> {
  const socket: TLSSocket = connect({ host: '127.0.0.1', port, ca, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  socket.destroy()
  return socket.authorized
}
