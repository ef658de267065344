import { setTimeout as sleep } from 'node:timers/promises'
import type { Certificate } from '../../test/process/certificate.ts'
import { memoryOf } from '../../test/process/memory.ts'
import type { Server } from '../../test/process/server.ts'
import { bodyOf } from '../bodies/bodies.ts'
import { type Growth, growthDuring } from './growth.ts'
import { type Load, load, type Measured } from './load.ts'

export interface Observing {
  readonly certificate: Certificate
  /** The core of the load generator. */
  readonly core: number
  /** At full speed, of 5 KB each; fewer where `atMostSeconds` come first. */
  readonly reviews: number
  readonly atMostSeconds: number
  /** Then the steady load. */
  readonly seconds: number
  readonly perSecond: number
}

/** RSS in MB. */
export interface Observed {
  readonly idleMb: number
  readonly fullSpeed: Phase
  readonly afterMb: number
  readonly steady: Phase
  readonly peakMb: number
}

export interface Phase {
  readonly measured: Measured
  readonly growth: Growth
}

/** Follows a new server from idle through as many reviews as fast as it can to a steady load. */
export async function observe(
  server: Server,
  { certificate: { ca }, core, reviews, atMostSeconds, seconds, perSecond }: Observing,
): Promise<Observed> {
  const asked = { url: `${server.url}/mutate`, ca, bodies: [bodyOf('5 KB', ['log-tail'])], core }
  const under = (how: Pick<Load, 'connections' | 'requests' | 'seconds' | 'perSecond'>) =>
    growthDuring(server.pid, async () => {
      const measured = await load({ ...asked, ...how, expect: '"patch":' })
      if (measured.errors > 0) throw new Error(`${measured.errors} wrong answers: ${measured.firstError}`)
      return measured
    })
  const idle = await idleMb(server)
  const fullSpeed = await under({ connections: 8, requests: reviews, seconds: atMostSeconds })
  const { rssMb: afterMb } = await memoryOf(server.pid)
  const steady = await under({ connections: 16, seconds, perSecond })
  const { peakMb } = await memoryOf(server.pid)
  return { idleMb: idle, fullSpeed, afterMb, steady, peakMb }
}

/** RSS of a server that nobody has asked anything yet, 10 s after it was ready. */
export async function idleMb({ pid }: Server): Promise<number> {
  await sleep(10_000)
  const { rssMb } = await memoryOf(pid)
  return rssMb
}
