import { isObject, type Json } from '../../json/json.ts'
import type { Path } from '../../problems/problem.ts'
import { isExpanded } from '../../template/compile.ts'
import { literalText } from '../../template/literal-text.ts'

/**
 * A profile that is being made of another project's file. Each value that comes from the file knows its path there, so
 * that the table of fields says what the profile really has.
 */
export type Tree = Taken | string | number | boolean | null | Tree[] | TreeObject
export interface TreeObject {
  [key: string]: Tree | undefined
}

/** A value from the file: a scalar, or an empty list or object. */
export class Taken {
  readonly value: Json
  readonly from: Path
  /** What is different in the profile; undefined if nothing is. */
  readonly why: string | undefined
  /** Whether the text has expressions of Pillion, which `$( )` in the file is not. */
  readonly isExpression: boolean

  constructor(value: Json, from: Path, why?: string, isExpression = false) {
    this.value = value
    this.from = from
    this.why = why
    this.isExpression = isExpression
  }
}

/** A copy of a value of the file. */
export function taken(value: Json | undefined, from: Path, why?: string): Tree | undefined {
  if (value === undefined) return undefined
  if (Array.isArray(value) && value.length > 0)
    return value.map((item: Json, i) => taken(item, [...from, i], why)!)
  if (isObject(value) && Object.keys(value).length > 0) {
    const members = Object.entries(value).map(
      ([key, each]) => [key, taken(each, [...from, key], why)] as const,
    )
    return Object.fromEntries(members)
  }
  return new Taken(value, from, why)
}

/** The leaves of a value: scalars, and empty lists and objects. */
export function* leavesOf(value: Json | undefined, path: Path = []): Generator<readonly [Path, Json]> {
  if (Array.isArray(value) && value.length > 0)
    for (const [i, item] of value.entries()) yield* leavesOf(item, [...path, i])
  else if (isObject(value) && Object.keys(value).length > 0)
    for (const [key, each] of Object.entries(value)) yield* leavesOf(each, [...path, key])
  else if (value !== undefined) yield [path, value]
}

/** Each taken value with its path in the profile. */
export function* takenIn(tree: Tree | undefined, path: Path = []): Generator<readonly [Path, Taken]> {
  if (tree instanceof Taken) yield [path, tree]
  else if (Array.isArray(tree)) for (const [i, item] of tree.entries()) yield* takenIn(item, [...path, i])
  else if (typeof tree === 'object' && tree !== null)
    for (const [key, each] of Object.entries(tree)) yield* takenIn(each, [...path, key])
}

/** The profile as JSON. */
export function resultOf(tree: Tree, path: Path = []): Json {
  if (tree instanceof Taken) return writtenAs(tree, path)
  if (Array.isArray(tree)) return tree.map((item, i) => resultOf(item, [...path, i]))
  if (typeof tree !== 'object' || tree === null) return tree
  const members = Object.entries(tree).flatMap(([key, each]) =>
    each === undefined ? [] : [[key, resultOf(each, [...path, key])] as const],
  )
  return Object.fromEntries(members)
}

/** The value as the profile has it: text that Pillion would read as an expression is escaped. */
export function writtenAs({ value, isExpression }: Taken, path: Path): Json {
  return typeof value === 'string' && !isExpression ? literalText(value, isExpanded(path)) : value
}

/**
 * Removes what is at a path of the profile, or the nearest thing around it, and the lists that are empty then. Gives the
 * values that are gone; undefined if only a part of the profile that every profile has could be removed.
 */
export function removeAt(tree: TreeObject, path: Path): readonly Taken[] | undefined {
  const around: (Tree[] | TreeObject)[] = []
  let node: Tree | undefined = tree
  for (const step of path) {
    if (node instanceof Taken || typeof node !== 'object' || node === null) break
    const next: Tree | undefined = (node as Record<string | number, Tree | undefined>)[step]
    if (next === undefined) break
    around.push(node)
    node = next
  }
  if (around.length < 2) return undefined
  const gone = [...takenIn(node)].map(([, each]) => each)
  for (let depth = around.length - 1; depth >= 1; depth--) {
    const container = around[depth]!
    const step = path[depth]!
    if (Array.isArray(container)) container.splice(Number(step), 1)
    else delete container[step]
    if (!Array.isArray(container) || container.length > 0) break
  }
  return gone
}
