import type { Json } from '../profile/json.ts'
import { placeAppChanges } from './app-changes.ts'
import type { Entry } from './constraints.ts'
import { enterPorts, placeContainers } from './containers.ts'
import type { Injected } from './decision.ts'
import {
  type AppDraft,
  type Draft,
  type Ledger,
  noteEmpty,
  ownerOf,
  type PodAdditions,
  startDraft,
} from './draft.ts'
import type { Injection } from './injection.ts'
import { order } from './order.ts'
import { annotation, type Container, type Named, type Pod } from './pod.ts'
import { placePodFields } from './pod-fields.ts'
import { because } from './reason.ts'
import type { Refusal } from './select.ts'
import type { Status } from './status.ts'
import { placeVolumes } from './volumes.ts'

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
  /** The profiles of which something was not there yet. */
  readonly changed: ReadonlySet<string>
  readonly warnings: readonly string[]
}

/**
 * Puts the injections into a Pod with these app containers, as submitted, in turn, or says everything that stands in the way: conflicts with
 * the Pod and among profiles, and an order that cannot be met.
 */
export function plan(
  pod: Pod,
  injections: readonly Injection[],
  app: readonly Container[],
): { readonly plan: Plan } | { readonly refused: readonly Refusal[]; readonly warnings: readonly string[] } {
  const draft = startDraft(pod, injections, app)
  enterPorts(draft, pod)
  for (const injection of injections) {
    const adopted = placeVolumes(draft, injection)
    placeContainers(draft, injection, adopted)
    placeAppChanges(draft, injection, adopted)
    placePodFields(draft, injection)
  }
  const initContainers = arrange(draft, injections, 'initContainers')
  const containers = arrange(draft, injections, 'containers')
  if (draft.refusals.length > 0) return { refused: draft.refusals, warnings: draft.warnings }
  return { plan: finish(draft, injections, initContainers, containers) }
}

function arrange(
  draft: Draft,
  injections: readonly Injection[],
  list: 'initContainers' | 'containers',
): readonly Entry[] {
  const own = draft.pod.spec?.[list] ?? []
  const ours = new Map(
    injections.flatMap(injection =>
      injection[list].flatMap(({ name }, declared): [string, Entry][] => {
        const placed = draft.containers.get(name)
        if (placed?.list !== list || placed.owner !== ownerOf(injection)) return []
        return [
          [name, { container: placed.value, profile: injection.profile.name, declared, isNew: placed.isNew }],
        ]
      }),
    ),
  )
  const standing = own.map(container => ours.get(container.name) ?? { container, isNew: false })
  const added = [...ours.values()].filter(({ isNew }) => isNew)
  if (added.length === 0) return standing
  const orders = new Map(injections.map(({ profile }) => [profile.name, profile.order]))
  const result = order(list === 'containers' ? [...standing, ...added] : inFront(standing, added), orders)
  if ('ordered' in result) return result.ordered
  const message = `${list} cannot be put in order: ${result.cycle}`
  draft.refusals.push({ name: added[0]?.profile ?? '', outcome: 'denied', ...because('OrderCycle', message) })
  return standing
}

/** Native sidecars, then injected init containers, then whatever the Pod has that is neither. */
function inFront(standing: readonly Entry[], added: readonly Entry[]): readonly Entry[] {
  const rank = ({ profile, container }: Entry) =>
    profile === undefined ? 2 : container.restartPolicy === 'Always' ? 0 : 1
  return added
    .toSorted((a, b) => rank(a) - rank(b))
    .reduce<Entry[]>(
      (entries, entry) => {
        const behind = entries.findIndex(other => rank(other) > rank(entry))
        return entries.toSpliced(behind < 0 ? entries.length : behind, 0, entry)
      },
      [...standing],
    )
}

function finish(
  draft: Draft,
  injections: readonly Injection[],
  initContainers: readonly Entry[],
  containers: readonly Entry[],
): Plan {
  const volumes = [...draft.volumes.values()].filter(({ isNew }) => isNew).map(({ value }) => value)
  const { metadata, spec } = draft.pod
  for (const pointer of draft.earlier?.empty ?? []) draft.empty.add(pointer)
  if (volumes.length > 0) noteEmpty(draft, '/spec/volumes', spec?.volumes)
  if (initContainers.some(({ isNew }) => isNew))
    noteEmpty(draft, '/spec/initContainers', spec?.initContainers)
  noteEmpty(draft, '/metadata', metadata)
  noteEmpty(draft, '/metadata/annotations', metadata?.annotations)
  const isChanged = [...draft.ledgers.values()].some(ledger => ledger.isChanged)
  const main = mainContainer(draft, containers)
  const isChosen =
    metadata?.annotations?.[annotation.defaultContainer] !== undefined ||
    draft.additions.annotations.some(([key]) => key === annotation.defaultContainer)
  const defaultContainer = isChanged && !isChosen ? main : undefined
  const isOurDefault = defaultContainer !== undefined || draft.earlier?.defaultContainer === true
  return {
    volumes,
    app: [...draft.app.values()],
    initContainers,
    containers,
    additions: draft.additions,
    ...(defaultContainer !== undefined && { defaultContainer }),
    status: {
      profiles: Object.fromEntries(
        injections.map(({ profile }) => [
          profile.name,
          injectedOf(profile.revision, draft.ledgers.get(profile.name)!),
        ]),
      ),
      ...(isOurDefault && { defaultContainer: true }),
      ...(draft.empty.size > 0 && { empty: [...draft.empty].sort() }),
    },
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

function injectedOf(revision: string, { entries }: Ledger): Injected {
  const namesAt = Map.groupBy(entries, ({ path }) => path.join('\n'))
  const injected: { [member: string]: Json } = { revision }
  const app: { [container: string]: { [list: string]: string[] } } = {}
  for (const group of namesAt.values()) {
    const [field = '', container = '', list = ''] = group[0]?.path ?? []
    const names = group.map(({ name }) => name)
    if (field === 'app') app[container] = { ...app[container], [list]: names }
    else injected[field] = field === 'shareProcessNamespace' || field === 'dnsConfig' ? true : names
  }
  return { ...injected, ...(Object.keys(app).length > 0 && { app }) } as Injected
}
