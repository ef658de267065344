// The classes of characters of re2js, `\p{L}` and `\p{Greek}`, for the page: re2js has them as tables, 15 KB as gzip, and
// the browser has its own. They differ only in characters that one of both does not know yet. A test compares them.

/** Three numbers a range, as re2js has them: its first and its last character, and the step between its characters. */
export type Ranges = Uint32Array

/** The ranges of a class, by name; each is made when somebody asks for it. `sets` has what is not named as in JavaScript. */
export function classesOf(
  names: string,
  prefix: string,
  sets: Readonly<Record<string, string>> = {},
): Record<string, () => Ranges> {
  const entries = names.split(' ').map(name => [name, () => rangesOf(sets[name] ?? `\\p{${prefix}${name}}`)])
  return Object.fromEntries(entries)
}

/** The ranges of a set of characters in the syntax of JavaScript. */
export function rangesOf(set: string): Ranges {
  const ranges: number[] = []
  const runs = runsOf(set)
  for (let start = 0; start <= last; start += step) {
    const characters = charactersFrom(start)
    let [at, from] = [0, start]
    for (const { index, 0: run } of characters.matchAll(runs)) {
      // A character above U+FFFF is two units; no chunk has both kinds.
      const units = start > 0xffff ? 2 : 1
      from += (index - at) / units
      const to = from + run.length / units - 1
      if (ranges.at(-2) === from - 1) ranges[ranges.length - 2] = to
      else ranges.push(from, to, 1)
      at = index + run.length
      from = to + 1
    }
  }
  return new Uint32Array(ranges)
}

// All characters, once somebody asks for a class.
const chunks = new Map<number, string>()

function charactersFrom(start: number): string {
  const known = chunks.get(start)
  if (known !== undefined) return known
  const made = String.fromCodePoint(...Array.from({ length: step }, (_, i) => start + i))
  chunks.set(start, made)
  return made
}

/** A browser may not know a script that is new in Unicode: nothing is in it then. */
function runsOf(set: string): RegExp {
  try {
    return new RegExp(`[${set}]+`, 'gu')
  } catch {
    return /(?!)/g
  }
}

const last = 0x10ffff
// No chunk has high and low surrogates, which would be one character.
const step = 1024
