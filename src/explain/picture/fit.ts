import { oneLine } from '../../problems/one-line.ts'

/** The fonts of a picture, by the style of a text. The reader's program chooses them, so widths are those of the widest usual ones. */
export const fonts = {
  title: { size: 16, face: 'mono' },
  name: { size: 14, face: 'mono' },
  row: { size: 12, face: 'mono' },
  image: { size: 11.5, face: 'mono' },
  kind: { size: 13, face: 'sans' },
  section: { size: 11.5, face: 'bold' },
  note: { size: 11.5, face: 'sans' },
  'badge-text': { size: 11.5, face: 'bold' },
  step: { size: 10.5, face: 'bold' },
} as const satisfies Readonly<Record<string, { readonly size: number; readonly face: Face }>>

export type Font = keyof typeof fonts
type Face = 'mono' | 'sans' | 'bold'

/** Width of a usual character, in ems. */
const em: Readonly<Record<Face, number>> = { mono: 0.61, sans: 0.61, bold: 0.68 }

/** A text that fits into a width in pixels. */
export interface Fitted {
  readonly text: string
  /** At most the width that it had to fit. */
  readonly width: number
  /** The whole text, if only a part is shown. */
  readonly full?: string
  /** The fonts may not have these characters, so the width must be enforced. */
  readonly isForced: boolean
}

/**
 * A text on one line that fits into a width. The middle of a longer one is left out: both ends of an image or a path
 * tell what it is.
 */
export function fitted(text: string, font: Font, maxWidth = Number.POSITIVE_INFINITY): Fitted {
  const { size, face } = fonts[font]
  const unit = size * em[face]
  const most = Math.max(1, maxWidth / unit + 0.001)
  // A whole text may have megabytes. No more than this is looked at.
  const start = text.slice(0, longest)
  const isWhole = start.length === text.length
  const characters = Array.from(oneLine(start.toWellFormed()))
  const cells = characters.map(character => cellsOf(character, face))
  const sum = cells.reduce((a, b) => a + b, 0)
  if (sum <= most && isWhole) return shown(characters.join(''), sum)
  const room = most - cellsOf('…', face)
  const tail = isWhole ? take(characters.toReversed(), cells.toReversed(), room / 3) : { text: '', cells: 0 }
  const head = take(characters, cells, room - tail.cells)
  const cut = `${head.text}…${Array.from(tail.text).reverse().join('')}`
  const full = `${characters.join('')}${isWhole ? '' : '…'}`
  return { ...shown(cut, head.cells + cellsOf('…', face) + tail.cells), full }

  function shown(what: string, width: number): Fitted {
    return { text: what, width: width * unit, isForced: !/^[\x20-\x7e…≈·]*$/.test(what) }
  }
}

const longest = 1_024

function take(characters: readonly string[], cells: readonly number[], most: number) {
  let [text, used] = ['', 0]
  for (const [i, character] of characters.entries()) {
    if (used + cells[i]! > most) break
    text += character
    used += cells[i]!
  }
  return { text, cells: used }
}

/** The width of a character, in those of a usual one. */
function cellsOf(character: string, face: Face): number {
  if (character === '…' || character === '≈') return face === 'mono' ? 1 : 1.6
  // Chinese, Japanese, Korean and symbols are as wide as they are high.
  if ((character.codePointAt(0) ?? 0) >= 0x1100) return 2
  if (face === 'mono') return 1
  if (/[mwMW@%+=<>~^&#]/.test(character)) return 1.6
  if (/[A-Z_]/.test(character)) return 1.3
  return /[ijlI.,:;|'!()[\] -]/.test(character) ? 0.66 : 1.02
}
