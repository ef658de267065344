import { isMap, type ParsedNode } from 'yaml'
import type { Json } from '../../json/json.ts'
import { type Collection, type Fresh, type Item, isFresh, keptIn } from './edits.ts'
import { insertion, isEmpty, type Page, type Splice } from './page.ts'

/** The splices that insert new items into `{ }` or `[ ]`, written as JSON, and remove others. */
export function spliceFlow(node: Collection, now: readonly Item[], page: Page): readonly Splice[] {
  const items: readonly Item[] = node.items
  const start = page.start(items[0]!)
  const column = page.isFirstOnLine(start) ? page.column(start) : undefined
  const separator = column === undefined ? ' ' : page.style.newline + ' '.repeat(column)
  const splices = [...removals(items, now, page)]
  let previous: Item | undefined
  for (const item of now) {
    if (!isFresh(item)) previous = item
    else if (item.replaces) {
      splices.push(
        replaceValue(
          item.replaces.value,
          page.afterColon(item.replaces),
          item.source ?? json(item.fresh, column, page),
        ),
      )
      previous = item.replaces
    } else {
      const text = memberText(item, column, page)
      splices.push(
        previous
          ? insertion(page.end(previous), `,${separator}${text}`)
          : insertion(start, `${text},${separator}`),
      )
    }
  }
  return splices
}

/** Removes all items. */
export function emptyFlow(node: Collection): readonly Splice[] {
  return [{ start: node.range[0], end: node.range[1], text: isMap(node) ? '{}' : '[]' }]
}

/** Replaces the value of a node; on several lines when its key has a line of its own. */
export function replaceInFlow(node: ParsedNode, value: Json, page: Page): Splice {
  const [start, end] = node.range
  const before = page.text.slice(page.lineStart(start), start)
  const indentation = /^([ \t]*)"(?:\\.|[^"\\])*"[ \t]*:[ \t]*$/.exec(before)?.[1]
  return { start, end, text: json(value, indentation?.length, page) }
}

function replaceValue(node: ParsedNode | null, colon: number, text: string): Splice {
  if (text === '') return { start: colon, end: node?.range[1] ?? colon, text }
  if (!node || isEmpty(node)) return insertion(colon, ` ${text}`)
  return { start: node.range[0], end: node.range[1], text }
}

function memberText({ key, fresh }: Fresh, column: number | undefined, page: Page): string {
  const text = json(fresh, column, page)
  return key === undefined ? text : `${JSON.stringify(key)}: ${text}`
}

/** JSON on one line or, with a column to indent to, on several. */
function json(value: Json, column: number | undefined, { style }: Page): string {
  if (column === undefined) return JSON.stringify(value)
  const text = JSON.stringify(value, null, style.indent)
  return text.replaceAll('\n', style.newline + ' '.repeat(column))
}

function removals(items: readonly Item[], now: readonly Item[], page: Page): readonly Splice[] {
  const kept = keptIn(now)
  const first = items.findIndex(item => kept.has(item))
  return items.flatMap((item, i): Splice[] => {
    if (kept.has(item)) return []
    if (i < first) return [{ start: page.start(item), end: page.start(items[i + 1]!), text: '' }]
    return [{ start: page.end(items[i - 1]!), end: page.end(item), text: '' }]
  })
}
