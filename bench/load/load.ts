import { execFile, spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'

export interface Load {
  readonly url: string
  /** In PEM: whom the server's certificate is signed by. */
  readonly ca: string
  /** POST when absent. */
  readonly method?: string
  /** Besides a content-type of JSON. */
  readonly headers?: Readonly<Record<string, string>>
  /** Sent in turn; one empty one when absent. */
  readonly bodies?: readonly string[]
  /** Open all the time, each with one request under way at most. */
  readonly connections: number
  /** It ends with whichever of the two comes first; one is needed. */
  readonly requests?: number
  readonly seconds?: number
  /**
   * Open loop: so many requests are due a second, whether or not earlier ones were answered. Latency counts
   * from when a request was due, so a server that stalls hides nothing. As fast as it answers when absent.
   */
  readonly perSecond?: number
  /** Of every answer, or it is an error; 200 when absent. */
  readonly expectStatus?: number
  /** What the body of every answer must hold, or it is an error. */
  readonly expect?: string
  /** HTTP/1.1 otherwise. */
  readonly http2?: boolean
  /** The core that the load generator is pinned to. */
  readonly core?: number
}

/** Latencies in milliseconds, of answers that were as expected. */
export interface Measured {
  readonly requests: number
  readonly errors: number
  readonly seconds: number
  /** Answers as expected. */
  readonly perSecond: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly p999: number
  readonly max: number
  readonly firstError?: string
}

/**
 * Sends requests by a program of its own, in Go, which needs a fifth of the CPU of a Node client and none of a
 * Node server's. Needs `go` to build it once.
 */
export async function load({ core, ...job }: Load): Promise<Measured> {
  if (!(job.requests || job.seconds)) throw new Error('a load without an end')
  await built()
  const pinned = core === undefined ? [program] : ['taskset', '-c', String(core), program]
  const [command = program, ...args] = pinned
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(
    JSON.stringify({
      method: 'POST',
      bodies: [''],
      expectStatus: 200,
      ...job,
      headers: { 'Content-Type': 'application/json', ...job.headers },
    }),
  )
  const [said, problem] = await Promise.all([text(child.stdout), text(child.stderr)])
  if (said === '') throw new Error(`the load generator failed: ${problem}`)
  return JSON.parse(said)
}

const program = join(import.meta.dirname, 'load')
let building: Promise<unknown> | undefined

/** The go command knows by itself what has changed. */
function built(): Promise<unknown> {
  building ??= promisify(execFile)('go', ['build', '-o', program, '.'], { cwd: import.meta.dirname })
  return building
}
