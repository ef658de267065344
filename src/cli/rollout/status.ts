import { setTimeout as sleep } from 'node:timers/promises'
import { counted } from '../../problems/counted.ts'
import type { ExitCode, Io } from '../io.ts'
import { type LiveProfile, liveProfileNamed, placeOf, type RolloutFlags } from './live-profile.ts'
import { type Reading, readingOf } from './reading.ts'

interface StatusFlags extends RolloutFlags {
  readonly watch: 'true' | 'false'
  /** In milliseconds; 0 is no limit. */
  readonly timeout: number
}

/** Shows how far a rollout is, and waits for its end: 1 when it fails, or when --timeout is over first. */
export async function run(flags: StatusFlags, io: Io, [name = '']: readonly string[]): Promise<ExitCode> {
  const profile = await liveProfileNamed(name, flags, io)
  const endMs = flags.timeout === 0 ? Number.POSITIVE_INFINITY : performance.now() + flags.timeout
  let reading = readingOf(profile)
  let shown = ''
  while (reading.end === undefined && flags.watch === 'true') {
    if (io.progress) io.progress(reading.text)
    else if (reading.text !== shown) io.err(`${reading.text}${hintOf(reading)}\n`)
    shown = reading.text
    const leftMs = endMs - performance.now()
    if (leftMs <= 0) {
      io.progress?.('')
      io.err(
        `${reading.text}\n${placeOf(profile)} is not rolled out after ${counted(flags.timeout / 1_000, 'second')} (--timeout)${hintOf(reading)}\n`,
      )
      return 1
    }
    await sleep(Math.min(pauseMs, leftMs))
    reading = await readAgain(profile)
  }
  io.progress?.('')
  io.out(`${reading.text}\n`)
  if (reading.hint !== undefined) io.err(`hint: ${reading.hint}\n`)
  return reading.end ?? 0
}

const pauseMs = 1_000

/** An API server that does not answer for a moment ends no wait. */
async function readAgain(profile: LiveProfile): Promise<Reading> {
  const answer = await profile.cluster.api.request('GET', profile.path)
  if (answer.ok) return readingOf({ ...profile, object: answer.body })
  const place = placeOf(profile)
  if (answer.status === 404) return { text: `${place} was deleted`, end: 1 }
  return { text: `Waiting for ${place} to be rolled out: ${answer.status}: ${answer.message}` }
}

function hintOf({ hint }: Reading): string {
  return hint === undefined ? '' : `\nhint: ${hint}`
}
