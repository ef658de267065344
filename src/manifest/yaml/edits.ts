import { isAlias, isMap, isScalar, isSeq, type Pair, type ParsedNode, type YAMLMap, type YAMLSeq } from 'yaml'
import type { Operation, Removal } from '../../engine/patch/apply.ts'
import { applied } from '../../engine/patch/apply.ts'
import type { Json } from '../../json/json.ts'
import { pointerTo, stepsOf } from '../../json/pointer.ts'
import type { Path } from '../../problems/problem.ts'

/** The items of each changed collection after the change: those that stay from the text, and new ones. */
export type Edits = ReadonlyMap<Collection, readonly Item[]>

export type Item = YamlPair | ParsedNode | Fresh
export type YamlPair = Pair<ParsedNode, ParsedNode | null>
type YamlMap = YAMLMap.Parsed<ParsedNode, ParsedNode | null>
export type Collection = YamlMap | YAMLSeq.Parsed

/** An operation on a text; `source` is how it writes a number or a null. */
export type TextChange = (Operation & { readonly source?: string }) | Removal

/** A new item, which is not in the text; it has a key when the collection is a map. */
export interface Fresh {
  readonly fresh: Json
  readonly key?: string
  readonly source?: string
  /** The pair in the text whose value it replaces. */
  readonly replaces?: YamlPair
}

/** Why the text cannot be edited, and where. */
interface Uneditable {
  readonly path: Path
  readonly problem: string
}

/** Records an operation on the contents of a document, or returns why the text cannot be edited. */
export function edit(
  contents: ParsedNode | null,
  { path, ...change }: TextChange,
  edits: Map<Collection, Item[]>,
): Uneditable | undefined {
  const steps = stepsOf(path)
  const above: (string | number)[] = []
  let node = contents
  for (const [depth, step] of steps.entries()) {
    if (isAlias(node)) return { path: above, problem: `*${node.source} ${shared}` }
    if (!isMap(node) && !isSeq(node)) return { path: above, problem: 'is neither a map nor a list' }
    const items = edits.get(node as Collection) ?? [...node.items]
    edits.set(node as Collection, items)
    const index = isMap(node) ? items.findIndex(item => keyOf(item) === step) : indexIn(items, step)
    const item = items[index]
    const rest = steps.slice(depth + 1)
    if (rest.length === 0) {
      put(items, index, isMap(node) ? step : undefined, change)
      return undefined
    }
    if (item === undefined)
      return { path: above, problem: `${step} comes from a merge key (<<): its value ${shared}` }
    if (isFresh(item)) {
      items[index] = { ...item, fresh: applied(item.fresh, [{ ...change, path: pointerTo(rest) }]) }
      return undefined
    }
    above.push(isSeq(node) ? index : step)
    node = isPair(item) ? item.value : item
  }
  return undefined
}

/** The first value with an anchor that a path leads through: a change there is a change at its aliases, too. */
export function anchorOn(contents: ParsedNode | null, path: string): Uneditable | undefined {
  const above: (string | number)[] = []
  let node = contents
  for (const step of stepsOf(path)) {
    if (node?.anchor !== undefined) return { path: above, problem: `&${node.anchor} ${shared}` }
    if (!isMap(node) && !isSeq(node)) return undefined
    const index = isMap(node) ? node.items.findIndex(item => keyOf(item) === step) : Number(step)
    const item = node.items[index]
    if (item === undefined) return undefined
    above.push(isSeq(node) ? index : step)
    node = isPair(item) ? item.value : item
  }
  return undefined
}

const shared =
  'is also used in another place, which must not change: write the value here in full, or use -o json'

type Unplaced<T> = T extends unknown ? Omit<T, 'path'> : never

/** RFC 6902, section 4.1: `add` inserts into a list, and sets a member whether it exists or not. */
function put(items: Item[], index: number, key: string | undefined, change: Unplaced<TextChange>): void {
  if (change.op === 'remove') items.splice(index, 1)
  else if (key === undefined) items.splice(index, 0, { fresh: change.value })
  else if (index < 0) items.push({ fresh: change.value, key })
  else {
    const old = items[index]!
    const replaces = isFresh(old) ? old.replaces : (old as YamlPair)
    const { value, source } = change
    items[index] = {
      fresh: value,
      key,
      ...(replaces && { replaces }),
      ...(source !== undefined && { source }),
    }
  }
}

export function isFresh(item: Item): item is Fresh {
  return 'fresh' in item
}

export function isPair(item: Item): item is YamlPair {
  return !isFresh(item) && 'key' in item
}

/** The items of the text that stay; a map's pair also stays when it gets another value. */
export function keptIn(now: readonly Item[]): ReadonlySet<Item | undefined> {
  return new Set(now.map(item => (isFresh(item) ? item.replaces : item)))
}

/** The value of a collection in which no item of the text stays; undefined when one stays. */
export function freshValue(node: Collection, now: readonly Item[]): Json | undefined {
  const fresh = now.filter(item => isFresh(item)).filter(({ replaces }) => !replaces)
  if (fresh.length < now.length) return undefined
  if (isSeq(node)) return fresh.map(item => item.fresh)
  return Object.fromEntries(fresh.map(item => [item.key ?? '', item.fresh]))
}

function keyOf(item: Item): string | undefined {
  if (isFresh(item)) return item.key
  return isPair(item) && isScalar(item.key) ? String(item.key.value) : undefined
}

function indexIn(items: readonly Item[], step: string): number {
  return step === '-' ? items.length : Number(step)
}
