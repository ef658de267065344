/**
 * An upper bound of the number of instructions that RE2 would compile a pattern to, from its source alone, so that a
 * repetition is refused before it is unrolled. 24 ranges of a character class count as one instruction, because `\pL`
 * has about 800. Linear in the source.
 * https://github.com/google/re2/wiki/Syntax
 */
export function patternSize(source: string): number {
  const frames: Frame[] = [{ before: start, last: 0 }]
  let frame = frames[0]!
  let folds = false
  let i = 0

  const atom = (size: number) => {
    frame.before += frame.last
    frame.last = size
  }
  const close = () => {
    const { before, last } = frames.pop()!
    frame = frames.at(-1)!
    atom(before + last + group)
  }

  while (i < source.length) {
    const repeated = repetition(source, i)
    if (repeated) {
      frame.last = repeated.size(frame.last)
      i = repeated.end
      continue
    }
    const character = source[i]
    if (character === '(') {
      const opened = opening(source, i)
      i = opened.end
      folds ||= opened.folds
      if (!opened.isGroup) continue
      frame = { before: 0, last: 0 }
      frames.push(frame)
    } else if (character === ')') {
      i++
      if (frames.length > 1) close()
    } else if (character === '|') {
      i++
      frame.before += frame.last + branch
      frame.last = 0
    } else if (character === '[') {
      const set = classAt(source, i, folds)
      i = set.end
      atom(1 + set.ranges / rangesAnInstruction)
    } else if (source.startsWith('\\Q', i)) {
      const end = source.indexOf('\\E', i + 2)
      const text = source.slice(i + 2, end < 0 ? source.length : end)
      i += text.length + (end < 0 ? 2 : 4)
      if (text !== '') {
        frame.before += frame.last + text.length - 1
        frame.last = 1
      }
    } else {
      const set = character === '\\' ? setAt(source, i, folds) : undefined
      i = set?.end ?? characterAt(source, i).end
      atom(1 + (set?.ranges ?? 0) / rangesAnInstruction)
    }
  }
  while (frames.length > 1) close()
  return Math.ceil(frame.before + frame.last)
}

interface Frame {
  /** The size of all atoms before the last one. A repetition multiplies only the last one. */
  before: number
  last: number
}

// The most that RE2 adds. To a program: a failure and a match. To a group: a capture, its end and an empty middle. To each
// "|": a choice and an empty branch.
const start = 3
const group = 3
const branch = 2
const rangesAnInstruction = 24

/** `*`, `+`, `?` and `{n,m}`, also the lazy ones; anything else in braces is text. */
function repetition(source: string, at: number): { end: number; size(one: number): number } | undefined {
  const lazy = (end: number) => (source[end] === '?' ? end + 1 : end)
  if ('*+?'.includes(source[at]!)) return { end: lazy(at + 1), size: one => one + 2 }
  counted.lastIndex = at
  const [text, min, comma, max] = counted.exec(source) ?? []
  if (text === undefined) return undefined
  const least = Number(min)
  const most = comma === undefined || max === '' ? least : Number(max)
  // One copy for each repetition; before an optional one a choice; a loop if there is no maximum.
  const size = (one: number) => Math.max(1, most) * one + Math.max(0, most - least) + 2
  return { end: lazy(at + text.length), size }
}
const counted = /\{(0|[1-9]\d*)(?:(,)(0|[1-9]\d*|))?\}/y

/** What begins at an opening parenthesis: a group, or flags for what follows. */
function opening(source: string, at: number): { end: number; isGroup: boolean; folds: boolean } {
  named.lastIndex = at
  const name = named.exec(source)
  if (name) return { end: at + name[0].length, isGroup: true, folds: false }
  flags.lastIndex = at
  const [text, letters = '', last] = flags.exec(source) ?? []
  if (text === undefined) return { end: at + 1, isGroup: true, folds: false }
  // A flag stays set until the pattern ends.
  return { end: at + text.length, isGroup: last === ':', folds: letters.includes('i') }
}
const named = /\(\?P?<[^>]*>/y
const flags = /\(\?([a-zA-Z-]*)([:)])/y

interface Ranges {
  readonly end: number
  readonly ranges: number
}

/** A character class, from its opening bracket. */
function classAt(source: string, at: number, folds: boolean): Ranges {
  let ranges = 0
  let i = source[at + 1] === '^' ? at + 2 : at + 1
  for (let isFirst = true; i < source.length && (isFirst || source[i] !== ']'); isFirst = false) {
    const set = posixAt(source, i, folds) ?? setAt(source, i, folds)
    if (set) {
      ranges += set.ranges
      i = set.end
      continue
    }
    const low = characterAt(source, i)
    i = low.end
    let high = low
    if (source[i] === '-' && i + 1 < source.length && source[i + 1] !== ']') {
      high = characterAt(source, i + 1)
      i = high.end
    }
    ranges += folds ? folded(low.code, high.code) : 1
  }
  return { end: i + 1, ranges }
}

/** With `(?i)` RE2 looks up each character of a range, up to the last one that has two cases. */
function folded(low: number, high: number): number {
  return 2 + 4 * Math.max(0, Math.min(high, lastWithCase) - Math.max(low, firstWithCase))
}
const firstWithCase = 0x41
const lastWithCase = 0x1e943

function posixAt(source: string, at: number, folds: boolean): Ranges | undefined {
  if (!source.startsWith('[:', at)) return undefined
  const end = source.indexOf(':]', at)
  return end < 0 ? undefined : { end: end + 2, ranges: ofAscii(folds) }
}

/** `\d`, `\pL` and their like, or undefined if only one character is escaped. */
function setAt(source: string, at: number, folds: boolean): Ranges | undefined {
  if (source[at] !== '\\') return undefined
  const letter = source[at + 1] ?? ''
  if (letter !== '' && 'dDsSwW'.includes(letter)) return { end: at + 2, ranges: ofAscii(folds) }
  if (letter !== 'p' && letter !== 'P') return undefined
  const ranges = folds ? 2 * ofUnicode : ofUnicode
  if (source[at + 2] !== '{') return { end: at + 2 + characterLength(source, at + 2), ranges }
  const end = source.indexOf('}', at)
  return { end: end < 0 ? source.length : end + 1, ranges }
}

function ofAscii(folds: boolean): number {
  return folds ? 128 : 8
}

// The most ranges of any category or script, with those of its other case.
const ofUnicode = 800

/** One character, escaped or not. RE2 refuses an invalid escape later. */
function characterAt(source: string, at: number): { readonly code: number; readonly end: number } {
  if (source[at] !== '\\') {
    return { code: source.codePointAt(at) ?? 0, end: at + characterLength(source, at) }
  }
  escaped.lastIndex = at
  const [text, long, short, octal] = escaped.exec(source) ?? []
  if (text === undefined)
    return { code: source.codePointAt(at + 1) ?? 0, end: at + 1 + characterLength(source, at + 1) }
  const code = octal === undefined ? Number.parseInt(long ?? short ?? '', 16) : Number.parseInt(octal, 8)
  return { code, end: at + text.length }
}
const escaped = /\\(?:x\{([0-9A-Fa-f]+)\}|x([0-9A-Fa-f]{2})|(0[0-7]{0,2}|[1-7][0-7]{1,2}))/y

function characterLength(source: string, at: number): number {
  return (source.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
}
