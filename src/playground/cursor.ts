import type { Path } from '../problems/problem.ts'
import { lineStartAt } from './text-lines.ts'

/** Where a cursor stands in a text of block YAML, which need not be complete. */
export interface Cursor {
  /** Path of the map that the line of the cursor belongs to; each list has the index 0. */
  readonly path: Path
  /** Key on the line; what is typed so far if the cursor is in it. */
  readonly key: string
  /** Whether the cursor is behind the colon. */
  readonly isInValue: boolean
  /** Offset where the key or the value starts, without its quotes. */
  readonly start: number
  /** Offset of the end of the key, or of the value without its quotes and comment. */
  readonly end: number
  /** Whether a quote stands before the value. */
  readonly isQuoted: boolean
  /** Offsets of the document. */
  readonly document: { readonly from: number; readonly to: number }
}

/** Reads lines upwards from the cursor: a parser would give up on a text that is being written. */
export function cursorAt(text: string, offset: number): Cursor {
  const lineStart = lineStartAt(text, offset)
  const line = lineAt(text, lineStart)
  const own = partsOf(line)
  const column = offset - lineStart
  const isBlank = line.trim() === ''
  const content = isBlank ? column : own.column
  const hasColon = own.valueAt !== undefined
  const isInValue = hasColon && column >= own.valueAt!
  const valueStart = hasColon ? firstOf(line, own.valueAt!) : own.column
  const { from, end, isQuoted } = bare(line, isInValue ? valueStart : content)
  return {
    path: pathAbove(text, lineStart, own.dashes, content),
    key: own.key,
    isInValue,
    start: lineStart + Math.min(from, isInValue ? column : from),
    end: lineStart + (isInValue ? end : hasColon ? own.keyEnd : end),
    isQuoted,
    document: documentAround(text, lineStart),
  }
}

interface Parts {
  /** Columns of the dashes before the content. */
  readonly dashes: readonly number[]
  readonly column: number
  readonly key: string
  readonly keyEnd: number
  /** Column behind the colon; undefined if the line has no colon. */
  readonly valueAt?: number
}

function lineAt(text: string, start: number): string {
  const end = text.indexOf('\n', start)
  const line = text.slice(start, end < 0 ? undefined : end)
  return line.endsWith('\r') ? line.slice(0, -1) : line
}

function partsOf(line: string): Parts {
  const dashes: number[] = []
  let column = firstOf(line, 0)
  while (line[column] === '-' && (line[column + 1] === ' ' || column + 1 === line.length)) {
    dashes.push(column)
    column = firstOf(line, column + 1)
  }
  const quote = line[column] === '"' || line[column] === "'" ? line[column]! : ''
  const closing = quote === '' ? column : line.indexOf(quote, column + 1) + 1
  const colon = closing > 0 || quote === '' ? colonIn(line, closing) : -1
  if (colon < 0) {
    const rest = line.slice(column)
    return { dashes, column, key: unquoted(rest), keyEnd: column + rest.trimEnd().length }
  }
  return { dashes, column, key: unquoted(line.slice(column, colon)), keyEnd: colon, valueAt: colon + 1 }
}

/** A colon that ends a key: a space or the end of the line follows. */
function colonIn(line: string, from: number): number {
  for (let at = line.indexOf(':', from); at >= 0; at = line.indexOf(':', at + 1))
    if (at + 1 === line.length || line[at + 1] === ' ') return at
  return -1
}

function firstOf(line: string, from: number): number {
  let at = from
  while (line[at] === ' ') at++
  return at
}

function unquoted(text: string): string {
  return text.trim().replace(/^["']/, '').replace(/["']$/, '')
}

/** A text on a line from a column: without its quotes, and without the comment behind it. */
function bare(
  line: string,
  column: number,
): { readonly from: number; readonly end: number; readonly isQuoted: boolean } {
  const quote = line[column]
  if (quote === '"' || quote === "'") {
    const closing = line.indexOf(quote, column + 1)
    return { from: column + 1, end: closing < 0 ? line.length : closing, isQuoted: true }
  }
  const comment = line.indexOf(' #', column)
  const end = (comment < 0 ? line : line.slice(0, comment)).trimEnd().length
  return { from: column, end: Math.max(column, end), isQuoted: false }
}

/** The keys and items above a line whose content starts at a column. */
function pathAbove(text: string, lineStart: number, dashes: readonly number[], content: number): Path {
  const path: (string | number)[] = dashes.map(() => 0)
  let column = dashes[0] ?? content
  let isItem = dashes.length > 0
  for (let start = lineStart; start > 0 && column >= 0; ) {
    start = lineStartAt(text, start - 1)
    const line = lineAt(text, start)
    if (isMarker(line)) break
    const own = partsOf(line)
    if (line.trim() === '' || line[own.column] === '#') continue
    if (own.column === column && own.dashes.length > 0 && !isItem) {
      path.unshift(...own.dashes.map(() => 0))
      column = own.dashes[0]!
      isItem = true
    } else if (
      own.valueAt !== undefined &&
      (own.column < column || (isItem && own.column === column && own.dashes.length === 0))
    ) {
      path.unshift(...own.dashes.map(() => 0), own.key)
      column = own.dashes[0] ?? own.column
      isItem = own.dashes.length > 0
    }
    if (column === 0 && !isItem) break
  }
  return path
}

function isMarker(line: string): boolean {
  return line === '---' || line.startsWith('--- ') || line === '...'
}

function documentAround(text: string, lineStart: number): { readonly from: number; readonly to: number } {
  let from = lineStart
  while (from > 0) {
    const start = lineStartAt(text, from - 1)
    if (isMarker(lineAt(text, start))) break
    from = start
  }
  const next = text.indexOf('\n---', lineStart)
  return { from, to: next < 0 ? text.length : next + 1 }
}

/** The keys of a map in a document, by its path without lists. */
export function keysAt(document: string, path: readonly string[]): readonly string[] {
  const lines = document.split('\n').map(line => (line.endsWith('\r') ? line.slice(0, -1) : line))
  let [first, column] = [0, 0]
  for (const step of path) {
    const at = lines.findIndex((line, i) => i >= first && isKeyAt(line, column, step))
    if (at < 0) return []
    first = at + 1
    const next = lines.slice(first).find(isContent)
    const deeper = next === undefined ? 0 : partsOf(next).column
    if (deeper <= column) return []
    column = deeper
  }
  const keys: string[] = []
  for (const line of lines.slice(first)) {
    if (!isContent(line)) continue
    const own = partsOf(line)
    if (own.column < column) break
    if (own.column === column && own.valueAt !== undefined && own.dashes.length === 0) keys.push(own.key)
  }
  return keys
}

function isContent(line: string): boolean {
  const at = firstOf(line, 0)
  return at < line.length && line[at] !== '#'
}

function isKeyAt(line: string, column: number, key: string): boolean {
  const own = partsOf(line)
  return own.column === column && own.key === key && own.valueAt !== undefined
}
