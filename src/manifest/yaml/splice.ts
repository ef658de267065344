import { isMap, isSeq, type ParsedNode } from 'yaml'
import { emptyBlock, replaceInBlock, spliceBlock } from './block.ts'
import {
  type Collection,
  type Edits,
  freshValue,
  type Item,
  isFresh,
  isPair,
  type YamlPair,
} from './edits.ts'
import { emptyFlow, replaceInFlow, spliceFlow } from './flow.ts'
import type { Manifest } from './manifest.ts'
import { Page, type Splice } from './page.ts'
import { styleOf } from './style.ts'

/** The text of a manifest with the edits applied and nothing else changed; its last line has a line break. */
export function splice({ text, documents }: Manifest, edits: Edits): string {
  const nodes = documents.map(({ node }) => node)
  const style = styleOf(text, nodes)
  const page = new Page(text.endsWith('\n') ? text : text + style.newline, style)
  const splices = nodes.flatMap(({ contents }) => within(contents, undefined, page, edits))
  return apply(page.text, splices)
}

/** Inner splices come first: of two insertions at one position, the deeper one must come first in the text. */
function within(
  node: ParsedNode | null,
  /** The pair of a block map whose value the node is. */
  holder: YamlPair | undefined,
  page: Page,
  edits: Edits,
): readonly Splice[] {
  if (!isMap(node) && !isSeq(node)) return []
  const collection = node as Collection
  const now = edits.get(collection)
  const left = now && new Set(now)
  const items: readonly Item[] = collection.items
  const deeper = items.flatMap(item => {
    if (isFresh(item) || (left && !left.has(item))) return []
    if (!isPair(item)) return within(item, undefined, page, edits)
    return within(item.value, collection.flow ? undefined : item, page, edits)
  })
  return now ? [...deeper, ...changed(collection, now, holder, page)] : deeper
}

function changed(
  node: Collection,
  now: readonly Item[],
  holder: YamlPair | undefined,
  page: Page,
): readonly Splice[] {
  if (now.length === 0) return node.flow ? emptyFlow(node) : emptyBlock(node, holder, page)
  if (!node.flow) return spliceBlock(node, now, page)
  const value = freshValue(node, now)
  if (value === undefined) return spliceFlow(node, now, page)
  return holder ? replaceInBlock(holder, value, page) : [replaceInFlow(node, value, page)]
}

function apply(text: string, splices: readonly Splice[]): string {
  const parts: string[] = []
  let position = 0
  // At the same position, an insertion comes before a replacement.
  const inOrder = splices.toSorted(
    (a, b) => a.start - b.start || Number(a.end > a.start) - Number(b.end > b.start),
  )
  for (const { start, end, text: added } of inOrder) {
    parts.push(text.slice(position, Math.max(start, position)), added)
    position = Math.max(end, position)
  }
  return parts.join('') + text.slice(position)
}
