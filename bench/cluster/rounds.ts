import type { ApiServer } from '../../test/apiserver/apiserver.ts'
import type { Measured } from '../load/load.ts'
import { type Creation, create, removePods } from './creation.ts'
import { podOf, type Variant, variants } from './variants.ts'

export const ways = {
  'dry run, 1 client': { clients: 1, count: 300, seconds: 2, isStored: false },
  'dry run, 16 clients': { clients: 16, count: 1_000, seconds: 5, isStored: false },
  'stored, 1 client': { clients: 1, count: 100, seconds: 1, isStored: true },
  'stored, 16 clients': { clients: 16, count: 300, seconds: 2, isStored: true },
} as const satisfies Readonly<Record<string, Creation>>
export type Way = keyof typeof ways
export const wayNames = Object.keys(ways) as readonly Way[]

export interface Sample extends Measured {
  /** Of the API server, in all; etcd is not in it. */
  readonly serverCpuMs: number
  /** Of Pillion's process, in all. */
  readonly cpuMs: number
  /** That Pillion answered, in all. */
  readonly calls: number
}

/** What was measured of one variant in one way, a sample a round. */
export type Samples = (variant: Variant, way: Way) => readonly Sample[]

/** Of Pillion's process, until now. */
export interface Meter {
  cpuMs(): Promise<number>
  calls(): Promise<number>
}

/**
 * All variants within seconds of each other, so many times over: what disturbs the machine disturbs all of
 * them. Every other round goes backwards, so that none always comes right after the same other one.
 */
export async function measureRounds(server: ApiServer, rounds: number, meter: Meter): Promise<Samples> {
  const samples = new Map<string, Sample[]>()
  const samplesOf = (variant: Variant, way: Way) => samples.get(`${variant}; ${way}`) ?? []
  for (const variant of variants) await measured(server, variant, warmUp)
  for (let round = 0; round < rounds; round++) {
    for (const way of wayNames) {
      for (const variant of round % 2 === 0 ? variants : variants.toReversed()) {
        const sample = await metered(server, meter, () => measured(server, variant, ways[way]))
        samples.set(`${variant}; ${way}`, [...samplesOf(variant, way), sample])
      }
    }
  }
  return samplesOf
}

const warmUp: Creation = { clients: 16, count: 500, seconds: 5, isStored: false }

async function measured(server: ApiServer, variant: Variant, creation: Creation): Promise<Measured> {
  const pod = podOf(variant)
  const result = await create(server, pod, creation)
  if (creation.isStored) await removePods(server, pod.namespace)
  const { errors, requests, firstError } = result
  if (errors > 0) throw new Error(`${variant}: ${errors} of ${requests} Pods: ${firstError}`)
  return result
}

async function metered(server: ApiServer, meter: Meter, measure: () => Promise<Measured>): Promise<Sample> {
  const read = async () => ({
    serverCpuMs: await cpuMsOf(server),
    cpuMs: await meter.cpuMs(),
    calls: await meter.calls(),
  })
  const before = await read()
  const result = await measure()
  const after = await read()
  return {
    ...result,
    serverCpuMs: after.serverCpuMs - before.serverCpuMs,
    cpuMs: after.cpuMs - before.cpuMs,
    calls: after.calls - before.calls,
  }
}

/** By its own metrics; to ask for them costs some of it, as much with every variant. */
async function cpuMsOf(server: ApiServer): Promise<number> {
  const [, seconds] = /^process_cpu_seconds_total (\S+)$/m.exec(await server.metrics()) ?? []
  return Number(seconds) * 1_000
}
