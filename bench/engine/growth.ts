import { type ReviewContext, review } from '../../src/admission/review.ts'
import type { Pod } from '../../src/engine/pod.ts'
import { reviewOf } from '../bodies/bodies.ts'
import { podOf } from '../bodies/pod.ts'
import { lineThrough } from '../samples/line.ts'
import { median } from '../samples/quantile.ts'
import { type Dimension, dimensions } from './dimensions.ts'
import { nameOf, withProfiles } from './profile.ts'
import { microseconds } from './sampling.ts'

/** How the time of one decision grows with one thing, all else being the same. */
export interface Growth {
  readonly of: string
  /** How many of them there were, ascending, and the microseconds of a decision. */
  readonly points: readonly { readonly count: number; readonly us: number }[]
  /** Of `us = fixed + factor × count ^ exponent`. */
  readonly exponent: number
}

/** In what the authors of Pods and of profiles size. */
export function growths(): readonly Growth[] {
  const one = withProfiles(1)
  const names = (count: number) => Array.from({ length: count }, (_, at) => nameOf(at))
  return [
    growth('app containers', [1, 2, 4, 8, 16, 32, 64, 125, 250], one, count =>
      podOf({ profiles: names(1), containers: count }),
    ),
    growth('variables of one container', [0, 156, 312, 625, 1_250, 2_500, 5_000], one, count =>
      podOf({ profiles: names(1), env: count }),
    ),
    growth('profiles', [1, 2, 4, 8, 16, 32, 64], withProfiles(64), count =>
      podOf({ profiles: names(count) }),
    ),
    ...dimensions().map(growthIn),
  ]
}

function growthIn({ of, counts, step }: Dimension): Growth {
  const samples = microseconds(Object.fromEntries(counts.map(count => [String(count), step(count)])), {
    rounds: 7,
  })
  const points = counts.map(count => ({ count, us: median(samples[String(count)] ?? []) }))
  return { of, points, exponent: exponentOf(points) }
}

function growth(
  of: string,
  counts: readonly number[],
  reviewing: ReviewContext,
  podWith: (count: number) => Pod,
): Growth {
  const steps = counts.map(count => {
    const body: unknown = JSON.parse(reviewOf(podWith(count)))
    const reviewed = review(body, reviewing)
    if (!('decision' in reviewed) || reviewed.decision.outcome !== 'injected')
      throw new Error(JSON.stringify(reviewed))
    return [String(count), () => review(body, reviewing)] as const
  })
  const samples = microseconds(Object.fromEntries(steps))
  const points = counts.map(count => ({ count, us: median(samples[String(count)] ?? []) }))
  return { of, points, exponent: exponentOf(points) }
}

/**
 * The slope of the straight line through the points in logarithms (least squares), after the time of the smallest
 * is taken from all: only from where the rest is at least as much, before which it is lost in the noise.
 */
export function exponentOf(points: Growth['points']): number {
  const [least = { count: 0, us: 0 }, ...others] = points
  const grown = others.map(({ count, us }) => ({ count: count - least.count, us: us - least.us }))
  const clear = grown.filter(({ us }) => us >= least.us)
  const logs = (clear.length < 3 ? grown.slice(-3) : clear).map(
    ({ count, us }) => [Math.log(count), Math.log(us)] as const,
  )
  return lineThrough(logs).slope
}
