import { isCollection, isMap } from 'yaml'
import { isObject, type Json } from '../../json/json.ts'
import { type Collection, freshValue, type Item, isFresh, keptIn, type YamlPair } from './edits.ts'
import { insertion, type Page, type Splice } from './page.ts'
import { block, inline } from './style.ts'

/** The splices that insert new items into a block map or list, and remove others. */
export function spliceBlock(node: Collection, now: readonly Item[], page: Page): readonly Splice[] {
  const column = page.column(node.range[0])
  const rewritten = freshValue(node, now)
  if (rewritten !== undefined) {
    const text = block(rewritten, column, page.style).slice(column, -page.style.newline.length)
    return [{ start: node.range[0], end: page.beforeLineEnd(page.end(node)), text }]
  }
  const splices = [...removals(node, now, page)]
  let at = beforeFirst(node, page)
  for (const item of now) {
    if (!isFresh(item)) at = page.nextLine(page.end(item))
    else if (item.replaces) {
      splices.push(...replaceInBlock(item.replaces, item.fresh, page, item.source))
      at = page.nextLine(page.end(item.replaces))
    } else {
      const value = item.key === undefined ? [item.fresh] : { [item.key]: item.fresh }
      splices.push(insertion(at, block(value, column, page.style)))
    }
  }
  return splices
}

/** Removes all items and writes `[]` or `{}`, after the key if there is one, so that comments stay. */
export function emptyBlock(node: Collection, holder: YamlPair | undefined, page: Page): readonly Splice[] {
  const empty = isMap(node) ? '{}' : '[]'
  if (holder) return [insertion(page.afterColon(holder), ` ${empty}`), ...removals(node, [], page)]
  return [{ start: node.range[0], end: page.beforeLineEnd(page.end(node)), text: empty }]
}

/** Replaces the value of a key of a block map; a comment after the key stays. */
export function replaceInBlock(
  pair: YamlPair,
  value: Json,
  page: Page,
  /** How the value is written, if not as usual; nothing stands for null. */
  source = isFilled(value) ? '' : inline(value),
): readonly Splice[] {
  const colon = page.afterColon(pair)
  const end = page.end(pair)
  const isBlock = isCollection(pair.value) && !pair.value.flow
  const old = isBlock
    ? { start: page.nextLine(colon), end: page.nextLine(end), text: '' }
    : { start: colon, end: page.beforeLineEnd(end), text: '' }
  if (!isFilled(value)) return source === '' ? [old] : [insertion(colon, ` ${source}`), old]
  const lines = block({ key: value }, page.column(pair.key.range[0]), page.style)
  return [old, insertion(page.nextLine(end), lines.slice(lines.indexOf('\n') + 1))]
}

function isFilled(value: Json): boolean {
  return (Array.isArray(value) || isObject(value)) && Object.keys(value).length > 0
}

function removals(node: Collection, now: readonly Item[], page: Page): readonly Splice[] {
  const kept = keptIn(now)
  const items: readonly Item[] = node.items
  const starts = isMap(node) ? items.map(item => page.start(item)) : page.dashes(node)
  const first = items.findIndex(item => kept.has(item))
  // `- env: …`: the dash before the first member stays, for the next member.
  const shared = starts[0] !== undefined && !page.isFirstOnLine(starts[0]) && first > 0 ? first : 0
  const head = shared > 0 ? [{ start: starts[0]!, end: starts[shared]!, text: '' }] : []
  const lines = items.slice(shared).flatMap((item, i): Splice[] => {
    if (kept.has(item)) return []
    return [{ start: page.lineStart(starts[shared + i]!), end: page.nextLine(page.end(item)), text: '' }]
  })
  return [...head, ...lines]
}

/** Where a new first item is inserted: above the comments of the present first item. */
function beforeFirst(node: Collection, page: Page): number {
  let at = page.lineStart(node.range[0])
  for (;;) {
    const before = page.lineStart(at - 1)
    if (before === at || !/^\s*(#.*)?$/.test(page.text.slice(before, at - 1))) return at
    at = before
  }
}
