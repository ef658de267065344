import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it, type RunnerTestCase } from 'vitest'
import { expectNothingLost, faultSeconds, type Loaded, numbersOf, startLoad } from '../load.ts'
import { record } from '../measurements.ts'
import type { Plans } from '../plans.ts'
import { type PillionProcess, ready } from './pillion-process.ts'
import { injected, openWorld, type StagedWishes, type World, type WorldOptions } from './world.ts'

/** Something that is broken while Pods are created. */
export interface Fault {
  /** A row of docs/reliability.md. */
  readonly name: string
  /** How the replica is started that it hurts. */
  readonly wishes?: (world: World) => StagedWishes | Promise<StagedWishes>
  /** Breaks something, until the end of the scope. */
  readonly inflict?: (hurt: PillionProcess, world: World) => Promise<AsyncDisposable> | AsyncDisposable
  /** Creations per second. Default: 50. */
  readonly perSecond?: number
  /** Judges the Pods. Default: they must be as planned. */
  readonly judge?: (world: World) => Plans | Promise<Plans>
  /** Looks at the replica that was hurt, after the fault. Gives what is worth a word in the table. */
  readonly after?: (hurt: PillionProcess, world: World) => Promise<string> | string
}

/** A world for the faults of one file. */
export function useWorld(options: WorldOptions = {}): () => World {
  let world: World | undefined
  beforeAll(async () => {
    world = await openWorld(options)
  })
  afterAll(() => world?.[Symbol.asyncDispose]())
  return () => {
    if (!world) throw new Error('the world is open only while tests run')
    return world
  }
}

/** One test for each fault: one of two replicas is hurt, and every Pod is as planned all the same. */
export function itBears(used: () => World, faults: readonly Fault[]): void {
  const timeout = faultSeconds * 1_000 + 240_000
  for (const fault of faults) it(fault.name, { timeout }, ({ task }) => bears(used(), fault, task))
}

async function bears(
  world: World,
  { wishes, inflict, perSecond = 50, judge, after }: Fault,
  task: RunnerTestCase,
): Promise<void> {
  // It is the first one: it leads, and issues the certificate if there is none.
  const hurt = await world.startReplica('pillion-hurt', await wishes?.(world))
  // The API server keeps its connections, and prefers one that it has. So the replica that is hurt gets its share.
  await injected(world)
  const sound = await world.startReplica('pillion-sound')
  const plans = (await judge?.(world)) ?? world.plans
  const reviewsBefore = await reviewsOf(hurt)
  const notesBefore = world.notes.length
  let loaded: Loaded
  {
    await using _ = (await inflict?.(hurt, world)) ?? new AsyncDisposableStack()
    const load = startLoad(world.api, plans, { perSecond })
    await sleep(faultSeconds * 1_000)
    loaded = await load.stop()
  }
  expect(hurt.hasEnded(), hurt.said()).toBe(false)
  await ready(hurt, 20_000)
  const reviews = (await reviewsOf(hurt)) - reviewsBefore
  const notes = [...world.notes.slice(notesBefore), await after?.(hurt, world)].filter(note => note)
  record(task, [numbersOf(loaded), ...notes].join('; '), world.kubernetes)
  await Promise.all([hurt.end(), sound.end()])
  expectNothingLost(loaded)
  // A slow replica answers fewer: the API server takes another connection while one is busy.
  expect(reviews).toBeGreaterThan(0)
}

/** How many requests it has answered. */
async function reviewsOf(replica: PillionProcess): Promise<number> {
  const text = await replica.metrics()
  const counts = text.matchAll(/^pillion_admission_requests_total\{.*\} (\d+)$/gm)
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
}
