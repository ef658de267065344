import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface Load {
  /** Where the requests are posted. */
  readonly url: string
  /** The certificate authority of the server, in PEM. */
  readonly ca: string
  readonly headers?: readonly string[]
  readonly body: string
  readonly seconds: number
  /**
   * Requests a second that are sent on time, whether or not earlier ones were answered (open loop); or clients
   * that send their next request as soon as they have an answer (closed loop).
   */
  readonly pace: { readonly perSecond: number } | { readonly clients: number }
  /** The core that the load generator is pinned to. */
  readonly core?: number
}

/** Latencies in milliseconds. */
export interface Measured {
  readonly requests: number
  readonly p50: number
  readonly p99: number
}

/** docs/decisions/0025-load-generator.md has the reasons. */
const vegeta = 'github.com/tsenart/vegeta/v12@v12.13.0'
const directory = join(import.meta.dirname, 'bin')
const program = join(directory, 'vegeta')
const run = promisify(execFile)
let installed: Promise<unknown> | undefined

/** Sends requests with vegeta, which `go` installs once. Throws when an answer is not a success. */
export async function load({ url, ca, headers = [], body, seconds, pace, core }: Load): Promise<Measured> {
  installed ??= run('go', ['install', vegeta], { env: { ...process.env, GOBIN: directory } })
  await installed
  const files = await mkdtemp(join(tmpdir(), 'pillion-load-'))
  const file = (name: string) => join(files, name)
  await Promise.all([
    writeFile(file('ca.pem'), ca),
    writeFile(file('body.json'), body),
    writeFile(file('targets'), `POST ${url}\n`),
  ])
  const paceFlags =
    'clients' in pace
      ? ['-rate=0', `-workers=${pace.clients}`, `-max-workers=${pace.clients}`]
      : // A request waits for one of the connections, and its latency counts the wait.
        [`-rate=${pace.perSecond}`, '-max-connections=32']
  const attack = [
    ...[program, 'attack', ...paceFlags, `-duration=${seconds}s`, '-timeout=10s', '-max-body=0'],
    ...[`-root-certs=${file('ca.pem')}`, `-body=${file('body.json')}`, `-targets=${file('targets')}`],
    ...['content-type: application/json', ...headers].map(header => `-header=${header}`),
    `-output=${file('results')}`,
  ]
  const pinned = core === undefined ? attack : ['taskset', '-c', String(core), ...attack]
  const [command = '', ...args] = pinned
  try {
    await run(command, args)
    const { stdout } = await run(program, ['report', '-type=json', file('results')])
    return summaryOf(JSON.parse(stdout))
  } finally {
    await rm(files, { recursive: true })
  }
}

/** Of vegeta's report, in nanoseconds. */
interface Report {
  readonly requests: number
  readonly success: number
  readonly latencies: { readonly '50th': number; readonly '99th': number }
  readonly status_codes: Readonly<Record<string, number>>
  readonly errors: readonly string[]
}

function summaryOf({ requests, success, latencies, status_codes, errors }: Report): Measured {
  if (success !== 1) throw new Error(`answers: ${JSON.stringify(status_codes)}; ${errors.join('; ')}`)
  const [p50, p99] = [latencies['50th'] / 1e6, latencies['99th'] / 1e6]
  return { requests, p50, p99 }
}
