import type { Path } from '../problems/problem.ts'
import { firstOf, lineAt, partsOf, pathAbove } from './block-lines.ts'
import type { Span } from './protocol.ts'

/** A map in braces, as far as it is written. */
export interface FlowMap {
  /** Its other members. */
  readonly others: readonly { readonly key: string; readonly value: string }[]
  /** Whether keys are in double quotes, as in JSON. */
  readonly isJson: boolean
}

/** Where a cursor stands in a map or a list in braces. */
export interface FlowCursor {
  /** Path of the map that the cursor is in; each list has the index 0. */
  readonly path: Path
  /** Key at the cursor; what is typed so far if the cursor is in it. */
  readonly key: string
  /** Whether the cursor is behind the colon. */
  readonly isInValue: boolean
  /** Offset where the key or the value starts, without its quotes. */
  readonly start: number
  /** Offset of the end of the key, or of the value without its quotes and comment. */
  readonly end: number
  /** Whether a quote stands before the value, or in braces before the key. */
  readonly isQuoted: boolean
  readonly flow: FlowMap
}

/** Where a cursor stands within braces or brackets; undefined if it stands in none. */
export function flowAt(text: string, { from, to }: Span, offset: number): FlowCursor | undefined {
  for (let start = from; start <= offset && start < to; ) {
    const line = lineAt(text, start)
    const end = start + line.length
    const opener = openerIn(line)
    if (opener === undefined) {
      start = nextLine(text, isBlockScalar(line) ? endOfBlock(text, start, to) : end)
      continue
    }
    const scanned = scan(text, start + opener, to, offset)
    if (scanned.found) return cursorOf(text, start, opener, scanned.found)
    if (scanned.end > offset) return undefined
    start = nextLine(text, scanned.end)
  }
  return undefined
}

/** The members of a document that is one map in braces, as JSON is. */
export function membersOfRoot(text: string, { from, to }: Span): FlowMap['others'] {
  let start = from
  while (start < to && /\s/.test(text[start]!)) start++
  return text[start] === '{' ? scan(text, start, to, -1).members : []
}

function nextLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end + 1
}

/** The column at which a line opens a brace or a bracket as a value or an item. */
function openerIn(line: string): number | undefined {
  const { column, valueAt } = partsOf(line)
  const places = [column, ...(valueAt === undefined ? [] : [firstOf(line, valueAt)])]
  return places.find(place => line[place] === '{' || line[place] === '[')
}

function isBlockScalar(line: string): boolean {
  const { column, valueAt } = partsOf(line)
  const start = line[valueAt === undefined ? column : firstOf(line, valueAt)]
  return start === '|' || start === '>'
}

/** The end of the lines that are indented more than the line of a block scalar. */
function endOfBlock(text: string, start: number, to: number): number {
  const { dashes, column } = partsOf(lineAt(text, start))
  let end = start + lineAt(text, start).length
  for (let next = nextLine(text, end); next < to; next = nextLine(text, end)) {
    const line = lineAt(text, next)
    if (line.trim() !== '' && firstOf(line, 0) <= (dashes[0] ?? column)) break
    end = next + line.length
  }
  return end
}

interface Token extends Span {
  readonly text: string
  readonly isQuoted: boolean
}

interface Frame {
  readonly isMap: boolean
  readonly members: { readonly at: number; readonly key: string; readonly value: string }[]
  key?: Token | undefined
  value?: Token | undefined
  isInValue: boolean
}

interface Found {
  readonly frame: Frame
  readonly path: Path
  readonly token: Token
  readonly key: Token | undefined
  readonly isInValue: boolean
}

