import { spend } from '../limits/budget.ts'
import type { Path } from '../problems/problem.ts'
import type { Json } from './json.ts'

/** What is over a limit, and where it starts to be. */
export interface Excess {
  readonly path: Path
  readonly message: string
}

interface Visited {
  readonly value: Json
  readonly step: string | number
  readonly parent: Visited | undefined
  readonly depth: number
}

/**
 * Whether JSON is larger or deeper than it may be, before anything that walks it by recursion does. Takes no stack,
 * and no longer than what the limit allows it to read. Bytes are those of the value as JSON in UTF-8, without spaces.
 * From the budget around it is spent what each walk over the whole of it takes together.
 */
export function excessIn(
  value: Json | undefined,
  limits: { readonly bytes: number; readonly depth: number },
): Excess | undefined {
  if (value === undefined) return undefined
  let bytes = 0
  const rest: Visited[] = [{ value, step: '', parent: undefined, depth: 0 }]
  for (let at = rest.pop(); at; at = rest.pop()) {
    if (at.depth > limits.depth)
      return { path: pathOf(at), message: `is nested deeper than ${limits.depth} levels, which is the limit` }
    // A member has a name and a colon; all but the first of a list or map a comma.
    if (at.parent) bytes += typeof at.step === 'string' ? bytesOf(at.step, limits.bytes) + 2 : 1
    if (typeof at.value === 'string') bytes += bytesOf(at.value, limits.bytes)
    else if (typeof at.value !== 'object' || at.value === null) bytes += String(at.value).length
    else {
      const members = (Array.isArray(at.value) ? [...at.value.entries()] : Object.entries(at.value)).filter(
        ([, member]) => member !== undefined,
      )
      bytes += members.length > 0 ? 1 : 2
      // Each takes two bytes at least, which need not be looked at when they are too many.
      if (bytes + 2 * members.length > limits.bytes + 1) bytes = limits.bytes + 1
      for (const [step, member = null] of bytes > limits.bytes ? [] : members.reverse())
        rest.push({ value: member, step, parent: at, depth: at.depth + 1 })
    }
    if (bytes > limits.bytes)
      return {
        path: pathOf(at),
        message: `is where the spec gets longer than ${limits.bytes} bytes, which is the limit`,
      }
  }
  spend(bytes / bytesAUnit)
  return undefined
}

// Measured: to look at the shape, to make the revision and to copy what holds no expression take 25 ns a byte.
const bytesAUnit = 2

function pathOf(at: Visited): Path {
  const steps: (string | number)[] = []
  for (let one = at; one.parent; one = one.parent) steps.push(one.step)
  return steps.reverse()
}

/** As a JSON string; more than `most` if it is longer anyway. */
function bytesOf(text: string, most: number): number {
  if (text.length > most) return most + 1
  const json = JSON.stringify(text)
  let bytes = 0
  for (let i = 0; i < json.length; i++) {
    const unit = json.charCodeAt(i)
    // Each half of a pair of surrogates has two of its four bytes; alone it is written as an escape.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3
  }
  return bytes
}
