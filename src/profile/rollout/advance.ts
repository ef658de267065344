import { limits } from '../../limits/limits.ts'
import { truncate } from '../../problems/truncate.ts'
import type { Rollout } from '../schema/rollout-schema.ts'
import { describePhase, describeResume, describeRevert, describeUpdatesOff } from './describe-rollout.ts'
import { type Finding, isAbout } from './finding.ts'
import { type Marks, promotionIn, resumptionIn, skewMs, textOf, timeOf } from './marks.ts'
import type { RolloutStatus } from './rollout-status.ts'
import { type Stage, stagesOf } from './stages.ts'

/** All that the next status of a rollout depends on. */
export interface RolloutFacts {
  /** `status.rollout` as it is stored. */
  readonly stored?: RolloutStatus | undefined
  /** `spec.rollout`; undefined if the spec has none. */
  readonly rollout?: Rollout | undefined
  /** Revision of the spec; undefined while the spec is not accepted. */
  readonly accepted?: string | undefined
  /** The last accepted revision in the status. */
  readonly lastAccepted?: string | undefined
  readonly marks: Marks
  /** What the last look at the Pods found. */
  readonly found?: Finding | undefined
  /** Whether Pillion updates Pods that run. Then no step ends before its Pods are updated and ready. */
  readonly updates: boolean
  /** Whether a revision is kept. */
  readonly isKept?: (revision: string) => boolean
  /** In milliseconds since 1970. */
  readonly now: number
}

/**
 * The next `status.rollout`; undefined if there must be none. One call makes one transition at most, and each must be stored
 * before the next call: every replica then sees each step, and another leader goes on where this one stopped.
 */
export function advance(facts: RolloutFacts): RolloutStatus | undefined {
  const { stored, rollout, accepted, lastAccepted } = facts
  // Until a spec is accepted, Pods get what they got before. Only a failure counts.
  if (accepted === undefined) return stored && (failed(stored, rollout ?? {}, facts) ?? stored)
  if (!rollout) return undefined
  if (!stored)
    return lastAccepted === undefined || lastAccepted === accepted
      ? completed(accepted, rollout, facts)
      : begun(lastAccepted, accepted, rollout, facts)
  const { stable, canary } = stored
  if (accepted === stable && canary !== undefined) return completed(stable, rollout, facts)
  if (accepted !== (canary ?? stable)) return begun(stable, accepted, rollout, facts)
  const next =
    failed(stored, rollout, facts) ??
    (stored.phase === 'Degraded' ? resumed(stored, rollout, facts) : onward(stored, rollout, facts))
  return next ?? counted(atMostNow(stored, facts), rollout, facts)
}

/** When the hold of the current step ends, in milliseconds since 1970; undefined if no step of this phase ends by time. */
export function holdEnds(stored: RolloutStatus, rollout: Rollout): number | undefined {
  const holdMs = stagesOf(rollout)[stored.step ?? 0]?.holdMs ?? 0
  return stored.phase === 'Progressing' && holdMs > 0 ? (timeOf(stored.since) ?? 0) + holdMs : undefined
}

function begun(stable: string, canary: string, rollout: Rollout, facts: RolloutFacts): RolloutStatus {
  const [first, ...others] = stagesOf(rollout)
  const start = { phase: 'Paused', stable, canary, percent: 0, step: 0, since: textOf(facts.now) } as const
  if (rollout.paused) return withMessage(start, rollout, facts)
  if (others.length === 0 && !isUpdating(rollout, facts) && first.endsBy === 'itself' && first.holdMs === 0)
    return completed(canary, rollout, facts)
  return at(start, 0, first, rollout, facts)
}

/** The next phase or step of a rollout that has not failed; undefined if nothing changes. */
function onward(stored: RolloutStatus, rollout: Rollout, facts: RolloutFacts): RolloutStatus | undefined {
  const { phase, canary } = stored
  if (canary === undefined) return undefined
  if (rollout.paused)
    return phase === 'Paused' ? undefined : moved(stored, { phase: 'Paused' }, rollout, facts)
  const stages = stagesOf(rollout)
  const last = stages.length - 1
  const { past } = promotion(stored, stages, facts)
  const known = stepIn(stored, rollout, last)
  const step = past === 'all' ? last : Math.max(known, Math.min((past ?? -1) + 1, last))
  const stage = stages[step] as Stage
  // Promoted, edited, or held at nobody by a pause from the beginning.
  if (step !== stored.step || stage.percent !== stored.percent) return at(stored, step, stage, rollout, facts)
  const isPromoted = past === 'all' || (past !== undefined && past >= step)
  const isWaiting = !isPromoted && stage.endsBy !== 'itself'
  if (phase === 'Paused')
    return isWaiting && stage.endsBy === 'pause' ? undefined : at(stored, step, stage, rollout, facts)
  if (!isSettled(stored, facts) || (!isPromoted && !isHeld(stored, stage, facts))) return undefined
  if (isWaiting)
    return stage.endsBy === 'pause' ? moved(stored, { phase: 'Paused' }, rollout, facts) : undefined
  return step < last
    ? at(stored, step + 1, stages[step + 1] as Stage, rollout, facts)
    : completed(canary, rollout, facts)
}

/** The index of the stored step among the stages of the spec, which somebody may have edited meanwhile. */
function stepIn({ step = 0, percent }: RolloutStatus, { canary }: Rollout, last: number): number {
  // After steps that replaced it, a canary begins at its own share, unless all workloads have the revision already.
  if (canary) return percent === 100 && step > 0 ? last : 0
  return Math.min(step, last)
}