/** Reads from a brace or bracket to the one that closes it, or until the map of the cursor is closed. */
function scan(
  text: string,
  start: number,
  to: number,
  offset: number,
): { readonly end: number; readonly found?: Found; readonly members: Frame['members'] } {
  const frames: Frame[] = []
  let found: Found | undefined
  let root: Frame | undefined
  const find = (token: Token) => {
    const frame = frames.at(-1)
    if (found || !frame) return
    const above = frames.slice(0, -1).map(({ isMap, key }) => (isMap ? (key?.text ?? '') : 0))
    const { key, isInValue, isMap } = frame
    found = { frame, path: isMap ? above : [...above, 0], token, key, isInValue: isMap && isInValue }
  }
  let at = start
  while (at < to) {
    const character = text[at]!
    const frame = frames.at(-1)
    const isPlain = !punctuation.has(character)
    if (/\s/.test(character)) {
      at++
      continue
    }
    if (character === '#' && /\s/.test(text[at - 1] ?? '')) {
      at = lineEnd(text, at)
      if (at >= offset && !found && offset >= 0) return { end: at, members: [] }
      continue
    }
    if (offset < at || (offset === at && !isPlain)) {
      if (offset >= 0) find({ from: offset, to: offset, text: '', isQuoted: false })
    }
    if (character === '{' || character === '[') {
      const opened: Frame = { isMap: character === '{', members: [], isInValue: false }
      root ??= opened
      frames.push(opened)
      at++
    } else if (character === '}' || character === ']') {
      closeMember(frame)
      frames.pop()
      at++
      if (frames.length === 0 || found?.frame === frame) break
    } else if (character === ',') {
      closeMember(frame)
      at++
    } else if (character === ':' && frame?.isMap && !frame.isInValue) {
      frame.isInValue = true
      at++
    } else {
      const token = tokenAt(text, at, to)
      if (token.from <= offset && offset <= token.to) find(token)
      if (frame?.isMap && !frame.isInValue) frame.key = token
      else if (frame) frame.value = token
      at = token.to + (token.isQuoted ? 1 : 0)
    }
  }
  if (at >= to && offset >= at) find({ from: offset, to: offset, text: '', isQuoted: false })
  for (const frame of frames) closeMember(frame)
  return { end: at, ...(found && { found }), members: root?.members ?? [] }
}

const punctuation = new Set(['{', '}', '[', ']', ',', ':', '"', "'"])

function closeMember(frame: Frame | undefined): void {
  if (!frame) return
  const { key, value } = frame
  if (key) frame.members.push({ at: key.from, key: key.text, value: value?.text ?? '' })
  frame.key = undefined
  frame.value = undefined
  frame.isInValue = false
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

/** A text in quotes, without them; or a text that ends before what has a meaning in braces. */
function tokenAt(text: string, at: number, to: number): Token {
  const quote = text[at]
  if (quote === '"' || quote === "'") {
    let end = at + 1
    // A quote that is not closed ends with its line: somebody is writing it.
    while (end < to && text[end] !== quote && text[end] !== '\n')
      end += quote === '"' && text[end] === '\\' ? 2 : 1
    end = Math.min(end, to)
    return { from: at + 1, to: end, text: text.slice(at + 1, end), isQuoted: true }
  }
  let end = at + 1
  while (end < to && !isEnd(text, end)) end++
  const plain = text.slice(at, end).trimEnd()
  return { from: at, to: at + plain.length, text: plain, isQuoted: false }
}

function isEnd(text: string, at: number): boolean {
  const character = text[at]!
  if (character === ':') return /[\s,[\]{}]/.test(text[at + 1] ?? ' ')
  if (character === '#') return /\s/.test(text[at - 1]!)
  return /[,[\]{}\n]/.test(character)
}

function cursorOf(text: string, start: number, opener: number, found: Found): FlowCursor {
  const { frame, token, key, isInValue, path } = found
  const own = partsOf(lineAt(text, start))
  const base = pathAbove(text, start, own.dashes, own.column)
  const isValue = opener !== own.column
  const keyAt = isInValue ? key?.from : token.from
  return {
    path: [...base, ...(isValue ? [own.key] : []), ...path],
    key: isInValue ? (key?.text ?? '') : token.text,
    isInValue,
    start: token.from,
    end: token.to,
    isQuoted: token.isQuoted,
    flow: {
      others: frame.members.filter(({ at }) => at !== keyAt),
      // A map in which nothing is written yet is JSON if the document starts with a brace.
      isJson: frame.members.some(({ at }) => text[at - 1] === '"') || (base.length === 0 && !isValue),
    },
  }
}
