import type { Json } from '../../json/json.ts'
import { appRows, itemsAt, listRows, type Place, podRows } from '../../profile/places.ts'
import type { InjectedNames } from '../decision.ts'
import type { Pod } from '../pod.ts'

/**
 * Whether all that a status claims a profile put into a Pod is still there, by name. Labels and annotations
 * do not count: anybody may change those of a Pod that runs.
 */
export function isStillInjected(claimed: InjectedNames, { spec = {} }: Pod): boolean {
  const byName = new Map((spec.containers ?? []).map(container => [container.name, container]))
  return (
    [...listRows, ...podRows].every(
      ([field, place]) => place.in === 'metadata' || areIn(claimed[field], field, place, spec[field]),
    ) &&
    Object.entries(claimed.app ?? {}).every(([name, lists]) =>
      appRows.every(([list, place]) => areIn(lists[list], list, place, byName.get(name)?.[list])),
    )
  )
}

function areIn(
  names: readonly string[] | true | number | undefined,
  field: string,
  place: Place,
  standing: Json | undefined,
): boolean {
  if (names === true || typeof names === 'number') return standing !== undefined
  if (!names || names.length === 0) return true
  const known = new Set(itemsAt(field, place, standing).map(([name]) => name))
  return names.every(name => known.has(name))
}

/** The names of all that a profile put into a Pod, each with the list it is in: `app/web/env/LOGS`. */
export function piecesOf({ revision: _, app = {}, ...lists }: InjectedNames): ReadonlySet<string> {
  const pieces = new Set<string>()
  for (const [list, names] of Object.entries(lists)) {
    for (const name of Array.isArray(names) ? names : [true]) pieces.add(`${list}/${name}`)
  }
  for (const [container, given] of Object.entries(app)) {
    for (const [list, names] of Object.entries(given)) {
      for (const name of Array.isArray(names) ? names : []) pieces.add(`app/${container}/${list}/${name}`)
    }
  }
  return pieces
}
