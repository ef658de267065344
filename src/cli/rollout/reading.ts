import { counted } from '../../problems/counted.ts'
import { acceptedCondition } from '../../profile/accept/candidate.ts'
import { revision as revisionOfSpec } from '../../profile/revision.ts'
import { describePhase } from '../../profile/rollout/describe-rollout.ts'
import type { RolloutStatus } from '../../profile/rollout/rollout-status.ts'
import { stagesOf } from '../../profile/rollout/stages.ts'
import type { Rollout } from '../../profile/schema/rollout-schema.ts'
import type { ExitCode } from '../io.ts'
import { commandFor, generationOf, type LiveProfile, placeOf, rolloutOf } from './live-profile.ts'

/** What the stored profile says about its rollout. */
export interface Reading {
  readonly text: string
  /** The exit code, if the rollout is over: 0 when every Pod that can be updated is, 1 when it failed. Absent while it goes on. */
  readonly end?: ExitCode
  /** What a person can do. */
  readonly hint?: string
}

/** Reads how far a rollout is, in the words of `kubectl rollout status`. */
export function readingOf(profile: Pick<LiveProfile, 'kind' | 'name' | 'namespace' | 'object'>): Reading {
  const { object } = profile
  const place = placeOf(profile)
  const { spec, rollout, state } = rolloutOf(object)
  const waiting = (text: string, hint?: string): Reading => ({
    text: `Waiting for ${place} to be rolled out: ${text}`,
    ...(hint !== undefined && { hint }),
  })
  const accepted = acceptedCondition(object)
  if (!accepted) return waiting(`the leader has not looked at generation ${generationOf(object)} yet`)
  if (accepted['status'] !== 'True')
    return { text: `${place} is not accepted (${accepted['reason']}): ${accepted['message']}`, end: 1 }
  const revision = revisionOfSpec(spec)
  if (!rollout)
    return {
      text: `${place} has no spec.rollout: new Pods get revision ${revision}, and Pods that run keep what they have`,
      end: 0,
    }
  if (!state || (state.canary ?? state.stable) !== revision)
    return waiting(`the leader has not begun with revision ${revision} yet`)
  const said = state.message ?? describePhase(state, rollout)
  const howFar = progressOf(state)
  switch (state.phase) {
    case 'Completed':
      return {
        text: `${place} successfully rolled out: ${howFar}; ${said}`,
        end: 0,
        ...(state.needsRecreate && {
          hint: `${commandFor('plan', profile)} says which Pods somebody must recreate`,
        }),
      }
    case 'Degraded':
      return {
        text: `the rollout of ${place} failed: ${howFar}; ${said}`,
        end: 1,
        hint: `${commandFor('undo', profile)} goes back to revision ${state.stable}; ${commandFor('resume', profile)} tries again`,
      }
    default:
      return waiting(`${howFar}; ${said}`, hintWhile(profile, rollout, state))
  }
}

function progressOf({
  matched,
  updated = 0,
  ready = 0,
  needsRecreate = 0,
  failed = 0,
}: RolloutStatus): string {
  if (matched === undefined) return 'Pods are not counted yet'
  return [
    `${updated} of ${counted(matched, 'Pod')} updated, ${ready} ready`,
    ...(needsRecreate > 0 ? [`${needsRecreate} must be recreated`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ].join(', ')
}

/** What a person can do, if the rollout waits for that. */
function hintWhile(
  profile: Pick<LiveProfile, 'name' | 'namespace'>,
  rollout: Rollout,
  { phase, step = 0 }: RolloutStatus,
): string | undefined {
  if (rollout.paused) return `${commandFor('resume', profile)} goes on`
  const stages = stagesOf(rollout)
  if (phase !== 'Paused' && stages[step]?.endsBy !== 'promotion') return undefined
  const { steps = [] } = rollout
  const next = step + 2 <= steps.length ? ` --to-step ${step + 2}` : ''
  return `${commandFor('promote', profile)}${next} goes on`
}
