import type { Json } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { appRows, podRows } from '../../profile/places.ts'
import type { Subject } from '../decision.ts'
import { annotation, type Container, type Pod, type Strings } from '../pod.ts'

/**
 * What exceeds a limit in a Pod or in the annotations of its namespace: one sentence each with the name, the number and the
 * limit. The length and depth of the Pod are checked only if nothing else exceeds a limit. Call it for a Pod that opts in,
 * before any other work. Linear in the size of the Pod; the depth of calls does not depend on the depth of the Pod.
 */
export function beyondLimits({ pod, namespace }: Pick<Subject, 'pod' | 'namespace'>): readonly string[] {
  const sentences: string[] = []
  const check = (what: string, count: number, limit: number) => {
    if (count > limit) sentences.push(`${what.replace('#', String(count))}; the limit is ${limit}`)
  }
  check('the Pod has # containers and init containers', containersOf(pod).length, limits.podContainers)
  check('the Pod has # volumes', pod.spec?.volumes?.length ?? 0, limits.podVolumes)
  check(
    'the Pod has # environment variables and their sources, mounts, ports, pull secrets and host aliases',
    itemsOf(pod),
    limits.podItems,
  )
  checkAnnotations('the Pod', pod.metadata?.annotations ?? {}, check)
  checkAnnotations(`namespace ${namespace.name}`, namespace.annotations, check)
  // To count a large Pod completely takes longer than the other checks.
  if (sentences.length > 0 || isSmall(pod)) return sentences
  const { length, depth } = sizeOf(pod)
  check('the Pod has # characters as JSON', length, limits.podLength)
  check('the Pod is nested # levels deep', depth, limits.podDepth)
  return sentences
}

function checkAnnotations(
  who: string,
  annotations: Strings,
  check: (what: string, count: number, limit: number) => void,
): void {
  let count = 0
  let longest: { readonly key: string; readonly length: number } | undefined
  for (const key in annotations) {
    if (!key.startsWith(annotation.prefix) || key === annotation.status) continue
    count++
    const length = key.length + annotations[key]!.length
    if (length > (longest?.length ?? 0)) longest = { key, length }
  }
  check(`${who} has # annotations ${annotation.prefix}…`, count, limits.ownAnnotations)
  check(
    `${who} has # characters in the annotation ${longest?.key.slice(0, longestKey).toWellFormed()}`,
    longest?.length ?? 0,
    limits.annotationLength,
  )
  const status = annotations[annotation.status]?.length ?? 0
  check(`${who} has # characters in the annotation ${annotation.status}`, status, limits.statusLength)
}

// The prefix, and a name as Kubernetes allows it.
const longestKey = annotation.prefix.length + 63

function containersOf({ spec }: Pod): readonly Container[] {
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]
}

function itemsOf(pod: Pod): number {
  let count = 0
  for (const [field, { kind }] of podRows) if (kind === 'list') count += lengthOf(pod.spec?.[field])
  for (const container of containersOf(pod)) {
    for (const [list] of appRows) count += lengthOf(container[list])
    count += lengthOf(container.ports)
  }
  return count
}

function lengthOf(list: Json | undefined): number {
  return Array.isArray(list) ? list.length : 0
}

/** Whether a value is within both limits, as nearly all values are. A faster estimate, which goes no deeper than allowed. */
function isSmall(value: Json): boolean {
  return sizeWithin(value, limits.podDepth) <= limits.podLength
}

/** An upper bound for the number of characters of a value; infinite if it is nested more deeply. */
function sizeWithin(value: Json, levels: number): number {
  if (typeof value === 'string') return value.length + '"",'.length
  if (typeof value !== 'object' || value === null) return longestScalar
  if (levels === 0) return Number.POSITIVE_INFINITY
  let size = '[],'.length
  if (Array.isArray(value)) for (const item of value) size += sizeWithin(item, levels - 1)
  else
    for (const key in value)
      size += key.length + '"":'.length + sizeWithin((value as Record<string, Json>)[key]!, levels - 1)
  return size
}

// A number of 17 digits, with its sign, point and exponent.
const longestScalar = 25

/**
 * How many characters a value has as JSON, escapes and long numbers aside, and how deep its lists and objects are
 * nested. Level by level: a call for each level would be too many for a stack.
 */
function sizeOf(value: Json): { readonly length: number; readonly depth: number } {
  // Each value with the comma behind it, and each list or object as if it were empty; the last item has no comma.
  let length = -1
  let depth = 0
  let next: object[] = []
  const enter = (member: Json | undefined) => {
    if (typeof member === 'string') length += member.length + '"",'.length
    else if (typeof member !== 'object' || member === null) length += '0,'.length
    else {
      length += '[],'.length
      next.push(member)
    }
  }
  enter(value)
  while (next.length > 0) {
    depth++
    const level = next
    next = []
    for (const each of level) {
      const before = length
      if (Array.isArray(each)) for (const item of each) enter(item)
      else
        for (const key in each) {
          length += key.length + '"":'.length
          enter((each as Record<string, Json>)[key])
        }
      if (length > before) length--
    }
  }
  return { length, depth }
}
