import { jsonBytes } from '../../json/bytes.ts'
import type { Json, JsonObject } from '../../json/json.ts'
import { pointerStep } from '../../json/pointer.ts'
import { metered, spend, withBudget } from '../../limits/budget.ts'
import { limits } from '../../limits/limits.ts'
import { appRows, type Place, podRows } from '../../profile/places.ts'
import type { Entry } from '../order/order.ts'
import type { Pod } from '../pod.ts'
import type { Changes } from '../reconcile/reconcile.ts'
import type { RenderedApp } from '../render/render.ts'
import type { Operation } from './apply.ts'

/** What is to be added to a Pod, with both lists of its containers in order. */
export type ToWrite = Omit<Changes, 'containers'> & {
  readonly initContainers: readonly Entry[]
  readonly containers: readonly Entry[]
}

/**
 * Changes as operations that apply in sequence under strict RFC 6902. A missing parent is created once. No existing value
 * is moved or replaced. Without changes, there are no operations. Throws a `BudgetSpent` if the patch exceeds
 * `limits.patchBytes`.
 */
export function patch(changes: ToWrite): readonly Operation[] {
  const most = limits.patchBytes / bytesAUnit
  return withBudget(most, tooLarge, () => {
    // Each operation spends its size while it is made.
    const { value: operations, units } = metered(() => operationsOf(changes))
    // Counted as if each character were one byte, and again only where it may matter what they are.
    if (units * mostBytesACharacter > most) spend(unitsOf(operations, jsonBytes) - units)
    return operations
  })
}

// What it costs to write them, twice: as JSON and in base64.
const bytesAUnit = 16
// An escape: \u001f
const mostBytesACharacter = 6
const tooLarge = `the patch for this Pod has more than ${limits.patchBytes} bytes`

function operationsOf(changes: ToWrite): readonly Operation[] {
  const { pod, additions, volumes, app, initContainers, containers } = changes
  const { metadata, spec } = pod
  const fields = podRows.map(([field, place]) => ({
    place,
    operations: addedAt(`/${place.in}/${field}`, place, pod[place.in]?.[field], additions[field] ?? []),
  }))
  const within = (parent: 'spec' | 'metadata') =>
    fields.flatMap(({ place, operations }) => (place.in === parent ? operations : []))
  const inMetadata = within('metadata')
  return [
    ...append('/spec/volumes', spec?.volumes, volumes),
    ...appChanges(pod, app),
    ...insert('/spec/initContainers', spec?.initContainers, initContainers),
    ...insert('/spec/containers', spec?.containers, containers),
    ...within('spec'),
    ...(metadata || inMetadata.length === 0 ? [] : [add('/metadata', {})]),
    ...inMetadata,
  ]
}

function addedAt(
  path: string,
  { kind }: Place,
  standing: Json | undefined,
  items: readonly (readonly [string, Json])[],
): readonly Operation[] {
  if (items.length === 0) return []
  // `add` replaces the number that it raises (RFC 6902, section 4.1).
  if (kind === 'value' || kind === 'raised') return items.map(([, value]) => add(path, value))
  const values = items.map(([, value]) => value)
  if (kind === 'list') return append(path, standing, values)
  if (!standing) return [add(path, Object.fromEntries(items))]
  return items.map(([name, value]) => add(`${path}/${pointerStep(name)}`, value))
}

function appChanges({ spec }: Pod, app: readonly RenderedApp[]): readonly Operation[] {
  const containers = spec?.containers ?? []
  const indexOf = new Map(containers.map(({ name }, i) => [name, i]))
  return app.flatMap(change => {
    const index = indexOf.get(change.container.name)!
    const path = `/spec/containers/${index}`
    return appRows.flatMap(([list]) => append(`${path}/${list}`, containers[index]?.[list], change[list]))
  })
}

function append(path: string, standing: Json | undefined, items: readonly Json[]): readonly Operation[] {
  if (items.length === 0) return []
  if (!standing) return [add(path, items)]
  return items.map(item => add(`${path}/-`, item))
}

/** Adds each new container at its index in the complete list. In this order, each index is right when its operation applies. */
function insert(
  path: string,
  standing: readonly Json[] | undefined,
  entries: readonly Entry[],
): readonly Operation[] {
  if (!standing)
    return append(
      path,
      standing,
      entries.map(({ container }) => container),
    )
  return entries.flatMap(({ container, isNew }, i): Operation[] =>
    isNew ? [add(`${path}/${i}`, container)] : [],
  )
}

/** One operation, which spends its size: an item that is added to each container is written for each. */
function add(path: string, value: Json): Operation {
  const operation: Operation = { op: 'add', path, value }
  spend(unitsOf([operation], characters))
  return operation
}

function unitsOf(operations: readonly Operation[], lengthOf: (text: string) => number): number {
  let size = 0
  for (const { path, value } of operations)
    size += lengthOf(path) + sizeOf(value, lengthOf) + '{"op":"add","path":"","value":},'.length
  return size / bytesAUnit
}

function characters({ length }: string): number {
  return length
}

function sizeOf(value: Json | undefined, lengthOf: (text: string) => number): number {
  if (typeof value === 'string') return lengthOf(value) + '"",'.length
  if (typeof value !== 'object' || value === null) return 'false,'.length
  let size = '{},'.length
  if (Array.isArray(value)) for (const item of value) size += sizeOf(item, lengthOf)
  else
    for (const key in value)
      size += lengthOf(key) + '"":'.length + sizeOf((value as JsonObject)[key], lengthOf)
  return size
}
