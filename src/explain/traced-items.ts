import { type Container, pieceKey } from '../engine/pod.ts'
import { type RenderedProfile, selected } from '../engine/render/render.ts'
import { isObject, type Json } from '../json/json.ts'
import { appRows, containerLists, itemsAt, listRows, type Place, podRows } from '../profile/places.ts'
import { listOf, partOf, type Traced, trace } from '../template/trace.ts'

/** Something that a profile gives, before volumes are adopted and before Pillion adds something of its own. */
export interface Given {
  readonly traced: Traced
  /** A sidecar that becomes an init container. */
  readonly isNative: boolean
  /** By volume of the profile: its mount path of `adopt`. */
  readonly adopt: ReadonlyMap<string, Traced>
}

/**
 * Everything that a profile gives to a Pod with these app containers, by `pieceKey`. The rows of the tables of places decide
 * where it looks. If two templates give an item of the same name, the first one counts, as in the plan.
 */
export function tracedItems(
  { profile, scope, isNative }: RenderedProfile,
  app: readonly Container[],
): ReadonlyMap<string, Given> {
  const items = new Map<string, Given>()
  const adopt = new Map<string, Traced>()
  const give = (path: readonly string[], name: string, traced: Traced, native = false) => {
    const key = pieceKey({ path, name })
    if (!items.has(key)) items.set(key, { traced, isNative: native, adopt })
  }
  for (const [i, { body, adopt: at }] of profile.volumes.entries()) {
    const [volume] = trace(body, ['spec', 'volumes', i], scope)
    const [path] = at ? trace(at, ['spec', 'volumes', i, 'adopt', 'mountPath'], scope) : []
    if (volume && path && isObject(volume.value)) adopt.set(String(volume.value['name']), path)
  }
  for (const [list, place] of listRows)
    for (const [i, { body }] of profile[list].entries())
      for (const traced of trace(body, ['spec', list, i], scope)) {
        const native = list === 'containers' && isNative
        if (isObject(traced.value))
          give([native ? 'initContainers' : list], place.nameOf(traced.value), keyed(traced), native)
      }
  for (const [i, change] of profile.appContainers.entries())
    for (const container of selected(change.select, app, scope, []))
      for (const [list, place] of appRows)
        for (const [j, template] of change[list].entries()) {
          const path = ['spec', 'appContainers', i, list, j]
          for (const traced of trace(template, path, { ...scope, container: container as Json }))
            if (isObject(traced.value) && place.isItem(traced.value))
              give(['app', container.name, list], place.nameOf(traced.value), traced)
        }
  for (const [field, place] of podRows) {
    const template = profile.pod[field]
    const [traced] = template ? trace(template, ['spec', 'pod', field], scope) : []
    if (traced) for (const [name, item] of itemsIn(field, place, traced)) give([field], name, item)
  }
  return items
}

/** The items of a place with their names, each traced. */
function itemsIn(field: string, place: Place, traced: Traced): readonly (readonly [string, Traced])[] {
  if (place.kind !== 'list')
    return itemsAt(field, place, traced.value).flatMap(([name]) => {
      const item = place.kind === 'map' ? partOf(traced, name) : traced
      return item ? [[name, item] as const] : []
    })
  return itemsOf(traced).flatMap(item =>
    isObject(item.value) && place.isItem(item.value) ? [[place.nameOf(item.value), item] as const] : [],
  )
}

/** A container whose lists have only items with a key, as rendered. */
function keyed(container: Traced): Traced {
  const { value, source, parts } = container
  if (!isObject(value)) return container
  const lists = Object.entries(containerLists).flatMap(([field, place]) => {
    const list = partOf(container, field)
    if (!list || !Array.isArray(list.value)) return []
    const items = itemsOf(list)
    const left = items.filter(item => isObject(item.value) && place.isItem(item.value))
    return left.length < items.length ? [[field, listOf(left, list.source)] as const] : []
  })
  if (lists.length === 0) return container
  const members = new Map(
    parts ?? Object.keys(value).flatMap(key => [[key, partOf(container, key)!] as const]),
  )
  for (const [field, list] of lists) members.set(field, list)
  return { value, source, parts: members }
}

function itemsOf(list: Traced): readonly Traced[] {
  const { length } = list.value as readonly Json[]
  return Array.from({ length }, (_, i) => partOf(list, i)!)
}
