import { memoryOf } from '../../test/process/memory.ts'
import type { Server } from '../../test/process/server.ts'
import { bodyOf } from '../bodies/bodies.ts'
import { cpuMsOf } from '../process/cpu.ts'
import type { Table } from '../report/question.ts'
import { median, medianWithSpread } from '../samples/quantile.ts'
import { clientOf } from './client.ts'
import { idle } from './idle.ts'

/** A sample a start of one variant. */
export interface Starts {
  /** From the start of the process to the answer to its first review. */
  readonly ms: readonly number[]
  /** Says more than the time where other processes run. */
  readonly cpuMs: readonly number[]
  /** When there has been nothing to do for a while. */
  readonly idleMb: readonly number[]
  /** The most until then. */
  readonly peakMb: readonly number[]
}

export interface StartRounds {
  readonly rounds: number
  /** Of these, how many wait until the process is idle. */
  readonly idleRounds: number
  /** In PEM: whom all servers' certificates are signed by. */
  readonly ca: string
}

/** Starts each variant, A B C A B C …, once to be forgotten (caches are filled, statuses written), then so many times. */
export async function starts<Name extends string>(
  variants: Readonly<Record<Name, () => Promise<Server>>>,
  { rounds, idleRounds, ca }: StartRounds,
): Promise<Readonly<Record<Name, Starts>>> {
  const names = Object.keys(variants) as Name[]
  const samples = Object.fromEntries(names.map(name => [name, [] as Sample[]])) as Record<Name, Sample[]>
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const sample = await sampleOf(variants[name], ca, round <= idleRounds)
      if (round > 0) samples[name].push(sample)
    }
  }
  return Object.fromEntries(names.map(name => [name, together(samples[name])])) as Record<Name, Starts>
}

export function startRow(what: string, { ms, cpuMs, idleMb, peakMb }: Starts): Table['rows'][number] {
  return {
    what,
    'start to first review, ms': medianWithSpread(ms, 0),
    'CPU of it, ms': medianWithSpread(cpuMs, 0),
    'RSS idle, MB': median(idleMb).toFixed(0),
    'at its peak, MB': median(peakMb).toFixed(0),
  }
}

interface Sample {
  readonly ms: number
  readonly cpuMs: number
  readonly memory?: { readonly rssMb: number; readonly peakMb: number }
}

const review = bodyOf('5 KB', ['log-tail'])

async function sampleOf(start: () => Promise<Server>, ca: string, isToRest: boolean): Promise<Sample> {
  const server = await start()
  const client = clientOf(server, ca)
  try {
    const readyAt = performance.now()
    await client.patchFor(review)
    const ms = server.readyMs + (performance.now() - readyAt)
    const cpuMs = await cpuMsOf(server.pid)
    if (!isToRest) return { ms, cpuMs }
    await idle(server.pid)
    return { ms, cpuMs, memory: await memoryOf(server.pid) }
  } finally {
    client.close()
    await server.end()
  }
}

function together(samples: readonly Sample[]): Starts {
  const memories = samples.flatMap(({ memory }) => memory ?? [])
  return {
    ms: samples.map(({ ms }) => ms),
    cpuMs: samples.map(({ cpuMs }) => cpuMs),
    idleMb: memories.map(({ rssMb }) => rssMb),
    peakMb: memories.map(({ peakMb }) => peakMb),
  }
}
