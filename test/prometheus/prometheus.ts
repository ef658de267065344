import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeAll } from 'vitest'
import { buildWithGo, goProblem } from '../apiserver/build.ts'
import { describeUnless } from '../not-run.ts'

/** The input of the program `build/main.go`. Series have one value for each step; the first is at second 0. */
export interface PrometheusRequest {
  readonly stepSeconds: number
  /** The values of each series in the notation of promtool's tests: `0x5 1+1x3 stale _x2`. */
  readonly series?: Readonly<Record<string, string>>
  /** Path of a file with groups of rules. */
  readonly ruleFile?: string
  readonly queries?: readonly string[]
  /** From this second on, the queries are evaluated at each step. */
  readonly fromSeconds?: number
  /** The text of a scrape, to check as `promtool check metrics` does. */
  readonly metrics?: string
}

export interface PrometheusAnswer {
  readonly alerts: readonly Firing[]
  /** The series of each query. */
  readonly queries: readonly (readonly QueriedSeries[])[]
  readonly metrics: readonly { readonly metric: string; readonly text: string }[]
}

/** An alert that fired from one second to another. */
export interface Firing {
  readonly alert: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly from: number
  readonly to: number
}

export interface QueriedSeries {
  readonly labels: Readonly<Record<string, string>>
  readonly points: readonly (readonly [second: number, value: number])[]
}

/** Runs the rule manager, the query engine and the linter of Prometheus. Throws with the message of Prometheus. */
export async function prometheus(request: PrometheusRequest): Promise<PrometheusAnswer> {
  const program = spawn(join(await built(), 'prometheus'), { stdio: ['pipe', 'pipe', 'pipe'] })
  const closed = once(program, 'close')
  const said = Promise.all([text(program.stdout), text(program.stderr)])
  program.stdin.on('error', () => {}) // it ended before it read everything, and says why
  program.stdin.end(JSON.stringify(request))
  const [[code], [out, err]] = await Promise.all([closed, said])
  if (code !== 0) throw new Error(err)
  return JSON.parse(out) as PrometheusAnswer
}

/** Why the program is not available; undefined if it is. */
export async function prometheusProblem(): Promise<string | undefined> {
  if (existsSync(directory)) return undefined
  const problem = await goProblem()
  return problem && `no Prometheus to evaluate alerts with: ${problem}; install Go 1.24 or newer`
}

const source = join(import.meta.dirname, 'build')
const contents = createHash('sha256')
for (const file of globSync('*', { cwd: source }).toSorted())
  contents.update(readFileSync(join(source, file)))
const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'pillion')
const directory = join(cache, `prometheus-${contents.digest('hex').slice(0, 10)}`)

/** Builds the program once for each machine and version of the source, in a minute on two cores. */
async function built(): Promise<string> {
  if (!existsSync(directory)) {
    await buildWithGo(directory, { source, name: 'prometheus', title: 'prometheus', linkerFlags: '-s -w' })
  }
  return directory
}

const missing = await prometheusProblem()

/** `describe` if the program or Go is available. */
export function describeWithPrometheus(name: string, body: () => void): void {
  describeUnless(missing, name, () => {
    beforeAll(async () => void (await built()))
    body()
  })
}
