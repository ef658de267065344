import type { Json } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { appRows, podRows } from '../../profile/places.ts'
import type { Subject } from '../decision.ts'
import { annotation, type Container, type Pod, type Strings } from '../pod.ts'
import { limitExceeded, type Refusal } from '../reason.ts'
import type { Changes } from '../reconcile/reconcile.ts'
import type { RenderedProfile } from '../render/render.ts'

/**
 * What of a Pod, or of its namespace's annotations, is beyond a limit: a sentence each with what, how many, and the limit;
 * the Pod's length and depth only when nothing else is. To be asked of a Pod that opts in, before anything else is done
 * with it. Linear in the size of the Pod, and never deep in calls, however deep the Pod is.
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
  // To count all of a large Pod takes longer than all the rest.
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

/** Whether a value is within the limits of both, as nearly all are. Counted more quickly, and no deeper than allowed. */
function isSmall(value: Json): boolean {
  return sizeWithin(value, limits.podDepth) <= limits.podLength
}

/** At least as many characters as a value has; infinite when it is nested more deeply. */
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

/** The annotations of a Pod have a limit together, and the status is one of them. */
export function annotationExcess(
  { pod, additions, statusText }: Changes,
  injections: readonly RenderedProfile[],
): readonly Refusal[] {
  const added = additions.annotations ?? []
  if (statusText.length > limits.statusLength) return [longStatus(statusText)]
  if (added.length === 0) return []
  const own = Object.entries(pod.metadata?.annotations ?? {})
  if ((charactersOf(own) + charactersOf(added)) * mostBytesAUnit <= limits.podAnnotationBytes) return []
  const [before, more] = [bytesOf(own), bytesOf(added)]
  const after = before + more
  const max = limits.podAnnotationBytes
  if (before > max || after <= max) return []
  const names = injections.map(({ profile }) => profile.name).join(', ')
  const message = `the annotations of the Pod would have ${after} bytes; the limit is ${max}: its own have ${before}, and ${names} would add ${more}; make its own shorter`
  return [{ ...limitExceeded(message), name: injections[0]!.profile.name }]
}

/** A status that could not be read again would be no status for the next call. */
function longStatus({ length }: string): Refusal {
  const what = `the profiles add so much to this Pod that its annotation ${annotation.status} would have ${length} characters; the limit is ${limits.statusLength}; ask for fewer profiles, or for fewer containers in one Pod`
  return limitExceeded(what)
}

// UTF-8 has at most three for one unit of UTF-16. Nearly all annotations are small enough to be counted no better.
const mostBytesAUnit = 3

function charactersOf(annotations: readonly (readonly [string, Json])[]): number {
  let length = 0
  for (const [key, value] of annotations) length += key.length + String(value).length
  return length
}

/** As the API server counts: keys and values in UTF-8. */
function bytesOf(annotations: readonly (readonly [string, Json])[]): number {
  return annotations.reduce((sum, [key, value]) => sum + utf8Length(key) + utf8Length(String(value)), 0)
}

/** An encoder makes bytes of each text; there may be a hundred thousand, and nearly all are ASCII. */
function utf8Length(text: string): number {
  return isAscii.test(text) ? text.length : encoder.encode(text).length
}

// One class, so that nothing backtracks.
const isAscii = /^[\0-\x7f]*$/

const encoder = new TextEncoder()
