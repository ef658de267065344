import type { Json } from '../../json/json.ts'
import { spend } from '../../limits/budget.ts'
import { podRows } from '../../profile/places.ts'
import type { Injected } from '../decision.ts'
import { arrange } from '../order/arrange.ts'
import type { Entry } from '../order/constraints.ts'
import { annotation, type Container, type Named, type Pod } from '../pod.ts'
import type { Injection } from '../render/injection.ts'
import type { Refusal } from '../select/select.ts'
import { emptyPlaces } from '../status/empty-places.ts'
import { type Status, statusText } from '../status/status.ts'
import { placeAppChanges } from './app-changes.ts'
import { placeContainers } from './containers.ts'
import { type AppDraft, type Draft, isChanged, type Ledger, type PodAdditions, startDraft } from './draft.ts'
import { placePodFields } from './pod-fields.ts'
import { enterPorts } from './ports.ts'
import { placeVolumes } from './volumes.ts'
import { annotationExcess, judgeResources } from './whole-pod.ts'

/** What is to be added to one Pod, and where. */
export interface Plan {
  readonly volumes: readonly Named[]
  readonly app: readonly AppDraft[]
  /** The whole lists as they will be. */
  readonly initContainers: readonly Entry[]
  readonly containers: readonly Entry[]
  readonly additions: PodAdditions
  /** Set when the Pod names no default container and one is due. */
  readonly defaultContainer?: string
  readonly status: Status
  /** The status as the annotation's value. */
  readonly statusText: string
  /** The profiles of which something was not there yet. */
  readonly changed: ReadonlySet<string>
  readonly warnings: readonly string[]
}

/** A plan for the profiles that are not left out, or everything that refuses the Pod. */
export type Planned = {
  readonly injections: readonly Injection[]
  /** The profiles that `onConflict: keep` leaves out, with what is in their way. */
  readonly leftOut: readonly Refusal[]
} & ({ readonly plan: Plan } | { readonly refused: readonly Refusal[]; readonly warnings: readonly string[] })

/**
 * Puts the injections into a Pod in turn, or says everything that stands in the way: conflicts with the Pod
 * and among profiles, an order that cannot be met, and what the API server would refuse of the whole. `app` are the
 * app containers as submitted, `earlier` is what the Pod's status says.
 */
export function plan(
  pod: Pod,
  all: readonly Injection[],
  app: readonly Container[],
  earlier: Status | undefined,
): Planned {
  const placed = placeAll(pod, all, app, earlier)
  const { draft, injections, leftOut } = placed
  const refused = (refusals: readonly Refusal[]): Planned => ({
    injections,
    leftOut,
    refused: refusals,
    warnings: draft.warnings,
  })
  if (draft.refusals.length > 0) return refused(draft.refusals)
  const finished = finish(placed)
  const excess = annotationExcess(pod, finished, injections)
  return excess ? refused([excess]) : { injections, leftOut, plan: finished }
}

/** The profiles that are not left out, placed in the Pod. */
interface PlacedAll {
  readonly draft: Draft
  readonly injections: readonly Injection[]
  readonly leftOut: readonly Refusal[]
  readonly initContainers: readonly Entry[]
  readonly containers: readonly Entry[]
}

/**
 * Places the injections in turn. When `onConflict: keep` leaves one out, the others are placed again without it, so
 * that nothing of it stays. One at a time, the earlier first: what is in the way of a later one may be what an earlier
 * one does not get.
 */
export function placeAll(
  pod: Pod,
  all: readonly Injection[],
  app: readonly Container[],
  earlier: Status | undefined,
): PlacedAll {
  const leftOut: Refusal[] = []
  for (let injections = all; ; ) {
    const draft = place(pod, injections, app, earlier)
    const initContainers = arrange(draft, injections, 'initContainers')
    const containers = arrange(draft, injections, 'containers')
    judgeResources(draft, injections, initContainers, containers)
    const first = draft.leftOut[0]?.profile
    if (!first) return { draft, injections, leftOut, initContainers, containers }
    leftOut.push(asOne(draft.leftOut.filter(({ profile }) => profile === first)))
    injections = injections.filter(({ profile }) => profile !== first)
    spend(unitsToPlace(pod, injections, app))
  }
}

/** Rendering has paid for the first time; each further one is as much work, and there may be one for each profile. */
function unitsToPlace({ spec }: Pod, injections: readonly Injection[], app: readonly Container[]): number {
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

/** All of it but the order of the containers. */
export function place(
  pod: Pod,
  injections: readonly Injection[],
  app: readonly Container[],
  earlier: Status | undefined,
): Draft {
  const draft = startDraft(pod, injections, app, earlier)
  enterPorts(draft, pod)
  for (const injection of injections) {
    const adopted = placeVolumes(draft, injection)
    placeContainers(draft, injection, adopted)
    placeAppChanges(draft, injection, adopted)
    placePodFields(draft, injection)
  }
  return draft
}

function finish({ draft, injections, initContainers, containers }: PlacedAll): Plan {
  const volumes = [...draft.volumes.values()].filter(({ isNew }) => isNew).map(({ value }) => value)
  const { metadata } = draft.pod
  const main = mainContainer(draft, containers)
  const isChosen =
    metadata?.annotations?.[annotation.defaultContainer] !== undefined ||
    draft.additions.annotations?.some(([key]) => key === annotation.defaultContainer) === true
  const defaultContainer = isChanged(draft) && !isChosen ? main : undefined
  const isOurDefault = defaultContainer !== undefined || draft.earlier?.defaultContainer === true
  const given = {
    ...draft.additions,
    volumes,
    initContainers: initContainers.filter(({ isNew }) => isNew),
  }
  const empty = emptyPlaces(draft.pod, given, [...draft.app.values()], draft.earlier)
  const status: Status = {
    profiles: Object.fromEntries(
      injections.map(({ profile }) => [
        profile.name,
        injectedOf(profile.revision, draft.ledgers.get(profile.name)!),
      ]),
    ),
    ...(isOurDefault && { defaultContainer: true }),
    ...(empty.length > 0 && { empty }),
  }
  return {
    volumes,
    app: [...draft.app.values()],
    initContainers,
    containers,
    additions: draft.additions,
    ...(defaultContainer !== undefined && { defaultContainer }),
    status,
    statusText: statusText(status),
    changed: new Set([...draft.ledgers].filter(([, ledger]) => ledger.isChanged).map(([name]) => name)),
    warnings: draft.warnings,
  }
}

/** The first container that is the app's, for `kubectl logs` and `exec`. */
function mainContainer({ containers }: Draft, entries: readonly Entry[]): string | undefined {
  return entries.find(
    ({ container, profile }) => profile === undefined && !containers.get(container.name)?.isNew,
  )?.container.name
}

function isValue(field: string): boolean {
  return podRows.some(([name, { kind }]) => name === field && kind !== 'map' && kind !== 'list')
}

function injectedOf(revision: string, { entries }: Ledger): Injected {
  const namesAt = Map.groupBy(entries.values(), ({ path }) => path.join('\n'))
  const injected: { [member: string]: Json } = { revision }
  const app: { [container: string]: { [list: string]: string[] } } = {}
  for (const group of namesAt.values()) {
    const [field = '', container = '', list = ''] = group[0]?.path ?? []
    const names = group.map(({ name }) => name)
    if (field === 'app') app[container] = { ...app[container], [list]: names }
    else injected[field] = group[0]?.before ?? (isValue(field) ? true : names)
  }
  return { ...injected, ...(Object.keys(app).length > 0 && { app }) } as Injected
}
