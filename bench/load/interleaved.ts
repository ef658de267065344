import type { Server } from '../../test/process/server.ts'
import { cpuMsOf } from '../process/cpu.ts'
import { type Load, load, type Measured } from './load.ts'

/** A webhook and what it is asked. */
export interface Variant {
  readonly server: Server
  readonly ca: string
  readonly body: string
}

export interface Round extends Measured {
  /** Of the server's CPU for each answer, in microseconds. */
  readonly cpuUs: number
}

export interface Rounds extends Pick<Load, 'connections' | 'perSecond' | 'core'> {
  readonly rounds: number
  /** A round of one variant. */
  readonly seconds: number
  readonly warmUpSeconds: number
}

/**
 * Warms each variant up, then measures A B C A B C …, so that what disturbs the machine for a while disturbs them
 * alike. Only one of them is under load at a time. An answer without a patch ends it.
 */
export async function interleaved<Name extends string>(
  variants: Readonly<Record<Name, Variant>>,
  { rounds, seconds, warmUpSeconds, ...how }: Rounds,
): Promise<Readonly<Record<Name, readonly Round[]>>> {
  const names = Object.keys(variants) as Name[]
  for (const name of names)
    await round(variants[name], { seconds: warmUpSeconds, connections: 8, core: how.core })
  const measured = Object.fromEntries(names.map(name => [name, [] as Round[]])) as Record<Name, Round[]>
  for (let number = 0; number < rounds; number++) {
    for (const name of names) measured[name].push(await round(variants[name], { seconds, ...how }))
  }
  return measured
}

async function round(
  { server, ca, body }: Variant,
  how: Pick<Load, 'connections' | 'perSecond' | 'seconds' | 'core'>,
): Promise<Round> {
  const before = await cpuMsOf(server.pid)
  const measured = await load({ ...how, url: `${server.url}/mutate`, ca, bodies: [body], expect: '"patch":' })
  if (measured.errors > 0) throw new Error(`${measured.errors} wrong answers: ${measured.firstError}`)
  const cpuMs = (await cpuMsOf(server.pid)) - before
  return { ...measured, cpuUs: (cpuMs * 1_000) / measured.requests }
}
