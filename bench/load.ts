import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

export interface Load {
  /** Where the requests are posted. */
  readonly url: string
  /** The certificate authority of the server, in PEM. */
  readonly ca: string
  readonly headers?: readonly string[]
  /** The body of each request, or bodies that are sent in turn. */
  readonly body: string | readonly string[]
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
export function load(how: Load): Promise<Measured> {
  return attack(how, async results => {
    const { stdout } = await run(program, ['report', '-type=json', results])
    return summaryOf(JSON.parse(stdout))
  })
}

/** Does the same, and gives the latency of each request in milliseconds to `add`. Counts answers that are not a success. */
export function loadEach(
  how: Load,
  add: (ms: number) => void,
): Promise<{ readonly requests: number; readonly failed: number }> {
  return attack(how, async results => {
    const { stdout } = await run(program, ['report', '-type=json', results])
    const rows = spawn(program, ['encode', '-to=csv', results], { stdio: ['ignore', 'pipe', 'inherit'] })
    for await (const row of createInterface({ input: rows.stdout })) add(Number(row.split(',', 3)[2]) / 1e6)
    const { requests, success } = JSON.parse(stdout) as Report
    return { requests, failed: Math.round(requests * (1 - success)) }
  })
}

async function attack<T>(
  { url, ca, headers = [], body, seconds, pace, core }: Load,
  read: (results: string) => Promise<T>,
): Promise<T> {
  installed ??= run('go', ['install', vegeta], { env: { ...process.env, GOBIN: directory } })
  await installed
  const files = await mkdtemp(join(tmpdir(), 'pillion-load-'))
  const file = (name: string) => join(files, name)
  const bodies = [body].flat()
  await Promise.all([
    writeFile(file('ca.pem'), ca),
    ...bodies.map((text, at) => writeFile(file(`body-${at}.json`), text)),
    writeFile(
      file('targets'),
      bodies.map((_, at) => `POST ${url}\n@${file(`body-${at}.json`)}\n`).join('\n'),
    ),
  ])
  const paceFlags =
    'clients' in pace
      ? ['-rate=0', `-workers=${pace.clients}`, `-max-workers=${pace.clients}`]
      : // A request waits for one of the connections, and its latency counts the wait.
        [`-rate=${pace.perSecond}`, '-max-connections=32']
  const command = [
    ...[program, 'attack', ...paceFlags, `-duration=${seconds}s`, '-timeout=10s', '-max-body=0'],
    ...[`-root-certs=${file('ca.pem')}`, `-targets=${file('targets')}`],
    ...['content-type: application/json', ...headers].map(header => `-header=${header}`),
    `-output=${file('results')}`,
  ]
  const pinned = core === undefined ? command : ['taskset', '-c', String(core), ...command]
  const [first = '', ...args] = pinned
  try {
    await run(first, args)
    return await read(file('results'))
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
