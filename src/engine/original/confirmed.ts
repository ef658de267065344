import type { Json } from '../../json/json.ts'
import { appRows, itemsAt, listRows, type Place, podLists, podRows } from '../../profile/places.ts'
import type { AppField, PodField } from '../../profile/schema/schema.ts'
import type { InjectedAppNames, InjectedNames } from '../decision.ts'
import { applied } from '../patch/apply.ts'
import { uninject } from '../patch/uninject.ts'
import { type AppDraft, type Draft, has } from '../plan/draft.ts'
import { type Field, fields, memberOf } from '../plan/fields.ts'
import { isSame, isSameContainer, isSameVolume } from '../plan/match.ts'
import type { Planned } from '../plan/plan.ts'
import { annotation, type Container, type Named, type Pod } from '../pod.ts'
import type { RenderedProfile } from '../render/profiles.ts'
import type { Status } from '../status/status.ts'

/** The Pod without what a status claims, and without its status annotation. Shares all it can with the Pod. */
export function withoutClaimed(pod: Pod, claimed: Status): Pod {
  return applied(pod, uninject(pod, claimed))
}

/**
 * What of a status is true: of all that it claims for a profile, what is exactly as this profile gives it to the Pod
 * without it.
 */
export function confirmed(
  claimed: Status,
  pod: Pod,
  { draft: fresh, injections, defaultContainer: due }: Planned,
): Status {
  const isGiven = {
    ...mapped(listRows, ([list, place]) =>
      list === 'volumes' ? givenVolume(place, pod, fresh) : givenContainer(list, pod, fresh),
    ),
    ...mapped(podRows, ([field, place]) => {
      const given = place.kind === 'raised' ? raisedTo(field, claimed, injections) : fresh.additions[field]
      return areGiven(itemsAt(field, place, pod[place.in]?.[field]), new Map(given), (a, b) =>
        isSame(a, b, memberOf({ members: fields }, field)),
      )
    }),
  }
  const app = Map.groupBy<string, Container>(pod.spec?.containers ?? [], ({ name }) => name)
  const profiles = Object.entries(claimed.profiles).map(([profile, injected]): [string, InjectedNames] => {
    const { revision, app: changes, ...places } = injected
    const gives = (path: readonly string[]) => (name: string) => has(fresh, profile, path, name)
    const kept = Object.entries(places).map(([place, names]) => {
      const isTrue = (name: string) => gives([place])(name) && isGiven[place]?.(name) === true
      return [place, Array.isArray(names) ? names.filter(isTrue) : isTrue(place) ? names : undefined]
    })
    const inApp = Object.entries(changes ?? {}).map(([name, lists]) => [
      name,
      bornOutInApp(lists, list => gives(['app', name, list]), app.get(name) ?? [], fresh.app.get(name)),
    ])
    return [
      profile,
      {
        revision,
        ...Object.fromEntries(kept.filter(([, names]) => names !== undefined)),
        ...(changes && { app: Object.fromEntries(inApp) }),
      } as InjectedNames,
    ]
  })
  const { defaultContainer, ...others } = claimed
  const isDefault = due !== undefined && pod.metadata?.annotations?.[annotation.defaultContainer] === due
  return {
    ...others,
    profiles: Object.fromEntries(profiles),
    ...(defaultContainer && isDefault && { defaultContainer }),
  }
}

/** The highest number that a profile wants that claims to have raised it. */
function raisedTo(
  field: PodField,
  { profiles }: Status,
  injections: readonly RenderedProfile[],
): readonly [string, Json][] {
  const wanted = injections.flatMap(({ profile: { name }, pod }) =>
    Object.hasOwn(profiles, name) && profiles[name]?.[field] !== undefined ? [Number(pod[field] ?? 0)] : [],
  )
  return wanted.length > 0 ? [[field, Math.max(...wanted)]] : []
}

type IsGiven = (name: string) => boolean

function mapped<R extends readonly [string, unknown]>(
  rows: readonly R[],
  judge: (row: R) => IsGiven,
): Readonly<Record<string, IsGiven>> {
  return Object.fromEntries(rows.map(row => [row[0], judge(row)]))
}

function givenContainer(list: 'initContainers' | 'containers', { spec = {} }: Pod, fresh: Draft): IsGiven {
  const given = [...fresh.containers].flatMap(([name, { isNew, list: where, value }]) =>
    isNew && where === list ? [[name, value] as const] : [],
  )
  const isHostNetwork = spec['hostNetwork'] === true
  return areGiven(itemsAt(list, podLists[list], spec[list]), new Map(given), (a, b) =>
    isSameContainer(a as Container, b as Container, isHostNetwork),
  )
}

function givenVolume(place: Place, { spec }: Pod, fresh: Draft): IsGiven {
  const given = [...fresh.volumes].flatMap(([name, { isNew, value }]) =>
    isNew ? [[name, value] as const] : [],
  )
  return areGiven(itemsAt('volumes', place, spec?.volumes), new Map(given), (a, b) =>
    isSameVolume(a as Named, b as Named),
  )
}

function bornOutInApp(
  claimed: InjectedAppNames,
  gives: (list: AppField) => IsGiven,
  standing: readonly Container[],
  given: AppDraft | undefined,
): InjectedAppNames {
  return Object.fromEntries(
    appRows.map(([list, place]) => {
      const items = standing.flatMap(container => itemsAt(list, place, container[list]))
      const item: Field = { members: memberOf(fields.container, list).members ?? {} }
      const isGiven = areGiven(items, new Map(itemsAt(list, place, given?.[list])), (a, b) =>
        isSame(a, b, item),
      )
      return [list, (claimed[list] ?? []).filter(name => gives(list)(name) && isGiven(name))]
    }),
  )
}

/** Whether all that stands by a name is what is given by that name. */
function areGiven(
  standing: readonly (readonly [string, Json])[],
  given: ReadonlyMap<string, Json>,
  isEqual: (standing: Json, given: Json) => boolean,
): IsGiven {
  const byName = Map.groupBy(standing, ([name]) => name)
  return name => {
    const due = given.get(name)
    return (byName.get(name) ?? []).every(([, item]) => due !== undefined && isEqual(item, due))
  }
}

/** How many things are claimed. */
export function countOf({ profiles, defaultContainer }: Status): number {
  let count = defaultContainer ? 1 : 0
  for (const { revision: _, app = {}, ...lists } of Object.values(profiles)) {
    for (const names of [...Object.values(lists), ...Object.values(app).flatMap(one => Object.values(one))]) {
      count += Array.isArray(names) ? names.length : Number(names !== undefined)
    }
  }
  return count
}
