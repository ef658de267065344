import { spend } from '../limits/budget.ts'
import type { Path, Problem } from '../problems/problem.ts'
import { jsonBytes } from './bytes.ts'
import type { Json } from './json.ts'

interface Visited {
  readonly value: Json
  readonly step: string | number
  readonly parent: Visited | undefined
  readonly depth: number
}

/**
 * The place where JSON gets larger or deeper than a limit. Check this before anything walks the value by recursion: it uses
 * no stack, and reads no more than the limit allows. Bytes are those of compact JSON in UTF-8. It spends, from the budget
 * around it, what all later walks over the value cost together.
 */
export function excessIn(
  value: Json | undefined,
  limits: { readonly bytes: number; readonly depth: number },
): Problem | undefined {
  if (value === undefined) return undefined
  let bytes = 0
  const rest: Visited[] = [{ value, step: '', parent: undefined, depth: 0 }]
  for (let at = rest.pop(); at; at = rest.pop()) {
    if (at.depth > limits.depth)
      return { path: pathOf(at), message: `is nested deeper than ${limits.depth} levels, which is the limit` }
    // A member has a name and a colon; each member and item but the first has a comma.
    if (at.parent) bytes += typeof at.step === 'string' ? bytesOf(at.step, limits.bytes) + 2 : 1
    if (typeof at.value === 'string') bytes += bytesOf(at.value, limits.bytes)
    else if (typeof at.value !== 'object' || at.value === null) bytes += String(at.value).length
    else {
      const members = (Array.isArray(at.value) ? [...at.value.entries()] : Object.entries(at.value)).filter(
        ([, member]) => member !== undefined,
      )
      bytes += members.length > 0 ? 1 : 2
      // Each takes at least two bytes: do not read them if that alone is too much.
      if (bytes + 2 * members.length > limits.bytes + 1) bytes = limits.bytes + 1
      for (const [step, member = null] of bytes > limits.bytes ? [] : members.reverse())
        rest.push({ value: member, step, parent: at, depth: at.depth + 1 })
    }
    if (bytes > limits.bytes) {
      const message = `is where the spec gets longer than ${limits.bytes} bytes, which is the limit`
      return { path: pathOf(at), message }
    }
  }
  spend(bytes / bytesAUnit)
  return undefined
}

// Measured: validation, the revision and copying constants take 25 ns a byte together.
const bytesAUnit = 2

function pathOf(at: Visited): Path {
  const steps: (string | number)[] = []
  for (let one = at; one.parent; one = one.parent) steps.push(one.step)
  return steps.reverse()
}

/** As a JSON string; more than `most` if it is longer anyway. */
function bytesOf(text: string, most: number): number {
  return text.length > most ? most + 1 : jsonBytes(text) + 2
}
