/** Numbers that depend on the seed alone, so that a run can be repeated. */
export interface Random {
  /** From 0 up to, but without, 1. */
  next(): number
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number
  /** A whole number from 1 to `most`, whose logarithm is spread evenly: large sizes come as often as small ones. */
  size(most: number): number
  pick<T>(items: readonly T[]): T
  /** True in this share of the cases. */
  chance(share: number): boolean
}

/** mulberry32: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1))
  return {
    next,
    between,
    size: most => Math.max(1, Math.round(Math.exp(next() * Math.log(most)))),
    pick: items => items[between(0, items.length - 1)] as (typeof items)[number],
    chance: share => next() < share,
  }
}
