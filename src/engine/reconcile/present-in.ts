import { type Json, member } from '../../json/json.ts'
import { appPlaces, itemsAt, type Place, podLists, podPlaces } from '../../profile/places.ts'
import { fields, memberOf } from '../plan/fields.ts'
import { holds, isContainer, isVolume } from '../plan/match.ts'
import type { Container, Named, Pod } from '../pod.ts'

/** What stands at a place of a Pod by its name: `['app', container, list]` or `[field]`. */
export type Standing = (path: readonly string[], name: string) => Json | undefined

/** What is where in a Pod. The items of each list are looked through once. */
export function standingIn(pod: Pod): Standing {
  const containers = new Map((pod.spec?.containers ?? []).map(container => [container.name, container]))
  const known = new Map<string, ReadonlyMap<string, Json>>()
  return ([field = '', container = '', list = ''], name) => {
    const place = placeOf(field, list)
    const value: Json | undefined =
      field === 'app' ? containers.get(container)?.[list] : pod[place.in]?.[field]
    if (place.kind === 'map') return member(value, name)
    if (place.kind !== 'list') return value
    const key = `${field}\n${container}\n${list}`
    const items = known.get(key) ?? new Map(itemsAt(field, place, value))
    known.set(key, items)
    return items.get(name)
  }
}

function placeOf(field: string, list: string): Place {
  return field === 'app' ? appPlaces[list as keyof typeof appPlaces] : places[field]!
}

const places: Readonly<Record<string, Place>> = { ...podLists, ...podPlaces }

/** Whether what stands at a place looks like what is given there, whatever the API server and other webhooks made of it. */
export function looksLike(
  [field = '', , list = '']: readonly string[],
  standing: Json,
  given: Json,
): boolean {
  if (field === 'volumes') return isVolume(standing as Named, given as Named)
  if (field === 'containers' || field === 'initContainers')
    return isContainer(standing as Container, given as Container)
  if (field !== 'app') return holds(standing, given, memberOf({ members: fields }, field))
  const { members = {} } = memberOf(fields.container, list)
  return holds(standing, given, { members })
}

export function isRaised(field: string): boolean {
  return places[field]?.kind === 'raised'
}
