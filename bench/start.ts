import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { issueCertificate } from '../src/server/certificate-authority.ts'

/**
 * What does a server cost before it does anything, and after much work? The bundle of dist/ (`npm run build`)
 * as a process of its own, with files for its certificate and profiles, in no cluster: from the start of the
 * process to the first answer of /readyz (median of RUNS), its memory when idle, and after REVIEWS reviews of 5 KB.
 * Once for each way of starting it, in the environment that the image could set.
 *
 *     node bench/start.ts                 RUNS=20 REVIEWS=1000 DIST=/elsewhere/dist node bench/start.ts
 */
const runs = Number(process.env['RUNS'] ?? 9)
const reviews = Number(process.env['REVIEWS'] ?? 10_000)
const root = join(import.meta.dirname, '..')
const program = join(process.env['DIST'] ?? join(root, 'dist'), 'pillion.js')
const [port, metricsPort] = [18_543, 18_590]
const running = new Set<ChildProcess>()

const directory = await mkdtemp(join(tmpdir(), 'pillion-start-'))
const cache = { NODE_COMPILE_CACHE: join(directory, 'cache') }
const noCache = { NODE_DISABLE_COMPILE_CACHE: '1' }
const sourceMaps = { NODE_OPTIONS: '--enable-source-maps' }
const ways = {
  neither: noCache,
  'source map': { ...noCache, ...sourceMaps },
  'compile cache': cache,
  'compile cache and source map': { ...cache, ...sourceMaps },
}

/** Of a Pod of 5 KB, as a controller sends it. */
const review = JSON.stringify({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: '00000000-0000-0000-0000-000000000000',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    name: '',
    namespace: 'default',
    operation: 'CREATE',
    userInfo: { username: 'bench' },
    object: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { generateName: 'web-', annotations: { 'pillion.dev/inject': 'log-tail' } },
      spec: {
        containers: [
          {
            name: 'web',
            image: 'nginx:1.29',
            env: Array.from({ length: 90 }, (_, at) => ({
              name: `NAME_${at}`,
              value: `value ${at} of some length`,
            })),
          },
        ],
      },
    },
  },
})

const { ca, cert, key } = await issueCertificate({ ipAddresses: ['127.0.0.1'], days: 1 })
const agent = new Agent({ ca, keepAlive: true, maxSockets: 8 })
try {
  await Promise.all([
    writeFile(join(directory, 'tls.crt'), cert),
    writeFile(join(directory, 'tls.key'), key, { mode: 0o600 }),
  ])
  await fillCache()
  const table: Record<string, object> = {}
  for (const [name, environment] of Object.entries(ways)) table[name] = await measure(environment)
  console.table(table)
} finally {
  agent.destroy()
  await Promise.all([...running].map(end))
  await rm(directory, { recursive: true })
}

/** As the image's build does: the functions that a server uses are compiled once, and stored as it ends. */
async function fillCache(): Promise<void> {
  const child = spawn(process.execPath, [program, 'demo'], {
    env: { ...process.env, ...cache },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await once(child, 'exit')
}

interface Started {
  readonly server: ChildProcess
  readonly ms: number
  /** Says more than the time where other processes run. */
  readonly cpuMs: number
}

async function measure(environment: NodeJS.ProcessEnv): Promise<object> {
  const starts: Started[] = []
  for (let run = 1; run < runs; run++) {
    const started = await start(environment)
    starts.push(started)
    await end(started.server)
  }
  const { server, ...times } = await start(environment)
  starts.push({ server, ...times })
  await sleep(10_000)
  const idle = await memory(server, 'VmRSS')
  const started = performance.now()
  await Promise.all(Array.from({ length: 8 }, () => reviewMany(reviews / 8)))
  const perSecond = (reviews / (performance.now() - started)) * 1_000
  const result = {
    'start to ready': `${middle(starts.map(({ ms }) => ms)).toFixed(0)} ms`,
    'CPU of it': `${middle(starts.map(({ cpuMs }) => cpuMs)).toFixed(0)} ms`,
    'RSS idle': idle,
    [`after ${reviews} reviews`]: await memory(server, 'VmRSS'),
    peak: await memory(server, 'VmHWM'),
    'reviews a second': perSecond.toFixed(0),
  }
  await end(server)
  return result
}

async function start(environment: NodeJS.ProcessEnv): Promise<Started> {
  const flags = {
    cluster: 'false',
    profiles: join(root, 'catalog'),
    'tls-cert': join(directory, 'tls.crt'),
    'tls-key': join(directory, 'tls.key'),
    host: '127.0.0.1',
    port,
    'metrics-port': metricsPort,
    'drain-delay-ms': 0,
    'log-level': 'warn',
  }
  const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)
  const started = performance.now()
  const server = spawn(process.execPath, [program, 'serve', ...args], {
    env: { ...process.env, ...environment },
    stdio: 'inherit',
  })
  running.add(server)
  while (!(await isReady())) {
    if (server.exitCode !== null) throw new Error(`the server ended with ${server.exitCode}`)
    await sleep(2)
  }
  const ms = performance.now() - started
  return { server, ms, cpuMs: await cpu(server) }
}

/** In user and kernel mode, all threads; in steps of 10 ms. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
async function cpu(server: ChildProcess): Promise<number> {
  const stat = await readFile(`/proc/${server.pid}/stat`, 'utf8')
  const [utime, stime] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
  return (Number(utime) + Number(stime)) * 10
}

async function end(server: ChildProcess): Promise<void> {
  running.delete(server)
  if (server.exitCode !== null) return
  const exited = once(server, 'exit')
  server.kill()
  await exited
}

async function isReady(): Promise<boolean> {
  try {
    const { status } = await ask('GET', '/readyz')
    return status === 200
  } catch {
    return false
  }
}

async function reviewMany(count: number): Promise<void> {
  for (let sent = 0; sent < count; sent++) {
    const { status, body } = await ask('POST', '/mutate', review)
    if (status !== 200 || !body.includes('"patch"')) throw new Error(`no patch, but ${status}: ${body}`)
  }
}

async function ask(method: string, path: string, body?: string): Promise<{ status?: number; body: string }> {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' }
  const call = request({ host: '127.0.0.1', port, path, method, agent, headers })
  call.end(body)
  const [answer] = await once(call, 'response')
  return { status: answer.statusCode, body: await text(answer) }
}

/** `68 MB`. Linux has it in /proc. https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
async function memory(server: ChildProcess, field: 'VmRSS' | 'VmHWM'): Promise<string> {
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8')
  const kilobytes = Number(status.match(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm'))?.[1])
  return `${(kilobytes / 1_024).toFixed(0)} MB`
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