function isSettled(stored: RolloutStatus, facts: RolloutFacts): boolean {
  const { found, updates } = facts
  if (!updates) return true
  return found !== undefined && isAbout(found, stored) && found.isSettled && found.failed === 0
}

function isHeld({ since }: RolloutStatus, { holdMs }: Stage, { now }: RolloutFacts): boolean {
  return now - (timeOf(since) ?? 0) >= holdMs
}

function isUpdating({ update = 'OnCreate' }: Rollout, { updates }: RolloutFacts): boolean {
  return updates && update !== 'OnCreate'
}

/** The failed rollout, if a look at the Pods found a failure; undefined otherwise. */
function failed(stored: RolloutStatus, rollout: Rollout, facts: RolloutFacts): RolloutStatus | undefined {
  const { found, marks, now } = facts
  if (stored.phase === 'Degraded' || !found?.failure || !isAbout(found, stored)) return undefined
  const { namespace, name, reason, message } = found.failure
  const why = `Pod ${namespace}/${name}: ${reason}: ${message}; ${describeRevert(stored, rollout)}. ${describeResume}`
  // Not before a resumption that was marked already, which must not count for this failure.
  const since = textOf(Math.max(now, resumptionIn(marks, now).at ?? 0))
  const next = { ...stored, ...countsIn(found), phase: 'Degraded', since } as const
  return { ...next, message: truncate(why, limits.messageLength) }
}

function resumed(stored: RolloutStatus, rollout: Rollout, facts: RolloutFacts): RolloutStatus | undefined {
  const { at: resumedAt } = resumptionIn(facts.marks, facts.now)
  if (resumedAt === undefined || resumedAt <= (timeOf(stored.since) ?? 0)) return undefined
  const phase = stored.canary === undefined ? 'Completed' : 'Progressing'
  return moved(stored, { phase }, rollout, facts)
}

function completed(stable: string, rollout: Rollout, facts: RolloutFacts): RolloutStatus {
  const { stored, found } = facts
  const isOf = stored && (stored.canary ?? stored.stable) === stable
  // The look that ends the rollout counts one Pod more than the stored one.
  const counts = !isOf ? {} : found && isAbout(found, stored) ? countsIn(found) : countsOf(stored)
  return withMessage({ phase: 'Completed', stable, ...counts, since: textOf(facts.now) }, rollout, facts)
}

function at(from: RolloutStatus, step: number, { percent }: Stage, rollout: Rollout, facts: RolloutFacts) {
  const { percent: _, ...rest } = from
  const share = percent !== undefined && { percent }
  return moved({ ...rest, ...share }, { phase: 'Progressing', step }, rollout, facts)
}

function moved(
  from: RolloutStatus,
  to: Pick<RolloutStatus, 'phase' | 'step'>,
  rollout: Rollout,
  facts: RolloutFacts,
): RolloutStatus {
  return withMessage({ ...from, ...to, since: textOf(facts.now) }, rollout, facts)
}

/** A step that began in the future was written by a clock that was wrong: it begins now. */
function atMostNow(stored: RolloutStatus, { now }: RolloutFacts): RolloutStatus {
  return (timeOf(stored.since) ?? 0) > now + skewMs ? { ...stored, since: textOf(now) } : stored
}

/** The same step with the numbers of the last look. */
function counted(stored: RolloutStatus, rollout: Rollout, facts: RolloutFacts): RolloutStatus {
  const { found } = facts
  const counts = found && isAbout(found, stored) ? countsIn(found) : {}
  return withMessage({ ...stored, ...counts }, rollout, facts)
}

function countsIn({ matched, updated, ready, outdated, needsRecreate, failed }: Finding) {
  return { matched, updated, ready, outdated, needsRecreate, failed, progress: `${updated}/${matched}` }
}

function countsOf(status: RolloutStatus): Partial<RolloutStatus> {
  const { matched, updated, ready, outdated, needsRecreate, failed, progress } = status
  const counts = { matched, updated, ready, outdated, needsRecreate, failed, progress }
  return Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== undefined))
}

function promotion(
  status: RolloutStatus,
  stages: readonly Stage[],
  { isKept = () => false, marks }: RolloutFacts,
) {
  return promotionIn(marks, status, { last: stages.length - 1, isKept })
}

/** The same status with its message: what happens, then what is wrong with the annotations and the settings. */
function withMessage(status: RolloutStatus, rollout: Rollout, facts: RolloutFacts): RolloutStatus {
  // The failed Pod was put back since: only the message still says why.
  const isKnown = status.phase === 'Degraded' && status.message !== undefined
  const base = isKnown ? status.message?.split(noteMark)[0] : describePhase(status, rollout)
  const { found, marks, now } = facts
  const notes = [
    found && isAbout(found, status) ? found.waiting : undefined,
    promotion(status, stagesOf(rollout), facts).problem,
    resumptionIn(marks, now).problem,
    rollout.update !== undefined && rollout.update !== 'OnCreate' && !facts.updates
      ? describeUpdatesOff(rollout.update)
      : undefined,
  ].filter(note => note !== undefined)
  const message = truncate([base, ...notes].join(noteMark), limits.messageLength)
  return { ...status, message }
}

const noteMark = '. Note: '
