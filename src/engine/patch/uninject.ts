import type { Json } from '../../json/json.ts'
import { pointerStep } from '../../json/pointer.ts'
import { appRows, itemsAt, listRows, type Place, type PodList, podRows } from '../../profile/places.ts'
import type { PodField } from '../../profile/schema/schema.ts'
import type { InjectedNames } from '../decision.ts'
import { annotation, type Pod } from '../pod.ts'
import { type Status, statusOf } from '../status/status.ts'
import type { Operation, Removal } from './apply.ts'

type Change = Operation | Removal

/**
 * Removes everything that the status annotation says Pillion added, so that the Pod is as it was before. The operations
 * apply in sequence, last items first. For a Pod without a status there are none.
 */
export function uninject(pod: Pod, status = statusOf(pod)): readonly Change[] {
  if (!status) return []
  const profiles = Object.values(status.profiles)
  const keep = new Set(status.empty)
  const at = (field: PodList | PodField, place: Place): readonly Change[] => {
    const path = `/${place.in}/${field}`
    const standing = pod[place.in]?.[field]
    if (place.kind === 'value' || place.kind === 'raised') {
      const claims = profiles.flatMap(profile => (profile[field] as number | true | undefined) ?? [])
      return standing === undefined ? [] : lowered(path, claims)
    }
    const named = new Set(
      profiles.flatMap(profile => (profile[field] as readonly string[] | undefined) ?? []),
    )
    if (field === 'annotations') addOwn(named, status)
    return taken(path, place, standing, named, keep.has(path))
  }
  const fields = podRows.toReversed().map(([field, place]) => ({ place, removals: at(field, place) }))
  const within = (parent: Place['in']) =>
    fields.flatMap(({ place, removals }) => (place.in === parent ? removals : []))
  return [
    ...metadataOf(pod, within('metadata'), keep),
    ...within('spec'),
    ...fromApp(pod, profiles, keep),
    ...listRows.toReversed().flatMap(([field, place]) => at(field, place)),
  ]
}

/** Removes a value that was added. A raised number gets its lowest earlier value, because several profiles may have raised it. */
function lowered(path: string, claims: readonly (number | true)[]): readonly Change[] {
  if (claims.length === 0) return []
  const before = claims.reduce((a, b) => (a === true || b === true ? true : Math.min(a, b)))
  return [before === true ? remove(path) : { op: 'add', path, value: before }]
}

/** If the metadata are empty then, they are removed as a whole. */
function metadataOf(
  { metadata }: Pod,
  removals: readonly Change[],
  keep: ReadonlySet<string>,
): readonly Change[] {
  const gone = new Set(removals.map(({ path }) => path))
  const isNothingLeft = Object.keys(metadata ?? {}).every(field => gone.has(`/metadata/${field}`))
  return isNothingLeft && !keep.has('/metadata') ? [remove('/metadata')] : removals
}

function addOwn(annotations: Set<string>, { defaultContainer }: Status): void {
  annotations.add(annotation.status)
  annotations.add(annotation.asWritten)
  if (defaultContainer) annotations.add(annotation.defaultContainer)
}

function fromApp(
  { spec }: Pod,
  profiles: readonly InjectedNames[],
  keep: ReadonlySet<string>,
): readonly Removal[] {
  const changes = Map.groupBy(
    profiles.flatMap(({ app = {} }) => Object.entries(app)),
    ([container]) => container,
  )
  return (spec?.containers ?? []).flatMap((container, i) => {
    const own = changes.get(container.name)
    if (!own) return []
    return appRows.flatMap(([list, place]) => {
      const named = new Set(own.flatMap(([, change]) => change[list] ?? []))
      const isKept = keep.has(`/spec/containers/${container.name}/${list}`)
      return taken(`/spec/containers/${i}/${list}`, place, container[list], named, isKept)
    })
  })
}

/** Removes items by their names. Removes the whole list if it is then empty and was not in the Pod before. */
function taken(
  path: string,
  place: Place,
  standing: Json | undefined,
  names: ReadonlySet<string>,
  isKept: boolean,
): readonly Removal[] {
  if (names.size === 0) return []
  const items = itemsAt('', place, standing)
  const ours = items.flatMap(([name], i) =>
    names.has(name) ? [place.kind === 'list' ? String(i) : name] : [],
  )
  if (ours.length === 0) return []
  if (ours.length === items.length && !isKept) return [remove(path)]
  // The last first, so that the indices of the others stay.
  return ours.reverse().map(step => remove(`${path}/${pointerStep(step)}`))
}

function remove(path: string): Removal {
  return { op: 'remove', path }
}
