import type { Path } from '../problems/problem.ts'
import { lineStartAt } from './text-lines.ts'

/** What a line of block YAML has before its value. */
export interface Parts {
  /** Columns of the dashes before the content. */
  readonly dashes: readonly number[]
  readonly column: number
  readonly key: string
  readonly keyEnd: number
  /** Column behind the colon; undefined if the line has no colon. */
  readonly valueAt?: number
}

export function lineAt(text: string, start: number): string {
  const end = text.indexOf('\n', start)
  const line = text.slice(start, end < 0 ? undefined : end)
  return line.endsWith('\r') ? line.slice(0, -1) : line
}

export function partsOf(line: string): Parts {
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

export function firstOf(line: string, from: number): number {
  let at = from
  while (line[at] === ' ') at++
  return at
}

function unquoted(text: string): string {
  return text.trim().replace(/^["']/, '').replace(/["']$/, '')
}

/** The keys and items above a line whose content starts at a column. */
export function pathAbove(text: string, lineStart: number, dashes: readonly number[], content: number): Path {
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

export function isMarker(line: string): boolean {
  return line === '---' || line.startsWith('--- ') || line === '...'
}
