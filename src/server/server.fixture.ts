import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { onTestFinished, vi } from 'vitest'
import { type IssuedCertificate, issueCertificate } from '../cluster/certificate/certificate-authority.ts'
import { createLog } from './log.ts'
import { type Running, start } from './main.ts'
import { readOptions } from './options.ts'

/** A server on free ports of loopback, with the files it reads, and the lines it logged. */
export interface TestServer extends Running {
  readonly directory: string
  readonly files: { readonly cert: string; readonly key: string; readonly profile: string }
  readonly ca: string
  readonly lines: readonly LogLine[]
}

export type LogLine = Readonly<Record<string, unknown>>

export async function startServer(options: Record<string, string> = {}): Promise<TestServer> {
  const directory = await temporaryDirectory()
  const files = {
    cert: join(directory, 'tls.crt'),
    key: join(directory, 'tls.key'),
    profile: join(directory, 'logging.yaml'),
  }
  const issued = await issueForLoopback()
  await writePair(files, issued)
  await writeFile(files.profile, loggingProfile)
  const lines: LogLine[] = []
  const log = createLog('trace', { write: line => lines.push(JSON.parse(line)) })
  const read = readOptions(
    {
      tlsCert: files.cert,
      tlsKey: files.key,
      profiles: directory,
      host: '127.0.0.1',
      port: '0',
      metricsPort: '0',
      reloadIntervalMs: '10',
      drainDelayMs: '0',
      ...options,
    },
    {},
  )
  if ('problems' in read) throw new Error(read.problems.join('\n'))
  const running = await start(read.options, {}, log)
  if ('problems' in running) throw new Error(running.problems.join('\n'))
  onTestFinished(() => running.stop())
  return { ...running, directory, files, ca: issued.ca, lines }
}

export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'pillion-server-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return directory
}

/** Replaces a file in one step: a reader never sees half of it. */
export async function replaceFile(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text)
  await rename(`${file}.new`, file)
}

export function issueForLoopback(): Promise<IssuedCertificate> {
  return issueCertificate({ ipAddresses: ['127.0.0.1'], days: 1 })
}

export async function writePair(
  files: { readonly cert: string; readonly key: string },
  { cert, key }: { readonly cert: string; readonly key: string },
): Promise<void> {
  await writeFile(files.cert, cert)
  await writeFile(files.key, key)
}

export const loggingProfile = `
apiVersion: pillion.dev/v1alpha1
kind: ClusterSidecarProfile
metadata: { name: logging }
spec:
  parameters:
    level: { type: string, default: info, enum: [info, debug] }
  containers: [{ name: logging, image: logging:1 }]
`

/** An AdmissionReview about a new Pod with these annotations. */
export function reviewOf(annotations: Record<string, string>, request: object = {}): object {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u1',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      operation: 'CREATE',
      namespace: 'shop',
      object: {
        metadata: { generateName: 'web-', annotations },
        spec: { containers: [{ name: 'app', image: 'web:1', env: [{ name: 'TOKEN', value: 'swordfish' }] }] },
      },
      ...request,
    },
  }
}

export const asking = { 'pillion.dev/inject': 'logging' }

/** A connection that is kept, as an API server's. */
export function keepAlive(ca: string, maxSockets = 1): Agent {
  const agent = new Agent({ ca, keepAlive: true, maxSockets })
  onTestFinished(() => agent.destroy())
  return agent
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Record<string, unknown>
}

export interface Call {
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string | number>
  readonly body?: string
  readonly agent?: Agent
}

/** One call over TLS, the CA verified. */
export function call({ port, ca }: { port: number; ca: string }, request: Call = {}): Promise<Answer> {
  const {
    method = 'POST',
    path = '/mutate',
    body,
    headers = jsonHeaders,
    agent = new Agent({ ca }),
  } = request
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const sent = httpsRequest({ host: '127.0.0.1', port, method, path, headers, agent }, async response => {
    const received = await text(response)
    resolve({
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: received === '' ? {} : JSON.parse(received),
    })
  })
  sent.on('error', reject)
  sent.end(body)
  return promise
}

export function mutate(server: TestServer, review: unknown, agent?: Agent): Promise<Answer> {
  return call(server, { body: JSON.stringify(review), ...(agent && { agent }) })
}

const jsonHeaders = { 'content-type': 'application/json' }

/** As the kubelet asks: over HTTP, on the port of the metrics. */
export function probe(
  { metricsPort }: { metricsPort: number },
  path: '/healthz' | '/readyz',
): Promise<Response> {
  return fetch(`http://127.0.0.1:${metricsPort}${path}`, { headers: { connection: 'close' } })
}

/** Waits until an assertion holds, however busy the machine is. */
export function eventually(assertion: () => unknown): Promise<unknown> {
  return vi.waitFor(assertion, { timeout: 20_000, interval: 10 })
}

/** The value of each series of a metric, by its labels as Prometheus writes them. */
export async function metric(server: TestServer, name: string): Promise<Record<string, number>> {
  const response = await fetch(`http://127.0.0.1:${server.metricsPort}/metrics`)
  const lines = (await response.text()).split('\n').filter(line => line.match(/^\w+/)?.[0] === name)
  return Object.fromEntries(
    lines.map(line => {
      const space = line.lastIndexOf(' ')
      return [line.slice(name.length, space), Number(line.slice(space + 1))]
    }),
  )
}
