import type { Json } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { annotation } from '../pod.ts'
import { because } from '../reason.ts'
import type { Changes } from '../reconcile/reconcile.ts'
import type { RenderedProfile } from '../render/profiles.ts'
import type { Refusal } from '../select/select.ts'

/** The annotations of a Pod have a limit together, and the status is one of them. */
export function annotationExcess(
  { pod, additions, statusText }: Changes,
  injections: readonly RenderedProfile[],
): readonly Refusal[] {
  const added = additions.annotations ?? []
  if (statusText.length > limits.statusLength) return [longStatus(statusText)]
  if (added.length === 0) return []
  const own = Object.entries(pod.metadata?.annotations ?? {})
  if ((lengthOf(own) + lengthOf(added)) * mostBytesAUnit <= limits.podAnnotationBytes) return []
  const [before, more] = [bytesOf(own), bytesOf(added)]
  const after = before + more
  const max = limits.podAnnotationBytes
  if (before > max || after <= max) return []
  const names = injections.map(({ profile }) => profile.name).join(', ')
  const message = `the annotations of the Pod would have ${after} bytes; the limit is ${max}: its own have ${before}, and ${names} would add ${more}; make its own shorter`
  return [{ name: injections[0]!.profile.name, outcome: 'denied', ...because('LimitExceeded', message) }]
}

/** A status that could not be read again would be no status for the next call. */
function longStatus({ length }: string): Refusal {
  const what = `the profiles add so much to this Pod that its annotation ${annotation.status} would have ${length} characters; the limit is ${limits.statusLength}; ask for fewer profiles, or for fewer containers in one Pod`
  return { name: '', outcome: 'denied', ...because('LimitExceeded', what) }
}

// UTF-8 has at most three for one unit of UTF-16. Nearly all annotations are small enough to be counted no better.
const mostBytesAUnit = 3

function lengthOf(annotations: readonly (readonly [string, Json])[]): number {
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
