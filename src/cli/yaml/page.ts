import { isMap, isScalar, isSeq, type ParsedNode } from 'yaml'
import { byteOrderMark } from '../../profile/yaml/read.ts'
import { type Collection, type Item, isPair, type YamlPair } from './edits.ts'
import type { Style } from './style.ts'

/** A stretch of text and what takes its place. */
export interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

export function insertion(start: number, text: string): Splice {
  return { start, end: start, text }
}

/** A text whose last line is ended, and where its nodes stand. */
export class Page {
  readonly text: string
  readonly style: Style
  readonly #start: number

  constructor(text: string, style: Style) {
    this.text = text
    this.style = style
    this.#start = text.startsWith(byteOrderMark) ? 1 : 0
  }

  lineStart(offset: number): number {
    return Math.max(this.#start, this.text.lastIndexOf('\n', offset - 1) + 1)
  }

  /** The start of the line after the one that something ends on; a block scalar ends with its line. */
  nextLine(end: number): number {
    return this.text[end - 1] === '\n' ? end : this.text.indexOf('\n', end) + 1
  }

  /** The end of content without the line end that a block scalar has in its own. */
  beforeLineEnd(end: number): number {
    return this.text[end - 1] === '\n' ? end - this.style.newline.length : end
  }

  column(offset: number): number {
    return offset - this.lineStart(offset)
  }

  isFirstOnLine(offset: number): boolean {
    return /^[ \t]*$/.test(this.text.slice(this.lineStart(offset), offset))
  }

  /** Where a pair's key or an item's node starts; an item's dash comes before that. */
  start(item: Item): number {
    return nodeOf(item)?.range[0] ?? 0
  }

  /** Where the content of an item ends: before the comments and line ends that follow it. */
  end(item: Item): number {
    if (!isPair(item)) return this.#endOf(item as ParsedNode)
    return item.value && !isEmpty(item.value) ? this.#endOf(item.value) : this.afterColon(item)
  }

  #endOf(node: ParsedNode): number {
    if ((!isMap(node) && !isSeq(node)) || node.flow) return node.range[1]
    const last = (node as Collection).items.at(-1)
    return last === undefined ? node.range[1] : this.end(last)
  }

  afterColon({ key }: YamlPair): number {
    const colon = /[ \t]*:/y
    colon.lastIndex = key.range[1]
    return colon.test(this.text) ? colon.lastIndex : key.range[1]
  }

  /** Where the dash of each item of a block list stands. */
  dashes(node: Collection): readonly number[] {
    let end = node.range[0]
    return (node.items as readonly Item[]).map(item => {
      const next = behindComments(this.text, end)
      const found = this.text[next] === '-' ? next : this.start(item)
      end = Math.max(this.end(item), found + 1)
      return found
    })
  }
}

/** Where the white space and comments from an offset on end. */
function behindComments(text: string, offset: number): number {
  for (let i = offset; i < text.length; i++) {
    if (text[i] === '#') {
      const end = text.indexOf('\n', i)
      if (end < 0) break
      i = end
    } else if (!' \t\r\n'.includes(text[i]!)) return i
  }
  return text.length
}

export function isEmpty(node: ParsedNode): boolean {
  return isScalar(node) && node.range[0] === node.range[1]
}

function nodeOf(item: Item): ParsedNode | undefined {
  return isPair(item) ? item.key : (item as ParsedNode)
}
