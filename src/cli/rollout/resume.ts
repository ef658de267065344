import type { JsonObject } from '../../json/json.ts'
import { type ExitCode, Failure, type Io } from '../io.ts'
import { commandFor, liveProfileNamed, placeOf, type RolloutFlags, rolloutOf, write } from './live-profile.ts'
import { warnOf } from './pause.ts'

/** The annotation that starts a failed rollout again. Tools that apply a profile leave the annotations of others alone. */
const resumedAt = 'pillion.dev/resumed-at'

/** Ends a pause of `spec.rollout.paused`, and starts a rollout again that has failed. */
export async function run(flags: RolloutFlags, io: Io, [name = '']: readonly string[]): Promise<ExitCode> {
  const profile = await liveProfileNamed(name, flags, io)
  const place = placeOf(profile)
  const { rollout, state } = rolloutOf(profile.object)
  const isFailed = state?.phase === 'Degraded'
  if (!rollout?.paused && !isFailed) {
    const atStep =
      state?.phase === 'Paused'
        ? `step ${(state.step ?? 0) + 1} pauses until ${commandFor('promote', profile)} --to-step N`
        : 'spec.rollout.paused is not set, and the rollout has not failed'
    throw new Failure(1, `${place} is not resumed: ${atStep}`)
  }
  if (rollout?.paused) warnOf(profile, io)
  const body: JsonObject = {
    ...(isFailed && { metadata: { annotations: { [resumedAt]: after(state?.since, profile.date) } } }),
    ...(rollout?.paused && { spec: { rollout: { paused: null } } }),
  }
  await write(profile, 'PATCH', body, { undone: `${place} is not resumed` })
  io.out(`${place} resumed\n`)
  return 0
}

/** By the clock of the API server, and in any case later than the failure: the leader may have another clock. */
function after(since: string | undefined, now: Date): string {
  const failedMs = Date.parse(since ?? '') || 0
  return new Date(Math.max(now.getTime(), failedMs + 1_000)).toISOString()
}
