import type { Json } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import type { Entry } from '../order/constraints.ts'
import { addedAnnotations } from '../patch/patch.ts'
import type { Pod } from '../pod.ts'
import { because } from '../reason.ts'
import type { Injection } from '../render/injection.ts'
import type { Refusal } from '../select/select.ts'
import { conflict, type Draft } from './draft.ts'
import type { Plan } from './plan.ts'
import { excesses } from './pod-resources.ts'

/**
 * What the API server judges of the whole Pod after an injection. A Pod that it would refuse without us is not ours to
 * judge.
 */
export function judgeResources(
  draft: Draft,
  injections: readonly Injection[],
  initContainers: readonly Entry[],
  containers: readonly Entry[],
): void {
  const { spec = {} } = draft.pod
  const resources = spec['resources']
  const own = new Set(
    excesses(resources, spec.initContainers ?? [], spec.containers ?? []).map(({ field }) => field),
  )
  const all = [initContainers, containers].map(entries => entries.map(({ container }) => container))
  for (const { field, allowed, needed } of excesses(resources, all[0] ?? [], all[1] ?? [])) {
    if (own.has(field)) continue
    const added = [...initContainers, ...containers].filter(
      ({ isNew, profile }) => isNew && profile !== undefined,
    )
    const last = injections.findLast(({ profile }) => added.some(entry => entry.profile === profile.name))
    if (!last) continue
    const names = added.map(({ container }) => `"${container.name}"`).join(', ')
    const what = `the Pod's own resources.${field} is ${allowed}, and with ${names} its containers need ${needed}`
    conflict(draft, last, what)
  }
}

/** The annotations of a Pod have a limit together, and the status is one of them. */
export function annotationExcess(
  pod: Pod,
  plan: Plan,
  injections: readonly Injection[],
): Refusal | undefined {
  const added = addedAnnotations(pod, plan)
  if (added.length === 0) return undefined
  const own = Object.entries(pod.metadata?.annotations ?? {})
  if ((lengthOf(own) + lengthOf(added)) * mostBytesAUnit <= limits.podAnnotationBytes) return undefined
  const [before, more] = [bytesOf(own), bytesOf(added)]
  const after = before + more
  const max = limits.podAnnotationBytes
  if (before > max || after <= max) return undefined
  const names = injections.map(({ profile }) => profile.name).join(', ')
  const message = `the annotations of the Pod would have ${after} bytes; the limit is ${max}: its own have ${before}, and ${names} would add ${more}; make its own shorter`
  return { name: injections[0]!.profile.name, outcome: 'denied', ...because('LimitExceeded', message) }
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
