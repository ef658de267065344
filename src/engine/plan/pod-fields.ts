import { equal, type Json } from '../../json/json.ts'
import { spend } from '../../limits/budget.ts'
import { itemAt, itemsAt, podRows, type RaisedPlace } from '../../profile/places.ts'
import type { PodField } from '../../profile/schema/schema.ts'
import type { RenderedProfile } from '../render/profiles.ts'
import { type Draft, itemConflict, ownerOf, record } from './draft.ts'
import { fieldAt } from './fields.ts'
import { holds } from './match.ts'

/**
 * Places what a profile gives to the Pod as a whole. The Pod's own labels, annotations and settings win,
 * with a warning; two profiles that want different ones are a conflict.
 */
export function placePodFields(draft: Draft, injection: RenderedProfile): void {
  for (const [field, place] of podRows) {
    const wanted = injection.pod[field]
    if (wanted === undefined) continue
    const standing = draft.pod[place.in]?.[field]
    if (place.kind === 'raised') {
      raise(draft, injection, field, place, wanted)
      continue
    }
    const items = itemsAt(field, place, wanted)
    // Each is looked for among them all.
    if (Array.isArray(standing)) spend((items.length * standing.length) / 4)
    const added = items.filter(([name, value]) =>
      isFree(draft, injection, { field, name, value, own: itemAt(place, name, standing) }),
    )
    if (added.length > 0) draft.additions[field] = [...(draft.additions[field] ?? []), ...added]
  }
}

/**
 * The highest number that is wanted, where that is more than the Pod has. A profile that wants less has what it wants,
 * so that nothing is in conflict.
 */
function raise(
  draft: Draft,
  injection: RenderedProfile,
  field: PodField,
  place: RaisedPlace,
  wanted: Json,
): void {
  const standing = draft.pod.spec?.[field]
  const own = typeof standing === 'number' ? standing : undefined
  if (typeof wanted !== 'number' || wanted <= (own ?? place.default)) {
    return
  }
  const [[, highest] = []] = draft.additions[field] ?? []
  if (wanted > Number(highest ?? 0)) draft.additions[field] = [[field, wanted]]
  record(draft, injection, [field], field, true, own ?? true)
}

interface Wish {
  readonly field: PodField
  readonly name: string
  readonly value: Json
  /** What the Pod has already, if anything. */
  readonly own: Json | undefined
}

/** True when the Pod lacks it and no other profile gives it yet. */
function isFree(draft: Draft, injection: RenderedProfile, { field, name: key, value, own }: Wish): boolean {
  const place = key === field ? field : `${field}[${JSON.stringify(key)}]`
  const other = draft.podFields.get(place)
  if (other) {
    if (!equal(other.value, value))
      itemConflict(draft, injection, `${place} is set by ${other.owner} to something else`)
    return false
  }
  if (own !== undefined) {
    const { name } = injection.profile
    if (holds(own, value, fieldAt([field]))) record(draft, injection, [field], key, false)
    else
      draft.warnings.push(
        `profile ${name}: the Pod has its own ${place}; it stays, and the value of profile ${name} is not used`,
      )
    return false
  }
  draft.podFields.set(place, { value, owner: ownerOf(injection) })
  record(draft, injection, [field], key, true)
  return true
}
