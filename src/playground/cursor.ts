import { inline } from '../manifest/yaml/style.ts'
import { firstOf, isMarker, lineAt, partsOf, pathAbove } from './block-lines.ts'
import { type FlowCursor, type FlowMap, flowAt } from './flow-cursor.ts'
import { lineStartAt } from './text-lines.ts'

/** Where a cursor stands in a text of YAML or JSON, which need not be complete. */
export interface Cursor extends Omit<FlowCursor, 'flow'> {
  /** Offsets of the document. */
  readonly document: { readonly from: number; readonly to: number }
  /** The map in braces, if the cursor is in one. */
  readonly flow?: FlowMap
}

/** Reads lines upwards from the cursor: a parser would give up on a text that is being written. */
export function cursorAt(text: string, offset: number): Cursor {
  const lineStart = lineStartAt(text, offset)
  const document = documentAround(text, lineStart)
  const flow = flowAt(text, document, offset)
  if (flow) return { ...flow, document }
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
    document,
  }
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

/** How a key is written at a cursor that is in no quotes. */
export function keyText({ flow }: Cursor, key: string): string {
  return flow?.isJson ? JSON.stringify(key) : key
}

/** How a text is written as a value at a cursor, so that it stays text. */
export function scalarText({ flow, isQuoted }: Cursor, value: string): string {
  if (isQuoted) return value
  if (!flow) return inline(value)
  return !flow.isJson && /^[\w./-]+$/.test(value) && inline(value) === value ? value : JSON.stringify(value)
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
