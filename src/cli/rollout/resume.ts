import type { JsonObject } from '../../json/json.ts'
import { resumeMark, rolloutAnnotation } from '../../profile/rollout/marks.ts'
import { type ExitCode, Failure, type Io } from '../io.ts'
import { commandFor, liveProfileNamed, placeOf, type RolloutFlags, rolloutOf, write } from './live-profile.ts'
import { warnOf } from './pause.ts'

/** Ends a pause of `spec.rollout.paused`, and starts a rollout again that has failed. */
export async function run(flags: RolloutFlags, io: Io, [name = '']: readonly string[]): Promise<ExitCode> {
  const profile = await liveProfileNamed(name, flags, io)
  const place = placeOf(profile)
  const { rollout, state } = rolloutOf(profile.object)
  const failed = state?.phase === 'Degraded' ? state : undefined
  if (!rollout?.paused && !failed) {
    const atStep =
      state?.phase === 'Paused'
        ? `step ${(state.step ?? 0) + 1} pauses until ${commandFor('promote', profile)} --to-step N`
        : 'spec.rollout.paused is not set, and the rollout has not failed'
    throw new Failure(1, `${place} is not resumed: ${atStep}`)
  }
  if (rollout?.paused) warnOf(profile, io)
  const body: JsonObject = {
    // By the clock of the API server: that of this machine may be wrong.
    ...(failed && {
      metadata: {
        annotations: { [rolloutAnnotation.resumedAt]: resumeMark(failed, profile.date.getTime()) },
      },
    }),
    ...(rollout?.paused && { spec: { rollout: { paused: null } } }),
  }
  await write(profile, body, `${place} is not resumed`)
  io.out(`${place} resumed\n`)
  return 0
}
