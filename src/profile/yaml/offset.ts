import { type Document, isAlias, isCollection, isNode, isPair, isScalar } from 'yaml'
import type { Path } from '../../problems/problem.ts'

/** Where the deepest existing node on a path starts in the text of its document; for a member, its key. */
export function offsetOf(document: Document, path: Path): number {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  for (const step of path) {
    const target = isAlias(node) ? node.resolve(document) : node
    if (!isCollection(target)) break
    const item = target.items.find((candidate, i) =>
      isPair(candidate) ? isScalar(candidate.key) && String(candidate.key.value) === step : i === step,
    )
    const start = startOf(isPair(item) ? item.key : item)
    if (start === undefined) break
    offset = start
    node = isPair(item) ? item.value : item
  }
  return offset
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined
}
