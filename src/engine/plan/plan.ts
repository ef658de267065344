import { isObject, type Json } from '../../json/json.ts'
import { spend } from '../../limits/budget.ts'
import { podLists } from '../../profile/places.ts'
import type { AppField, PodField } from '../../profile/schema/schema.ts'
import { arrangeAll } from '../order/order.ts'
import { annotation, type Container, type Named, type Pod, placeAt } from '../pod.ts'
import { because, type Refusal, refusal } from '../reason.ts'
import type { RenderedProfile } from '../render/render.ts'
import type { Status } from '../status/status.ts'
import { takePorts } from './containers.ts'
import {
  type Draft,
  type Item,
  type Ledger,
  type LedgerEntry,
  type Placed,
  startDraft,
  thePod,
  type Verdict,
} from './draft.ts'
import { isClaimed, isContainerList, stays, verdictsOn } from './place.ts'
import { judgeResources } from './pod-resources.ts'

/** What the profiles add to one Pod, without the profiles that are skipped for a conflict. */
export interface Planned {
  readonly draft: Draft
  readonly injections: readonly RenderedProfile[]
  /** The profiles with `onConflict: keep` that have a conflict, with the conflicts. */
  readonly leftOut: readonly Refusal[]
  /** Set if something is added and the Pod has no default container. */
  readonly defaultContainer?: string
}

/**
 * Adds the profiles to a Pod one after the other, and collects all problems (`draft.refusals`): conflicts with the Pod,
 * conflicts between profiles, and what the API server would deny about the whole Pod. `app` are the app containers;
 * `earlier` is the status of the Pod. If a profile with `onConflict: keep` has a conflict, the plan starts again without
 * that profile, so that nothing of it stays. It leaves out one profile at a time, the first one first, because a later
 * profile may have been in conflict only with that profile.
 */
export function plan(
  pod: Pod,
  all: readonly RenderedProfile[],
  app: readonly Container[],
  earlier: Status | undefined,
): Planned {
  const leftOut: Refusal[] = []
  for (let injections = all; ; ) {
    const draft = startDraft(pod, injections, app, earlier)
    for (const injection of injections)
      for (const verdict of verdictsOn(draft, injection)) record(draft, injection, verdict)
    if (isObject(pod.spec?.['resources'])) {
      for (const { injection, problems } of judgeResources(pod, injections, arrangeAll(draft, injections)))
        record(draft, injection, { is: 'conflict', problems })
    }
    const first = draft.leftOut[0]?.profile
    if (!first) return { draft, injections, leftOut, ...defaultContainer(draft) }
    leftOut.push(asOne(draft.leftOut.filter(({ profile }) => profile === first)))
    injections = injections.filter(({ profile }) => profile !== first)
    spend(unitsToPlace(pod, injections, app))
  }
}

/** Records a verdict: for the profiles after this one, for the patch, and for the status. */
function record(draft: Draft, injection: RenderedProfile, verdict: Verdict): void {
  const { name, onConflict } = injection.profile
  const ledger = draft.ledgers.get(name)!
  const { owner } = ledger
  if (verdict.is === 'added') {
    const { item, whole = item.value, before } = verdict
    enter(draft, owner, item, { value: whole, given: item.value, owner, isNew: true })
    add(draft, item)
    ledger.isChanged = true
    note(ledger, item, { isNew: true, ...(before !== undefined && { before }) })
  } else if (verdict.is === 'there') {
    const { item, standing } = verdict
    // If the author wrote the same, the status does not list it, so that Pillion never removes it.
    const isOurs = isClaimed(draft, name, item.key)
    if (isOurs) note(ledger, item, { isNew: false })
    // Another webhook may have changed what an earlier call added. Other profiles are compared with the value in this
    // profile, as in that call.
    const isShared = isOurs && Object.hasOwn(podLists, item.path[0]!)
    enter(draft, owner, item, isShared ? { ...standing, owner, given: item.value } : standing)
  } else if (verdict.is === 'conflict') {
    for (const problem of verdict.problems) refuse(draft, injection, problem)
  } else if (verdict.is === 'broken') {
    const why = because('Conflict', `profile ${name}: ${verdict.problem}`)
    draft.refusals.push(refusal(injection.profile, 'denied', why))
  } else if (verdict.is === 'left') {
    if (verdict.warning !== undefined) draft.warnings.push(`profile ${name}: ${verdict.warning}`)
  } else if (onConflict === 'deny') refuse(draft, injection, verdict.problem)
  else draft.warnings.push(`profile ${name}: ${verdict.problem}; ${stays(name)}`)
}

