import { isObject, type Json, type JsonObject } from '../../json/json.ts'
import { appPlaces, type Place, podLists, podPlaces } from '../../profile/places.ts'
import type { PodField } from '../../profile/schema/schema.ts'
import type { PodAdditions } from '../plan/draft.ts'
import type { Pod } from '../pod.ts'

/** Whether something is at a place of the Pod, by its name. */
export type IsThere = (path: readonly string[], name: string) => boolean

/** What is where in a Pod. The names of each list are looked through once; a number that is raised must be as high as it should be. */
export function presentIn(pod: Pod, additions: PodAdditions): IsThere {
  const containers = new Map((pod.spec?.containers ?? []).map(container => [container.name, container]))
  const known = new Map<string, ReadonlySet<string>>()
  return ([field = '', container = '', list = ''], name) => {
    const isInApp = field === 'app'
    const place: Place = isInApp ? appPlaces[list as keyof typeof appPlaces] : places[field]!
    const standing: Json | undefined = isInApp ? containers.get(container)?.[list] : pod[place.in]?.[field]
    switch (place.kind) {
      case 'map':
        return isObject(standing) && Object.hasOwn(standing, name)
      case 'value':
        return standing !== undefined
      case 'raised':
        return Number(standing) >= Number(additions[field as PodField]?.[0]?.[1])
      case 'list': {
        const key = `${field}\n${container}\n${list}`
        const names = known.get(key) ?? namesIn(place.nameOf, standing)
        known.set(key, names)
        return names.has(name)
      }
    }
  }
}

const places: Readonly<Record<string, Place>> = { ...podLists, ...podPlaces }

function namesIn(nameOf: (item: JsonObject) => string, standing: Json | undefined): ReadonlySet<string> {
  return new Set(Array.isArray(standing) ? standing.filter(isObject).map(nameOf) : [])
}
