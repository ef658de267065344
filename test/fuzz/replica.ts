import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { Agent, request as httpsRequest } from 'node:https'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { certificateIn } from '../process/certificate.ts'
import { kubeconfigText } from '../process/kubeconfig.ts'
import { startReplica } from '../process/replica.ts'
import type { Server } from '../process/server.ts'

/** A replica as the image runs it, in a process of its own, beside an API server. */
export interface Replica {
  readonly isAlive: () => boolean
  /** CPU of the whole process so far, with the collector and the compiler. */
  readonly cpuMs: () => number
  /** CPU of its main thread so far. */
  readonly mainCpuMs: () => number
  /** Whether its main thread waits for something to do. */
  readonly isWaiting: () => boolean
  /** The most memory since the last call, and forgets it. */
  readonly peakMegabytes: () => number
  /** What is in memory after its garbage is collected. */
  remainingMegabytes(): Promise<number>
  /** The number of its open files and connections. */
  readonly openFiles: () => number
  post(path: string, body: string | Buffer): Promise<Answer>
  /** On a connection of its own kind, as a kubelet's probe comes. */
  get(path: string): Promise<Answer>
  /** Where it listens, for who writes bytes on a connection. */
  readonly address: { readonly port: number; readonly ca: string }
  end(): Promise<void>
}

export interface Answer {
  /** 0 when the connection broke or nothing came. */
  readonly status: number
  readonly body: string
  readonly ms: number
}

export interface Place {
  /** For certificates and the like. */
  readonly directory: string
  /** The bundle, or its source. */
  readonly program: string
}

/** What the image and Node itself set in a container of 384 MiB. */
const asInContainer = {
  flags: [
    '--max-old-space-size=192',
    '--max-semi-space-size=4',
    '--expose-gc',
    `--import=${new URL('remaining.mjs', import.meta.url).href}`,
  ],
  environment: { MALLOC_ARENA_MAX: '1' },
}

/** What starts replicas beside that API server, from that program. */
export async function replicasBeside(
  apiServer: string,
  { directory, program }: Place,
): Promise<() => Promise<Replica>> {
  const certificate = await certificateIn(directory)
  const kubeconfig = join(directory, 'kubeconfig.json')
  await writeFile(kubeconfig, kubeconfigText({ server: apiServer }))
  const memoryFile = join(directory, 'memory')
  return async () => {
    const environment = { ...asInContainer.environment, FUZZ_MEMORY_FILE: memoryFile }
    const image = { ...asInContainer, environment, program }
    const flags = { 'sweep-interval-ms': 2_000 }
    const server = await startReplica({ certificate, image, source: { kubeconfig }, flags })
    return replica(server, certificate.ca, memoryFile)
  }
}

function replica({ pid, url, end }: Server, ca: string, memoryFile: string): Replica {
  // One connection for reviews and one for probes: a handshake costs more than a review.
  const [reviews, probes] = [new Agent({ keepAlive: true, ca }), new Agent({ keepAlive: true, ca })]
  const attempt = (agent: Agent, method: string, path: string, body?: string | Buffer) => {
    const { promise, resolve } = Promise.withResolvers<Answer & { isStale?: true }>()
    const start = performance.now()
    const done = (status: number, text: string) =>
      resolve({ status, body: text, ms: performance.now() - start })
    const headers =
      body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const request = httpsRequest(
      `${url}${path}`,
      { method, agent, headers, timeout: patienceMs },
      response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('end', () => done(response.statusCode ?? 0, Buffer.concat(chunks).toString()))
        response.on('error', error => done(0, error.message))
      },
    )
    request.on('timeout', () => request.destroy(new Error(`no answer within ${patienceMs} ms`)))
    request.on('error', ({ message }) =>
      request.reusedSocket
        ? resolve({ status: 0, body: message, ms: performance.now() - start, isStale: true })
        : done(0, message),
    )
    request.end(body)
    return promise
  }
  // A server may close an idle connection just when it is used again.
  const send = async (...request: Parameters<typeof attempt>) => {
    const first = await attempt(...request)
    return first.isStale ? attempt(...request) : first
  }
  let isEnding = false
  const file = (name: string) => `/proc/${pid}/${name}`
  return {
    isAlive: () => !isEnding && stateOf(file('stat')) !== 'Z' && stateOf(file('stat')) !== undefined,
    cpuMs: () => cpuOf(file('stat')),
    mainCpuMs: () => cpuOf(file(`task/${pid}/stat`)),
    isWaiting: () => stateOf(file(`task/${pid}/stat`)) === 'S',
    peakMegabytes() {
      const [, peak = '0'] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(file('status'), 'utf8')) ?? []
      // https://docs.kernel.org/filesystems/proc.html: 5 resets the peak.
      writeFileSync(file('clear_refs'), '5')
      return Number(peak) / 1_024
    },
    async remainingMegabytes() {
      rmSync(memoryFile, { force: true })
      process.kill(pid, 'SIGWINCH')
      const until = performance.now() + patienceMs
      while (!existsSync(memoryFile) || readFileSync(memoryFile, 'utf8') === '') {
        if (performance.now() > until) throw new Error('the replica does not say what is in its memory')
        await sleep(5)
      }
      return Number(readFileSync(memoryFile, 'utf8')) / 2 ** 20
    },
    openFiles: () => readdirSync(file('fd')).length,
    post: (path, body) => send(reviews, 'POST', path, body),
    get: path => send(probes, 'GET', path),
    address: { port: Number(new URL(url).port), ca },
    end() {
      isEnding = true
      for (const agent of [reviews, probes]) agent.destroy()
      return end()
    },
  }
}

/** What is not answered by then is never answered, however busy the machine is. */
const patienceMs = 60_000

function fieldsOf(file: string): readonly string[] {
  try {
    const text = readFileSync(file, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

function stateOf(file: string): string | undefined {
  return fieldsOf(file)[0]
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: in ticks of 10 ms. */
function cpuOf(file: string): number {
  const fields = fieldsOf(file)
  return (Number(fields[11]) + Number(fields[12])) * 10
}
