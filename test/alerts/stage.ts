import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { startApiServer } from '../apiserver/apiserver.ts'
import { startBalancer } from '../apiserver/balancer.ts'
import { callAt, install, podAsking } from '../apiserver/deployed.ts'
import { type Fault, startProxy } from '../apiserver/proxy.ts'
import { until } from '../apiserver/until.ts'
import { kubeconfigText } from '../process/kubeconfig.ts'
import { createRecorder } from './recorder.ts'

export { stepSeconds } from './recorder.ts'

export type Stage = Awaited<ReturnType<typeof openStage>>
export type StagedReplica = Awaited<ReturnType<Stage['startReplica']>>

export interface ReplicaWishes {
  readonly flags?: readonly string[]
  /** Environment of `sabotage.mjs`. */
  readonly sabotage?: Readonly<Record<string, string>>
  /** Faults of its connection to the API server, from the start. */
  readonly misbehaviour?: Fault
}

/**
 * A real API server with Pillion, installed as with `deploy/`. Each replica is a process, and has its own connection to the
 * API server, which a fault can block. A recorder scrapes the API server and all replicas.
 */
export async function openStage(isWanted: (metric: string) => boolean) {
  const server = await startApiServer()
  const directory = await mkdtemp(join(tmpdir(), 'pillion-alerts-'))
  await install(server)
  await server.createNamespace('shop')
  const balancer = await startBalancer()
  await callAt(server, balancer.port)
  const replicas = new Map<
    string,
    { metrics(): Promise<string>; stop(signal?: NodeJS.Signals): Promise<void> }
  >()
  // A megabyte; what Prometheus keeps of it changes only with a Pod.
  let apiServerMetrics: Promise<string> | undefined
  const apiServer = {
    labels: { job: 'apiserver', instance: '10.0.0.2:6443' },
    async metrics() {
      apiServerMetrics ??= server.metrics().then(text => text.match(ofWebhooks)?.join('\n') ?? '')
      return apiServerMetrics
    },
  }
  const recorder = createRecorder(
    () => [apiServer, ...[...replicas].map(([name, { metrics }]) => ({ labels: labelsOf(name), metrics }))],
    isWanted,
  )

  /** Resolves when it is ready and gets requests. */
  async function startReplica(name: string, { flags = [], sabotage = {}, misbehaviour }: ReplicaWishes = {}) {
    const proxy = await startProxy(server)
    if (misbehaviour) proxy.misbehave(misbehaviour)
    const kubeconfig = join(directory, `${name}.json`)
    const { server: url } = await proxy.access()
    // The proxy is on this machine.
    const text = kubeconfigText({ server: String(url), token: server.token })
    await writeFile(kubeconfig, text, { mode: 0o600 })
    const child = spawn(process.execPath, [...programOf(sabotage), ...flagsOf(name), ...flags], {
      env: { ...process.env, ...sabotage, KUBECONFIG: kubeconfig },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    process.once('exit', () => child.kill('SIGKILL'))
    const { port, metricsPort } = await serving(child)
    const metrics = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
    const isReady = async () => (await fetch(`http://127.0.0.1:${metricsPort}/readyz`)).ok
    await until(`${name} is ready`, 20_000, isReady)
    balancer.add(port)
    const replica = {
      proxy,
      metrics,
      async stop(signal: NodeJS.Signals = 'SIGTERM') {
        const exited = once(child, 'exit')
        // A drain takes it out of the Service first; a crash does not.
        if (signal === 'SIGTERM') await balancer.remove(port)
        child.kill(signal)
        await exited
        if (signal !== 'SIGTERM') await balancer.remove(port)
        replicas.delete(name)
        proxy.stop()
      },
    }
    replicas.set(name, replica)
    return replica
  }

  /** The largest value of a metric among the replicas; of one series of it, if a part of its labels is given. */
  async function largest(metric: string, labels = ''): Promise<number> {
    const texts = await Promise.all([...replicas.values()].map(({ metrics }) => metrics()))
    const values = texts.flatMap(text =>
      text
        .split('\n')
        .filter(line => line.match(/^\w+/)?.[0] === metric && line.includes(labels))
        .map(line => Number(line.slice(line.lastIndexOf(' ')))),
    )
    return Math.max(...values)
  }

  let pods = 0
  return {
    ...recorder,
    server,
    replicas,
    startReplica,
    largest,
    /** Creates a Pod in the namespace shop. Gives its name if it was admitted. */
    async pod(profiles: string, name = `web-${++pods}`): Promise<string | undefined> {
      const { status } = await server.request(
        'POST',
        '/api/v1/namespaces/shop/pods',
        podAsking(name, profiles),
      )
      apiServerMetrics = undefined
      return status === 201 ? name : undefined
    },
    deletePod: (name: string) =>
      server.request('DELETE', `/api/v1/namespaces/shop/pods/${name}?gracePeriodSeconds=0`),
    /** Writes files; gives the flags that name them. */
    async files(texts: Readonly<Record<string, string>>): Promise<string[]> {
      const written = Object.entries(texts).map(async ([flag, text]) => {
        const file = join(directory, flag)
        await writeFile(file, text, { mode: 0o600 })
        return [`--${flag}`, file]
      })
      return (await Promise.all(written)).flat()
    },
    async close(): Promise<void> {
      await Promise.all([...replicas.values()].map(({ stop }) => stop('SIGKILL')))
      balancer.stop()
      await server.stop()
      await rm(directory, { recursive: true })
    },
  }
}

const ofWebhooks = /^(apiserver_admission_webhook|process_start_time).*$/gm

/** The labels that Prometheus adds if it finds the replicas by the ServiceMonitor of the chart. */
function labelsOf(name: string) {
  return { namespace: 'pillion', pod: name, instance: `${name}:9090`, job: 'pillion' }
}

function programOf(sabotage: object): readonly string[] {
  const program = join(import.meta.dirname, '../../src/cli/main.ts')
  const preload = join(import.meta.dirname, 'sabotage.mjs')
  return [...(Object.keys(sabotage).length > 0 ? ['--import', preload] : []), program, 'serve']
}

/** The sweep of every ten minutes, in the time-lapse: once a second. */
const flagsOf = (name: string) =>
  [
    ['cluster', 'true'],
    ['namespace', 'pillion'],
    ['host', '127.0.0.1'],
    ['port', '0'],
    ['metrics-port', '0'],
    ['identity', name],
    ['sweep-interval-ms', '500'],
    ['drain-delay-ms', '0'],
  ].flatMap(([flag, value]) => [`--${flag}`, String(value)])

async function serving(child: ChildProcess): Promise<{ port: number; metricsPort: number }> {
  if (!child.stdout) throw new Error('its output is a pipe')
  const lines = createInterface({ input: child.stdout })
  const found = Promise.withResolvers<{ port: number; metricsPort: number }>()
  lines.on('line', line => {
    if (process.env['VERBOSE']) console.error(line)
    const { msg, port, metricsPort } = JSON.parse(line) as { msg: string; port: number; metricsPort: number }
    if (msg === 'serving') found.resolve({ port, metricsPort })
  })
  found.promise.catch(() => {}) // it ends later, too
  child.once('exit', code => found.reject(new Error(`a replica ended with ${code}`)))
  const late = sleep(60_000, undefined, { ref: false }).then(() => {
    throw new Error('a replica did not start within a minute')
  })
  return Promise.race([found.promise, late])
}
