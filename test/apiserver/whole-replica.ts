import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { createLog } from '../../src/server/log.ts'
import { start } from '../../src/server/main.ts'
import { readOptions } from '../../src/server/options.ts'
import {
  call,
  issueForLoopback,
  reviewOf,
  temporaryDirectory,
  writePair,
} from '../../src/server/server.fixture.ts'
import type { ApiServer } from './apiserver.ts'
import { useKubeconfig } from './kubeconfig.ts'
import { until } from './until.ts'

/** A replica as it runs in a cluster, but for its certificate, with what it says of itself. */
export async function startWholeReplica(more: Record<string, string> = {}) {
  const directory = await temporaryDirectory()
  const files = { cert: `${directory}/tls.crt`, key: `${directory}/tls.key` }
  const issued = await issueForLoopback()
  await writePair(files, issued)
  const ports = { host: '127.0.0.1', port: '0', metricsPort: '0', drainDelayMs: '0' }
  const read = readOptions(
    { tlsCert: files.cert, tlsKey: files.key, cluster: 'true', namespace: 'default', ...ports, ...more },
    {},
  )
  if ('problems' in read) throw new Error(read.problems.join('\n'))
  const lines: string[] = []
  const log = createLog('trace', { write: line => void lines.push(line) })
  const running = await start(read.options, {}, log)
  if ('problems' in running) throw new Error(running.problems.join('\n'))
  onTestFinished(() => running.stop())
  const address = { port: running.port, ca: issued.ca }
  const readiness = () => call(address, { method: 'GET', path: '/readyz' })
  return {
    lines,
    key: issued.key,
    readiness,
    ready: () => until('it is ready', 20_000, async () => (await readiness()).status === 200),
    /** What a Pod of a namespace gets that asks for a profile, or for none itself. */
    async ask(namespace: string, profile?: string): Promise<Asked> {
      const review = reviewOf(profile === undefined ? {} : { 'pillion.dev/inject': profile }, { namespace })
      const { status, body } = await call(address, { body: JSON.stringify(review) })
      const response = body['response'] as { auditAnnotations?: Record<string, string> } | undefined
      return { status, message: body['message'], ...response?.auditAnnotations }
    },
    /** One review of a Pod, with these fields of its request. */
    review: (request: object) => call(address, { body: JSON.stringify(reviewOf({}, request)) }),
    async metrics() {
      return (await fetch(`http://127.0.0.1:${running.metricsPort}/metrics`)).text()
    },
  }
}

interface Asked {
  readonly status: number
  readonly message: unknown
  readonly outcome?: string
  readonly reason?: string
}

/** Makes it the API server of the replicas of a suite. */
export function inItsCluster(server: () => ApiServer): void {
  let restore = async () => {}
  beforeAll(async () => {
    restore = await useKubeconfig(server(), 'default')
  })
  afterAll(() => restore())
}
