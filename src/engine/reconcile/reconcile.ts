import type { JsonObject } from '../../json/json.ts'
import { appRows, podRows } from '../../profile/places.ts'
import { type Draft, type Ledger, type Placed, type PodAdditions, thePod } from '../plan/draft.ts'
import type { Planned } from '../plan/plan.ts'
import { annotation, type Container, type Named, type Pod } from '../pod.ts'
import type { AppInjection } from '../render/profiles.ts'
import { statusFor } from '../status/planned-status.ts'
import { type Status, statusText } from '../status/status.ts'
import { type IsThere, presentIn } from './present-in.ts'

/** What is to be added to the Pod as it is. */
export interface Changes {
  readonly pod: Pod
  readonly volumes: readonly Named[]
  readonly app: readonly AppInjection[]
  /** All containers of the Pod by name, with those that are new. */
  readonly containers: ReadonlyMap<string, Placed<Container>>
  /** Of the Pod as a whole, the status among the annotations when it is not the one that is there. */
  readonly additions: PodAdditions
  readonly status: Status
  /** As the annotation's value. */
  readonly statusText: string
  /** The profiles of which something is not there yet. */
  readonly changed: ReadonlySet<string>
}

/**
 * What a plan for the author's Pod comes to for the Pod as it is: all of it at the first call, and later what is not there
 * by its name. What is there by its name is what the plan gives: otherwise it would be in the author's Pod.
 */
export function reconcile(planned: Planned, pod: Pod): Changes {
  const { draft, injections } = planned
  const isThere: IsThere = draft.pod === pod ? () => false : presentIn(pod, draft.additions)
  const volumes = [...draft.volumes.values()].filter(
    ({ isNew, value }) => isNew && !isThere(['volumes'], value.name),
  )
  const status = statusFor(planned)
  const text = statusText(status)
  return {
    pod,
    volumes: volumes.map(({ value }) => value),
    app: [...draft.app.values()].map(change => appChange(change, isThere)),
    containers: draft.pod === pod ? draft.containers : containersIn(pod, draft),
    additions: additionsTo(pod, planned, text, isThere),
    status,
    statusText: text,
    changed: new Set(
      injections.flatMap(({ profile: { name } }) =>
        hasNew(draft.ledgers.get(name)!, isThere) ? [name] : [],
      ),
    ),
  }
}

function hasNew({ entries, isChanged }: Ledger, isThere: IsThere): boolean {
  if (!isChanged) return false
  for (const { path, name, isNew } of entries.values()) if (isNew && !isThere(path, name)) return true
  return false
}

function appChange({ container, ...lists }: AppInjection, isThere: IsThere): AppInjection {
  const left = appRows.map(([list, place]) => {
    const items: readonly JsonObject[] = lists[list]
    return [list, items.filter(item => !isThere(['app', container.name, list], place.nameOf(item)))]
  })
  return { container, ...Object.fromEntries(left) }
}

/** The containers that stand in the Pod with who has them, and those that do not. */
function containersIn({ spec = {} }: Pod, draft: Draft): ReadonlyMap<string, Placed<Container>> {
  const containers = new Map(draft.containers)
  for (const list of ['initContainers', 'containers'] as const) {
    for (const value of spec[list] ?? []) {
      const owner = draft.containers.get(value.name)?.owner ?? thePod
      containers.set(value.name, { value, owner, isNew: false, list })
    }
  }
  return containers
}

function additionsTo(
  { metadata }: Pod,
  { draft, defaultContainer }: Planned,
  statusText: string,
  isThere: IsThere,
): PodAdditions {
  const left = podRows.flatMap(([field]) => {
    const items = (draft.additions[field] ?? []).filter(([name]) => !isThere([field], name))
    return items.length > 0 ? [[field, items] as const] : []
  })
  const additions: PodAdditions = Object.fromEntries(left)
  const own = [
    [annotation.defaultContainer, defaultContainer],
    [annotation.status, statusText],
  ] as const
  const standing = metadata?.annotations ?? {}
  return {
    ...additions,
    annotations: [
      ...(additions.annotations ?? []),
      ...own.flatMap(([key, text]) =>
        text === undefined || standing[key] === text ? [] : [[key, text] as const],
      ),
    ],
  }
}
