import { diffArrays } from 'diff'

/** Lines that others took the place of: in the old text from `old[0]` to before `old[1]`, and in the new. */
export interface Change {
  readonly old: readonly [number, number]
  readonly now: readonly [number, number]
}

/**
 * What differs between two texts, in their order. They are cut at lines that stand once in each, and
 * compared piece by piece, because a comparison takes time with the square of the changes: as in
 * https://bramcohen.livejournal.com/73318.html
 */
export function changesBetween(old: readonly string[], now: readonly string[]): readonly Change[] {
  const cuts = [...cutsOf(old, now), [old.length, now.length] as const]
  let [i, j] = [0, 0]
  return cuts.flatMap(([iEnd, jEnd]) => {
    const changes = compare(old.slice(i, iEnd), now.slice(j, jEnd), i, j)
    ;[i, j] = [iEnd, jEnd]
    return changes
  })
}

/** Changes of a piece that starts at line i of the old text and j of the new. */
function compare(old: readonly string[], now: readonly string[], i: number, j: number): readonly Change[] {
  const changes: Change[] = []
  const at: [number, number] = [i, j]
  let start: readonly [number, number] | undefined
  for (const { count, added, removed } of [...diffArrays([...old], [...now]), same]) {
    if (added || removed) start ??= [...at]
    else if (start) {
      changes.push({ old: [start[0], at[0]], now: [start[1], at[1]] })
      start = undefined
    }
    if (!added) at[0] += count
    if (!removed) at[1] += count
  }
  return changes
}

const same = { count: 0, added: false, removed: false }

/** The lines that stand once in both texts, as far as they come in the same order. */
function cutsOf(old: readonly string[], now: readonly string[]): readonly (readonly [number, number])[] {
  const places = placesOfUnique(now)
  const cuts: (readonly [number, number])[] = []
  let last = 0
  for (const [line, i] of placesOfUnique(old)) {
    const j = places.get(line)
    if (j === undefined || j <= last) continue
    cuts.push([i, j])
    last = j
  }
  return cuts
}

function placesOfUnique(lines: readonly string[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>()
  const repeated = new Set<string>()
  for (const [i, line] of lines.entries()) {
    if (places.has(line)) repeated.add(line)
    else places.set(line, i)
  }
  for (const line of repeated) places.delete(line)
  return places
}
