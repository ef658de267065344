import type { Step } from './steps.ts'

/** Samples by the name of what was sampled. */
export type Samples = Readonly<Record<string, readonly number[]>>

/**
 * Microseconds of CPU that a call takes, the garbage collection of its thread among them: a sample a round, each
 * the mean of as many calls as fill `roundMs`. The rounds of all steps are interleaved, so that what disturbs the
 * machine disturbs them alike.
 */
export function microseconds(
  steps: Readonly<Record<string, Step>>,
  { rounds = 15, roundMs = 20 }: { readonly rounds?: number; readonly roundMs?: number } = {},
): Samples {
  const timed = Object.entries(steps).map(([name, step]) => {
    warmUp(step)
    return { name, step, calls: callsWithin(step, roundMs), samples: [] as number[] }
  })
  for (let round = 0; round < rounds; round++) {
    for (const { step, calls, samples } of timed) samples.push(microsecondsOf(step, calls) / calls)
  }
  return Object.fromEntries(timed.map(({ name, samples }) => [name, samples]))
}

/**
 * Bytes a call allocates: by how much the heap has grown after as many calls as fit between two collections. Needs
 * `--expose-gc` and a young generation that holds more than `budget` bytes.
 */
export function bytes(steps: Readonly<Record<string, Step>>, budget = 8_000_000): Samples {
  return Object.fromEntries(
    Object.entries(steps).map(([name, step]) => {
      warmUp(step)
      const most = Math.max(...Array.from({ length: 5 }, () => grown(step, 20)), 100)
      const calls = Math.max(1, Math.floor(budget / most))
      return [name, Array.from({ length: 9 }, () => grown(step, calls))]
    }),
  )
}

/** Keeps what a step gave, so that nobody finds out that nobody needs it. */
const kept: { given?: unknown } = {}

/** Of CPU, not of the clock: others may have the processor meanwhile. */
function microsecondsOf(step: Step, calls: number): number {
  const before = process.threadCpuUsage()
  for (let call = 0; call < calls; call++) kept.given = step()
  const { user, system } = process.threadCpuUsage(before)
  return user + system
}

/** Long enough for the optimising compiler to be through with it. */
function warmUp(step: Step): void {
  const end = performance.now() + 250
  while (performance.now() < end) kept.given = step()
}

function callsWithin(step: Step, ms: number): number {
  let calls = 1
  let us = microsecondsOf(step, calls)
  while (us < ms * 250) {
    calls *= 2
    us = microsecondsOf(step, calls)
  }
  return Math.max(1, Math.round((calls * ms * 1_000) / us))
}

function grown(step: Step, calls: number): number {
  kept.given = undefined
  globalThis.gc?.()
  const before = held()
  for (let call = 0; call < calls; call++) kept.given = step()
  return (held() - before) / calls
}

/** What V8 holds, and what it lets others hold: a Buffer's content. */
function held(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
