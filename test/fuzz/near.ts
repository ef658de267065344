import { type Limit, limits } from '../../src/limits/limits.ts'
import type { Random } from './random.ts'

/** A size just below, at, or just above a limit, or somewhere below it. */
export function near(random: Random, limit: Limit): number {
  const most = limits[limit]
  return random.chance(0.04)
    ? most + 1
    : random.pick([most - 1, most, most, Math.ceil(most / 2), random.size(most)])
}

/** As many as that, made one by one. */
export const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i))

/** A piece again and again; not at all when the count is below one. */
export const long = (piece: string, count: number): string => piece.repeat(Math.max(0, count))
