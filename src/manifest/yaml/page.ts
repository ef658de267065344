import { isMap, isScalar, isSeq, type ParsedNode } from 'yaml'
import { byteOrderMark } from '../../profile/yaml/read.ts'
import { type Collection, type Item, isPair, type YamlPair } from './edits.ts'
import type { Style } from './style.ts'

/** A range of a text, and its replacement. */
export interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

export function insertion(start: number, text: string): Splice {
  return { start, end: start, text }
}

/** A text whose last line has a line break, and the positions of its nodes. */
export class Page {
  readonly text: string
  readonly style: Style
  readonly #start: number
  /** The line of the last question, without its line break. */
  #line = { from: 0, to: -1 }

  constructor(text: string, style: Style) {
    this.text = text
    this.style = style
    this.#start = text.startsWith(byteOrderMark) ? 1 : 0
  }

  lineStart(offset: number): number {
    const { from, to } = this.#line
    // A manifest can be a single line of megabytes, with a question for each item.
    if (from <= offset && offset <= to) return from
    const start = Math.max(this.#start, this.text.lastIndexOf('\n', offset - 1) + 1)
    const end = this.text.indexOf('\n', offset)
    this.#line = { from: start, to: end < 0 ? this.text.length : end }
    return start
  }

  /** The start of the line after the end of a node; a block scalar includes its last line break. */
  nextLine(end: number): number {
    return this.text[end - 1] === '\n' ? end : this.text.indexOf('\n', end) + 1
  }

  /** The end of a node, without the line break at the end of a block scalar. */
  beforeLineEnd(end: number): number {
    return this.text[end - 1] === '\n' ? end - this.style.newline.length : end
  }

  column(offset: number): number {
    return offset - this.lineStart(offset)
  }

  isFirstOnLine(offset: number): boolean {
    return /^[ \t]*$/.test(this.text.slice(this.lineStart(offset), offset))
  }

  /** The start of a pair's key or of an item's node; the dash of an item is before it. */
  start(item: Item): number {
    return nodeOf(item)?.range[0] ?? 0
  }

  /** The end of an item's content, before comments and line breaks. */
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

  /** The positions of the dashes of a block list. */
  dashes(node: Collection): readonly number[] {
    let end = node.range[0]
    return (node.items as readonly Item[]).map(item => {
      const next = afterComments(this.text, end)
      const found = this.text[next] === '-' ? next : this.start(item)
      end = Math.max(this.end(item), found + 1)
      return found
    })
  }
}

/** The end of the white space and comments that start at an offset. */
function afterComments(text: string, offset: number): number {
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
