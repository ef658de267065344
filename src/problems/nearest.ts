import { spend } from '../limits/budget.ts'
import { limits } from '../limits/limits.ts'
import type { Problem } from './problem.ts'
import { truncate } from './truncate.ts'

/**
 * The candidate that a user most likely meant by `name`, or undefined if none is close. A candidate is close if it is at
 * most a third of the letters of `name` away (at least one letter, at most six). A swap of neighbours counts as one edit.
 * The work is linear in the length of the candidates: at most `limits.distances` of them are compared letter by letter,
 * those with similar letters. The work is spent from the budget of the caller.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > maxLength) return undefined
  const wanted = name.toLowerCase()
  const letters = lettersOf(wanted)
  let best: string | undefined
  let bestDistance = Math.min(mostEdits, Math.max(1, Math.floor(name.length / 3))) + 1
  let compared = 0
  for (const candidate of candidates) {
    if (compared >= limits.distances || bestDistance === 0) break
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue
    spend(candidate.length / 4)
    const lower = candidate.toLowerCase()
    if (strangers(letters, lower, bestDistance) >= bestDistance) continue
    compared++
    spend(candidate.length * unitsALetter)
    const distance = editDistance(wanted, lower, bestDistance)
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best
}

/** `; did you mean "x"?`, or nothing: the end of a sentence about a wrong name. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  return hintTo(nearest(name, candidates))
}

/** The same, for a name that `nearest` has found. */
export function hintTo(meant: string | undefined): string {
  return meant === undefined ? '' : `; did you mean ${JSON.stringify(meant)}?`
}

/** A word for which there is a nearest one: a member of a problem. */
export function misspelt(word: string, meant: string | undefined): Pick<Problem, 'misspelt'> {
  return meant === undefined ? {} : { misspelt: { word, meant } }
}

/** Names as a message lists them: `a, b, c and 24 more`, at most `limits.namesInMessage` of them. */
export function listNames(names: readonly (string | number | boolean)[]): string {
  const shown = names.slice(0, limits.namesInMessage).map(name => shownName(String(name)))
  const rest = names.length - shown.length
  return `${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

/** A name in a manifest can be any text, also one with line breaks. */
function shownName(name: string): string {
  return truncate(name, maxLength).replaceAll(/\p{Cc}/gu, ' ')
}

// Longer than any name, so a longer text is not a misspelling of one.
const maxLength = 128

// Measured: 0.1 to 0.25 µs.
const unitsALetter = 4

// With more edits it is another name. This also bounds the width of the band that is compared.
const mostEdits = 6

function lettersOf(text: string): ReadonlyMap<string, number> {
  const letters = new Map<string, number>()
  for (let i = 0; i < text.length; i++) letters.set(text[i]!, (letters.get(text[i]!) ?? 0) + 1)
  return letters
}

/** How many letters of a text are not in `letters`, up to `bound`: the edit distance is at least that. */
function strangers(letters: ReadonlyMap<string, number>, text: string, bound: number): number {
  const used = new Map<string, number>()
  let count = 0
  for (let i = 0; i < text.length && count < bound; i++) {
    const letter = text[i]!
    const times = (used.get(letter) ?? 0) + 1
    used.set(letter, times)
    if (times > (letters.get(letter) ?? 0)) count++
  }
  return count
}

/**
 * The Damerau-Levenshtein distance, restricted to swaps of neighbours; `bound` when it is not less. Only a
 * band around the diagonal is computed, because cells further than `bound` from it are never less.
 */
function editDistance(a: string, b: string, bound: number): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row: number[] = Array(b.length + 1).fill(bound)
    row[0] = i
    let least = i
    for (let j = Math.max(1, i - bound); j <= Math.min(b.length, i + bound); j++) {
      const substitution = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      let edits = Math.min(last[j]! + 1, row[j - 1]! + 1, substitution)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) edits = Math.min(edits, beforeLast[j - 2]! + 1)
      row[j] = edits
      least = Math.min(least, edits)
    }
    // A swap needs the row before the last one.
    if (least > bound) return bound
    ;[beforeLast, last] = [last, row]
  }
  return Math.min(bound, last[b.length]!)
}
