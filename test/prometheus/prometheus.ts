import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeAll } from 'vitest'
import { goProgram } from '../go-program.ts'
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
  const program = spawn(await evaluator.built(), { stdio: ['pipe', 'pipe', 'pipe'] })
  const closed = once(program, 'close')
  const said = Promise.all([text(program.stdout), text(program.stderr)])
  program.stdin.on('error', () => {}) // it ended before it read everything, and says why
  program.stdin.end(JSON.stringify(request))
  const [[code], [out, err]] = await Promise.all([closed, said])
  if (code !== 0) throw new Error(err)
  return JSON.parse(out) as PrometheusAnswer
}

const evaluator = await goProgram(join(import.meta.dirname, 'build'), 'prometheus', 'evaluate alerts with')

/** `describe` if the program or Go is available. */
export function describeWithPrometheus(name: string, body: () => void): void {
  describeUnless(evaluator.problem, name, () => {
    beforeAll(async () => void (await evaluator.built()))
    body()
  })
}
