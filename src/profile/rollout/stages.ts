import { durationMs, type Rollout } from '../schema/rollout-schema.ts'

/** One share of the workloads, and what ends it. */
export interface Stage {
  /** From 0 to 100; absent if the selector of the canary decides. */
  readonly percent?: number
  readonly holdMs: number
  /** `promotion`: it lasts until it is promoted. `pause`: so does this one, in the phase `Paused`. `itself`: it ends by itself. */
  readonly endsBy: 'itself' | 'pause' | 'promotion'
}

/** The stages of a rollout, up to all workloads: its steps, or the canary. There is always one. */
export function stagesOf({ canary, steps = [] }: Rollout): readonly [Stage, ...Stage[]] {
  const all: Stage = { percent: 100, holdMs: 0, endsBy: 'itself' }
  if (canary && canary.percent !== 100) {
    const { percent } = canary
    return [{ ...(percent !== undefined && { percent }), holdMs: 0, endsBy: 'promotion' }, all]
  }
  const [first, ...others] = steps.map(
    ({ percent, hold, pause }): Stage => ({
      percent,
      holdMs: hold === undefined ? 0 : durationMs(hold),
      endsBy: pause ? 'pause' : 'itself',
    }),
  )
  if (!first) return [all]
  return [first, ...others, ...(steps.at(-1)?.percent === 100 ? [] : [all])]
}
