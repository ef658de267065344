import { limits } from '../../limits/limits.ts'
import { listNames } from '../../problems/nearest.ts'
import { truncate } from '../../problems/truncate.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import type { Profile } from '../../profile/profile.ts'
import type { Cluster, Subject } from '../decision.ts'
import { beyondLimits } from '../limits/pod-limits.ts'
import { asCreated } from '../original/as-created.ts'
import type { Refusal } from '../reason.ts'
import { knownRevision } from '../revise/revise.ts'
import { requestOf } from '../select/select.ts'
import { claimOf, type Status, statusOf } from '../status/status.ts'
import { isDone } from './amount-changes.ts'
import type { AmountChange, Change, ImageChange, MetadataChange, Obstacle } from './change.ts'
import { changesIn } from './changes.ts'
import type { Compared } from './compared.ts'
import { patchesFor, undoOf } from './patches.ts'
import type { PodUpdate, UpdateMark } from './pod-update.ts'
import { type Rendering, renderingOf } from './rendering.ts'
import { resizeObstacles, restartsFor } from './resize.ts'

/**
 * The way from what a Pod that runs has of a profile to what another revision of it gives. Both revisions are rendered for
 * the author's Pod, and the difference between the two decides: so neither defaults nor what other webhooks added matters,
 * unless it is at a place that changes. `profile` is the stable revision; that of the Pod is found by its status. Without a
 * mark, there are no patches.
 */
export function updateTo(
  { pod, namespace }: Pick<Subject, 'pod' | 'namespace'>,
  profile: Profile,
  target: Profile,
  profiles: Profiles,
  cluster: Cluster,
  mark?: UpdateMark,
): PodUpdate {
  const status = statusOf(pod)
  const claimed = claimOf(profile.name, status)
  const about = { profile: profile.name, from: claimed?.revision ?? '', to: target.revision }
  const recreate = (because: string, others: Partial<PodUpdate> = {}): PodUpdate => ({
    ...about,
    kind: 'recreate',
    fields: [],
    because,
    ...others,
    patches: [],
    restarts: [],
  })
  if (!status || !claimed) return recreate('its status does not name the profile')
  if (claimed.revision === target.revision)
    return { ...about, kind: 'none', fields: [], patches: [], restarts: [] }
  const [tooMuch] = beyondLimits({ pod, namespace })
  if (tooMuch !== undefined) return recreate(tooMuch, { isDenied: true })
  const own = knownRevision(profile, claimed.revision, profiles)
  if (!own)
    return recreate(
      `it has revision ${listNames([claimed.revision])}, which is not kept, so what differs is not known`,
    )
  const subject: Subject = { pod: asCreated(pod), namespace, isLive: true, operation: 'CREATE' }
  const rendered = (revision: Profile) =>
    renderingOf(revisionsOn(subject, status, revision, profiles), subject, profiles, cluster, status)
  const [from, to] = [rendered(own), rendered(target)]
  const isDenied = to.refused.some(({ outcome }) => outcome === 'denied')
  const denied = isDenied ? ({ isDenied } as const) : {}
  const [refused] = [...newIn(to, from, profile), ...newIn(from, to, profile)]
  if (refused) return recreate(truncate(refused.message, longestReason), denied)
  const compared: Compared = {
    pod,
    profile: profile.name,
    revision: own.revision,
    claimed,
    cluster,
    from,
    to,
  }
  const changes = changesIn(compared)
  const { obstacle = [], image = [], amount = [], metadata = [] } = groupsOf(changes)
  const open = amount.filter(change => !isDone(change))
  const obstacles = [...obstacle, ...resizeObstacles(compared, open)]
  const fields = changes.filter(change => change.is !== 'amount' || !isDone(change)).map(({ field }) => field)
  if (obstacles.length > 0)
    return recreate(reasonsOf(obstacles), { fields: fields.slice(0, shownFields), ...denied })
  const kind = image.length > 0 ? 'images' : open.length > 0 ? 'resources' : 'metadata'
  const restarted = [...image, ...open.filter(change => restartsFor(pod, change))]
  const restarts = [...new Set(restarted.map(({ container }) => container.name))]
  const shared = { ...compared, status, to: target.revision, restarts, image, amount: open, metadata }
  return {
    ...about,
    kind,
    fields: fields.slice(0, shownFields),
    ...(mark
      ? { patches: patchesFor({ ...shared, mark }), ...(amount.length > 0 && { undo: undoOf(pod, amount) }) }
      : { patches: [] }),
    restarts,
  }
}

/** All profiles that the status names, each in the revision that the Pod has, in the order in which the Pod asks for them. */
function revisionsOn(
  subject: Subject,
  { profiles: claims }: Status,
  revision: Profile,
  profiles: Profiles,
): readonly Profile[] {
  const asked = requestOf(subject)?.value.slice(0, limits.annotationLength).split(',') ?? []
  const names = new Set([...asked.map(name => name.trim()), ...Object.keys(claims).sort()])
  return [...names].flatMap(name => {
    const claimed = claimOf(name, { profiles: claims })
    if (!claimed) return []
    if (name === revision.name) return [revision]
    const current = profiles.find(name, subject.namespace.name)
    return current ? [knownRevision(current, claimed.revision, profiles) ?? current] : []
  })
}

/** What one rendering refuses and the other does not, and what it refuses of the profile itself. */
function newIn(one: Rendering, other: Rendering, { name }: Profile): readonly Refusal[] {
  const known = new Set(other.refused.map(({ message }) => message))
  return one.refused.filter(refusal => refusal.name === name || !known.has(refusal.message))
}

type Groups = {
  readonly image?: readonly ImageChange[]
  readonly amount?: readonly AmountChange[]
  readonly metadata?: readonly MetadataChange[]
  readonly obstacle?: readonly Obstacle[]
}

function groupsOf(changes: readonly Change[]): Groups {
  return Object.groupBy(changes, ({ is }) => is) as Groups
}

/** `the order of …; Kubernetes does not allow … (containers[a].env)`: each reason once, with its fields. */
function reasonsOf(obstacles: readonly Obstacle[]): string {
  const byReason = Map.groupBy(obstacles, ({ because }) => because)
  const reasons = [...byReason].map(
    ([because, all]) => `${listNames(all.map(({ field }) => field))}: ${because}`,
  )
  return truncate(reasons.join('; '), longestReason)
}

const shownFields = 10

// It is for a condition, an event and a line in a terminal.
const longestReason = 1_000
