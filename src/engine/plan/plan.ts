import { isObject } from '../../json/json.ts'
import { spend } from '../../limits/budget.ts'
import { arrange } from '../order/order.ts'
import { annotation, type Container, type Pod } from '../pod.ts'
import type { Refusal } from '../reason.ts'
import type { RenderedProfile } from '../render/render.ts'
import { claimOf, pieceKey, piecesOf, type Status } from '../status/status.ts'
import { type Claimed, type Draft, record, startDraft, thePod } from './draft.ts'
import { adopt, itemsOf } from './items.ts'
import { judge } from './judge.ts'
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
  const claimed = claimedBy(all, earlier)
  for (let injections = all; ; ) {
    const draft = startDraft(pod, injections, app, earlier, claimed)
    for (const injection of injections) place(draft, injection)
    if (isObject(pod.spec?.['resources'])) {
      const lists = (['initContainers', 'containers'] as const).map(list => arrange(draft, injections, list))
      for (const { injection, problems } of judgeResources(pod, injections, lists[0]!, lists[1]!))
        record(draft, injection, { is: 'conflict', problems })
    }
    const first = draft.leftOut[0]?.profile
    if (!first) return { draft, injections, leftOut, ...defaultContainer(draft) }
    leftOut.push(asOne(draft.leftOut.filter(({ profile }) => profile === first)))
    injections = injections.filter(({ profile }) => profile !== first)
    spend(unitsToPlace(pod, injections, app))
  }
}

/** What the earlier status claims for each profile. It may be forged, and long. */
function claimedBy(injections: readonly RenderedProfile[], earlier: Status | undefined): Claimed {
  const claimed = injections.flatMap(({ profile: { name } }) => {
    const injected = claimOf(name, earlier)
    return injected ? [[name, new Set([...piecesOf(injected)].map(pieceKey))] as const] : []
  })
  for (const [, keys] of claimed) spend(keys.size * unitsOfClaim)
  return new Map(claimed)
}

const unitsOfClaim = 4

/** Each item is judged with all that was recorded before it. */
function place(draft: Draft, injection: RenderedProfile): void {
  const { adopted, verdicts } = adopt(draft, injection)
  for (const verdict of verdicts) record(draft, injection, verdict)
  for (const item of itemsOf(injection, adopted)) record(draft, injection, judge(draft, injection, item))
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