/** Records for the profiles after this one what is at a place, and its owner. */
function enter(draft: Draft, owner: string, { path, key, name, value }: Item, placed: Placed<Json>): void {
  const [field = ''] = path
  if (field === 'volumes') draft.volumes.set(name, placed as Placed<Named>)
  else if (isContainerList(field)) {
    draft.containers.set(name, { ...(placed as Placed<Container>), owner, list: field })
    takePorts(draft.ports, owner, value as Container, field)
  } else draft.given.set(key, placed)
}

/** Records for the patch what to add to an app container or to the Pod as a whole. */
function add(draft: Draft, { path, name, value }: Item): void {
  const [field = '', container = '', list = ''] = path
  if (Object.hasOwn(podLists, field)) return
  if (field === 'app') {
    const additions: Json[] | undefined = draft.app.get(container)?.[list as AppField]
    additions?.push(value)
    return
  }
  const added = draft.additions[field as PodField] ?? []
  draft.additions[field as PodField] = added
  if (placeAt(path).kind !== 'raised') added.push([name, value])
  else if (Number(value) > Number(added[0]?.[1] ?? 0)) added[0] = [name, value]
}

/** Records for the status what the profile has in the Pod. */
function note(
  { entries }: Ledger,
  { key, path, name }: Item,
  found: Pick<LedgerEntry, 'isNew' | 'before'>,
): void {
  entries.set(key, { path, name, ...found })
}

function refuse({ leftOut, refusals }: Draft, { profile }: RenderedProfile, problem: string): void {
  const why = because('Conflict', `profile ${profile.name}: ${problem}`)
  if (profile.onConflict === 'keep') leftOut.push(refusal(profile, 'skipped', why))
  else refusals.push(refusal(profile, 'denied', why))
}

/** The budget for planning once more. Rendering has paid for the first plan, and there may be one more for each profile. */
function unitsToPlace(
  { spec }: Pod,
  injections: readonly RenderedProfile[],
  app: readonly Container[],
): number {
  let entries = (spec?.volumes?.length ?? 0) + (spec?.containers?.length ?? 0)
  for (const { volumeMounts } of app) entries += volumeMounts?.length ?? 0
  let items = 0
  for (const { volumes, initContainers, containers, app: changes } of injections) {
    items += volumes.length + initContainers.length + containers.length
    for (const { env, envFrom, volumeMounts } of changes)
      items += 1 + env.length + envFrom.length + volumeMounts.length
  }
  return entries * unitsOfEntry + items * unitsOfItem
}

// To record one entry of the Pod.
const unitsOfEntry = 2
// To look for a conflict, to put the item in order, and to record it.
const unitsOfItem = 12

/** All conflicts of one profile as one refusal. */
function asOne(refusals: readonly Refusal[]): Refusal {
  const [first] = refusals as [Refusal]
  const prefix = `profile ${first.name}: `
  const all = new Set(refusals.map(({ message }) => message.replace(prefix, '')))
  return { ...first, message: `${prefix}${[...all].join('; ')}` }
}

/** The first app container, for `kubectl logs` and `exec`; empty if nothing is added, or if the Pod has a default container. */
function defaultContainer(draft: Draft): Pick<Planned, 'defaultContainer'> {
  const { pod, ledgers } = draft
  const isChosen =
    pod.metadata?.annotations?.[annotation.defaultContainer] !== undefined ||
    draft.additions.annotations?.some(([key]) => key === annotation.defaultContainer) === true
  const isChanged = [...ledgers.values()].some(ledger => ledger.isChanged)
  if (isChosen || !isChanged) return {}
  const main = pod.spec?.containers?.find(({ name }) => draft.containers.get(name)?.owner === thePod)
  return main ? { defaultContainer: main.name } : {}
}
