import { type ExitCode, Failure, type Io } from '../io.ts'
import { describeManager, managerOf } from './gitops.ts'
import {
  type LiveProfile,
  liveProfileNamed,
  placeOf,
  type RolloutFlags,
  rolloutOf,
  write,
} from './live-profile.ts'

/** Sets `spec.rollout.paused`: no further Pod is updated, and no step ends. The canary keeps its share. */
export async function run(flags: RolloutFlags, io: Io, [name = '']: readonly string[]): Promise<ExitCode> {
  const profile = await liveProfileNamed(name, flags, io)
  const place = placeOf(profile)
  const { rollout } = rolloutOf(profile.object)
  if (!rollout)
    throw new Failure(
      1,
      `${place} is not paused: it has no spec.rollout, so nothing is rolled out step by step`,
    )
  if (rollout.paused) throw new Failure(1, `${place} is already paused`)
  warnOf(profile, io)
  await write(profile, { spec: { rollout: { paused: true } } }, `${place} is not paused`)
  io.out(`${place} paused\n`)
  return 0
}

/** A tool that applies the profile from its source may set the field back. */
export function warnOf({ object }: LiveProfile, io: Io): void {
  const manager = managerOf(object)
  if (manager)
    io.err(
      `${describeManager(manager)} manages the profile and may set spec.rollout.paused back: change it in its source, too\n`,
    )
}
