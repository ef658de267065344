import { slowness } from './slowness.ts'

/** Whether CPU is more than may be spent: on a slow machine more may be. */
export function isTooMuch(cpuMs: number, mostMs: number): boolean {
  return cpuMs > mostMs && cpuMs > mostMs * slowness()
}

/** The numbers that no case may exceed. */
export const allowed = {
  /** CPU of a review. */
  cpuMs: 250,
  /** CPU until a replica rests after a change of one profile: it compiles, judges all profiles, and writes a status. */
  changeMs: 500,
  /** CPU in which a command reads a text. */
  readMs: 2_000,
  /** Memory of the container in deploy/base/deployment.yaml. */
  megabytes: 384,
  /** Bytes of an answer that holds no patch. */
  answerBytes: 65_536,
  /** Memory that remains after connections that are closed. */
  remainingMegabytes: 1,
  /** CPU of the main thread until a probe is answered, whatever else goes on. */
  probeMs: 1_000,
} as const
