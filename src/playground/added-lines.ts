import { isAlias, isMap, isPair, isScalar, isSeq, type Pair, type ParsedNode } from 'yaml'
import type { Origin } from '../explain/origin.ts'
import { provenanceIn } from '../explain/provenance.ts'
import { isObject, type Json, member } from '../json/json.ts'
import { pointerStep, pointerTo } from '../json/pointer.ts'
import type { Manifest, ManifestDocument } from '../manifest/yaml/manifest.ts'
import type { Patched } from '../manifest/yaml/patch.ts'
import type { DecidedPod } from './decide-all.ts'
import type { AddedLine } from './protocol.ts'
import { type TextLines, textLines } from './text-lines.ts'

/**
 * The lines of the result that were added to a manifest, each with the origin of the innermost value that starts in it. Both
 * texts are compared by what YAML reads in them, in linear time.
 */
export function addedLines(
  { text, documents }: Manifest,
  result: Patched,
  decided: readonly DecidedPod[],
): readonly AddedLine[] {
  if (text === result.text) return []
  const origins = new Map<ManifestDocument, Map<string, Origin>>()
  for (const { document, workload, subject, decision, planned, patches } of decided) {
    if (patches.length === 0) continue
    const known = origins.get(document) ?? new Map<string, Origin>()
    origins.set(document, known)
    const root = pointerTo(workload.path)
    for (const [pointer, origin] of provenanceIn(subject, decision, planned))
      known.set(root + pointer, origin)
  }
  const lines = new Map<number, Origin | undefined>()
  const position = textLines(result.text)
  for (const [i, before] of documents.entries()) {
    const after = result.documents[i]
    const known = origins.get(before)
    if (after && known) compare(before.value, after, { lines, position, known })
  }
  return [...lines].sort(([a], [b]) => a - b).map(([line, origin]) => ({ line, ...(origin && { origin }) }))
}

interface Marks {
  readonly lines: Map<number, Origin | undefined>
  readonly position: TextLines
  readonly known: ReadonlyMap<string, Origin>
}

function compare(before: Json, { node, value }: ManifestDocument, marks: Marks): void {
  const visit = (own: Json, now: Json, at: ParsedNode | null, pointer: string): void => {
    if (isMap(at) && isObject(now)) {
      for (const item of at.items as readonly Pair<ParsedNode, ParsedNode | null>[]) {
        const key = keyOf(item)
        const there = member(own, key)
        const inner = `${pointer}/${pointerStep(key)}`
        const value = member(now, key)
        if (value === undefined) continue
        if (there === undefined) mark(item, inner, marks)
        else if (isScalar(item.value) && there !== value) mark(item, inner, marks)
        else visit(there, value, item.value, inner)
      }
    } else if (isSeq(at) && Array.isArray(now)) {
      const items = at.items as readonly ParsedNode[]
      const standing: readonly Json[] = Array.isArray(own) ? own : []
      const isSameLength = standing.length === items.length
      let next = 0
      for (const [i, item] of items.entries()) {
        const there = standing[next]
        const isOwn = there !== undefined && (isSameLength || extendsValue(there, now[i]))
        if (isOwn) {
          next++
          visit(there, now[i], item, `${pointer}/${i}`)
        } else mark(item, `${pointer}/${i}`, marks)
      }
    }
  }
  visit(before, value, node.contents, '')
}

/** Whether a value has everything that another one has: an item of the author, in which something was added. */
function extendsValue(own: Json | undefined, now: Json | undefined): boolean {
  if (own === null || own === undefined) return true
  if (Array.isArray(own)) {
    if (!Array.isArray(now)) return false
    let next = 0
    for (const item of now) if (next < own.length && extendsValue(own[next], item)) next++
    return next === own.length
  }
  if (!isObject(own)) return own === now
  return isObject(now) && Object.entries(own).every(([key, value]) => extendsValue(value, now[key]))
}

/**
 * Marks the lines of something that was added. What has no origin itself, such as the key of a new list, has that of the
 * first value in it.
 */
function mark(
  added: ParsedNode | Pair<ParsedNode, ParsedNode | null>,
  pointer: string,
  marks: Marks,
  around?: Origin,
): Origin | undefined {
  const { lines, position, known } = marks
  const value = isPair(added) ? added.value : added
  const [from, to] = rangeOf(added)
  const first = position.lineAt(from)
  const last = position.lineAt(Math.max(from, to - 1))
  const own = known.get(pointer) ?? around
  for (let line = first; line <= last; line++) lines.set(line, own)
  let inner: Origin | undefined
  if (first < last || !isFlow(value)) {
    for (const [step, part] of partsOf(value)) {
      const origin = mark(part, `${pointer}/${step}`, marks, own)
      inner ??= origin
    }
  }
  if (!own && inner && lines.get(first) === undefined) lines.set(first, inner)
  return own ?? inner
}

function partsOf(
  value: ParsedNode | null,
): readonly (readonly [string | number, ParsedNode | Pair<ParsedNode, ParsedNode | null>])[] {
  if (isMap(value))
    return (value.items as readonly Pair<ParsedNode, ParsedNode | null>[]).map(item => [
      pointerStep(keyOf(item)),
      item,
    ])
  return isSeq(value) ? (value.items as readonly ParsedNode[]).map((item, i) => [i, item]) : []
}

function isFlow(value: ParsedNode | null): boolean {
  return (isMap(value) || isSeq(value)) && value.flow === true
}

function keyOf({ key }: Pair<ParsedNode, unknown>): string {
  return isScalar(key) ? String(key.value) : ''
}

/** Where something starts, and where its content ends, without the line breaks after it. */
function rangeOf(added: ParsedNode | Pair<ParsedNode, ParsedNode | null>): readonly [number, number] {
  if (!isPair(added)) return [added.range[0], endOf(added)]
  const { key, value } = added
  return [key.range[0], value ? endOf(value) : key.range[1]]
}

function endOf(node: ParsedNode): number {
  if (isAlias(node) || isScalar(node) || isFlow(node)) return node.range[1]
  const last = (
    node as { readonly items: readonly (ParsedNode | Pair<ParsedNode, ParsedNode | null>)[] }
  ).items.at(-1)
  return last ? rangeOf(last)[1] : node.range[1]
}
