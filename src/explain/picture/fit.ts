import { oneLine } from '../../problems/one-line.ts'

/** Width of a character of the monospaced fonts, in ems: that of the widest of them. */
const em = 0.61

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
export function fitted(text: string, fontSize: number, maxWidth: number): Fitted {
  const most = Math.max(1, Math.floor(maxWidth / (fontSize * em) + 0.01))
  // A whole text may have megabytes. No more than this is looked at.
  const start = text.slice(0, 4_096)
  const characters = Array.from(oneLine(start.toWellFormed()))
  const cells = characters.map(cellsOf)
  const sum = cells.reduce((a, b) => a + b, 0)
  if (sum <= most && start.length === text.length) return shown(characters.join(''), sum)
  const tail = Math.floor((most - 1) / 3)
  const head = take(characters, cells, most - 1 - tail)
  const end = take(characters.toReversed(), cells.toReversed(), start.length === text.length ? tail : 0)
  const cut = `${head.text}…${Array.from(end.text).reverse().join('')}`
  const full = start.length < text.length ? `${characters.join('')}…` : characters.join('')
  return { ...shown(cut, head.cells + 1 + end.cells), full }

  function shown(what: string, width: number): Fitted {
    return { text: what, width: width * fontSize * em, isForced: !/^[\x20-\x7e…≈·]*$/.test(what) }
  }
}

function take(characters: readonly string[], cells: readonly number[], most: number) {
  let [text, used] = ['', 0]
  for (const [i, character] of characters.entries()) {
    if (used + cells[i]! > most) break
    text += character
    used += cells[i]!
  }
  return { text, cells: used }
}

/** Two for the characters that are as wide as they are high, among them those of Chinese, Japanese and Korean. */
function cellsOf(character: string): number {
  return (character.codePointAt(0) ?? 0) >= 0x1100 ? (character === '…' || character === '≈' ? 1 : 2) : 1
}
