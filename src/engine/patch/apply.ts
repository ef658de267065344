import type { Json } from '../../json/json.ts'
import { stepsOf } from '../../json/pointer.ts'

/**
 * Applies operations in sequence, under strict RFC 6902. Does not change the value itself; the result shares with it
 * everything that no operation changes. Throws if the path of an operation does not exist: that is a bug in the caller.
 */
export function applied<T extends Json>(value: T, operations: readonly (Operation | Removal)[]): T {
  // Each list and object on a path is copied only once, because thousands of items may be removed from a Pod.
  const copies = new Set<Json>()
  const copyOf = (node: Json | undefined, step: string): Node => {
    if (typeof node !== 'object' || node === null)
      throw new Error(`there is nothing that has a member ${step}`)
    if (copies.has(node)) return node as Node
    const copy = (Array.isArray(node) ? [...node] : { ...node }) as Node
    copies.add(copy as Json)
    return copy
  }
  const root: Record<string, Json> = { '': value }
  for (const operation of operations) {
    let node: Node = root
    let last = ''
    for (const step of stepsOf(operation.path)) {
      const child = copyOf(memberOf(node, last), step)
      put(node, last, child as Json)
      node = child
      last = step
    }
    change(node, last, operation)
  }
  return root[''] as T
}

type Node = Json[] | Record<string, Json>

function change(node: Node, step: string, operation: Operation | Removal): void {
  if (operation.op === 'remove') {
    memberOf(node, step)
    if (Array.isArray(node)) node.splice(Number(step), 1)
    else delete node[step]
  } else if (!Array.isArray(node)) put(node, step, operation.value)
  else if (step === '-') node.push(operation.value)
  else node.splice(indexIn(step, node.length + 1), 0, operation.value)
}

function memberOf(node: Node, step: string): Json {
  if (Array.isArray(node)) return node[indexIn(step, node.length)]!
  if (!Object.hasOwn(node, step)) throw new Error(`there is no ${step}`)
  return node[step]!
}

function indexIn(step: string, length: number): number {
  const index = /^(0|[1-9]\d*)$/.test(step) ? Number(step) : Number.NaN
  if (!(index < length)) throw new Error(`there is no place ${step} in a list of ${length}`)
  return index
}

function put(node: Node, step: string, value: Json): void {
  if (Array.isArray(node)) node[Number(step)] = value
  // To assign it would make it the object's prototype.
  else if (step === '__proto__')
    Object.defineProperty(node, step, { value, writable: true, enumerable: true, configurable: true })
  else node[step] = value
}

/** One JSON Patch operation (RFC 6902); injecting only ever adds. */
export interface Operation {
  readonly op: 'add'
  /** A JSON pointer (RFC 6901). */
  readonly path: string
  readonly value: Json
}

/** A JSON Patch operation (RFC 6902) that takes away what was injected. */
export interface Removal {
  readonly op: 'remove'
  /** A JSON pointer (RFC 6901). */
  readonly path: string
}
