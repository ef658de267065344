import { rolloutAnnotation } from '../../profile/rollout/marks.ts'
import { type ExitCode, Failure, type Io } from '../io.ts'
import { commandFor, liveProfileNamed, placeOf, type RolloutFlags, rolloutOf, write } from './live-profile.ts'

interface PromoteFlags extends RolloutFlags {
  /** From 1. */
  readonly toStep?: number
}

/** Gives the canary's revision to all workloads, or goes on to a step. */
export async function run(flags: PromoteFlags, io: Io, [name = '']: readonly string[]): Promise<ExitCode> {
  const profile = await liveProfileNamed(name, flags, io)
  const { rollout, state } = rolloutOf(profile.object)
  const place = placeOf(profile)
  const undone = `${place} is not promoted`
  const fail = (why: string): never => {
    throw new Failure(1, `${undone}: ${why}`)
  }
  if (!rollout || !state?.canary || state.phase === 'Completed')
    return fail('no revision is being rolled out')
  if (state.phase === 'Degraded')
    return fail(
      `revision ${state.canary} failed; ${commandFor('resume', profile)} tries again, ${commandFor('undo', profile)} goes back`,
    )
  const { canary: revision, step = 0 } = state
  const { toStep } = flags
  const { steps = [] } = rollout
  if (toStep !== undefined) {
    const allowed = steps.length > step + 1 ? `from ${step + 2} to ${steps.length}` : undefined
    if (allowed === undefined)
      return fail('no step follows; without --to-step, all workloads get the revision')
    if (toStep <= step + 1 || toStep > steps.length)
      return fail(
        `step ${toStep} is not allowed: the rollout is at step ${step + 1}, so --to-step is ${allowed}`,
      )
  }
  // The annotation names the last step that is over, by its index.
  const value = toStep === undefined ? revision : `${revision}/${toStep - 2}`
  await write(profile, { metadata: { annotations: { [rolloutAnnotation.promote]: value } } }, undone)
  io.out(
    toStep === undefined
      ? `${place} promoted: all workloads get revision ${revision}\n`
      : `${place} promoted to step ${toStep}: ${steps[toStep - 1]?.percent} % of the workloads get revision ${revision}\n`,
  )
  if (rollout.paused)
    io.err(`spec.rollout.paused is true: nothing goes on before ${commandFor('resume', profile)}\n`)
  return 0
}
