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

/** What the profiles that are not left out give to one Pod. */
export interface Planned {
  readonly draft: Draft
  readonly injections: readonly RenderedProfile[]
  /** The profiles that `onConflict: keep` leaves out, with what is in their way. */
  readonly leftOut: readonly Refusal[]
  /** Set when the Pod names no default container and one is due. */
  readonly defaultContainer?: string
}

/**
 * Puts the injections into a Pod in turn, and finds everything that stands in the way (`draft.refusals`): conflicts with
 * the Pod and among profiles, and what the API server would refuse of the whole. `app` are the app containers, `earlier`
 * is what the Pod's status says. When `onConflict: keep` leaves one out, the others are placed again without it, so
 * that nothing of it stays. One at a time, the earlier first: what is in the way of a later one may be what an earlier
 * one does not get.
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
      const ordered = arrangeAll(draft, injections)
      draft.refusals.push(...ordered.refusals)
      for (const { injection, problems } of judgeResources(pod, injections, ordered))
        record(draft, injection, { is: 'conflict', problems })
    }
    const first = draft.leftOut[0]?.profile
    if (!first) return { draft, injections, leftOut, ...defaultContainer(draft) }
    leftOut.push(asOne(draft.leftOut.filter(({ profile }) => profile === first)))
    injections = injections.filter(({ profile }) => profile !== first)
    spend(unitsToPlace(pod, injections, app))
  }
}

/** Enters a verdict on something that a profile gives: for the profiles after it, for the patch, and for the status. */
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
    // The author's own that happens to be identical is not ours to take away.
    const isOurs = isClaimed(draft, name, item.key)
    if (isOurs) note(ledger, item, { isNew: false })
    // What an earlier call gave compares with what other profiles give as it did in that call, though another webhook
    // has changed it since.
    const isShared = isOurs && Object.hasOwn(podLists, item.path[0]!)
    enter(draft, owner, item, isShared ? { ...standing, owner, given: item.value } : standing)
  } else if (verdict.is === 'conflict') {
    for (const problem of verdict.problems) refuse(draft, injection, problem)
  } else if (verdict.is === 'left') {
    if (verdict.warning !== undefined) draft.warnings.push(`profile ${name}: ${verdict.warning}`)
  } else if (onConflict === 'deny') refuse(draft, injection, verdict.problem)
  else draft.warnings.push(`profile ${name}: ${verdict.problem}; ${stays(name)}`)
}

/** For the profiles that come after: what is where, and whose it is. */
function enter(draft: Draft, owner: string, { path, key, name, value }: Item, placed: Placed<Json>): void {
  const [field = ''] = path
  if (field === 'volumes') draft.volumes.set(name, placed as Placed<Named>)
  else if (isContainerList(field)) {
    draft.containers.set(name, { ...(placed as Placed<Container>), owner, list: field })
    takePorts(draft.ports, owner, value as Container, field)
  } else draft.given.set(key, placed)
}

/** For the patch: what an app container or the Pod as a whole gets. */
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

/** For the status. */
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

/** Rendering has paid for the first time; each further one is as much work, and there may be one for each profile. */
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

// To enter what stands in the Pod.
const unitsOfEntry = 2
// To look for another in its place, to put it in order, and to note it.
const unitsOfItem = 12

/** Everything that is in the way of one profile, as one refusal. */
function asOne(refusals: readonly Refusal[]): Refusal {
  const [first] = refusals as [Refusal]
  const prefix = `profile ${first.name}: `
  const all = new Set(refusals.map(({ message }) => message.replace(prefix, '')))
  return { ...first, message: `${prefix}${[...all].join('; ')}` }
}

/** The first container that is the app's, for `kubectl logs` and `exec`, where something is added and none is named. */
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
