import { listNames } from '../../problems/nearest.ts'
import { truncate } from '../../problems/truncate.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import type { Profile } from '../../profile/profile.ts'
import type { Cluster, Subject } from '../decision.ts'
import { knownRevision } from '../revise/revise.ts'
import { claimOf, statusOf } from '../status/status.ts'
import { isDone } from './amount-changes.ts'
import type { AmountChange, Change, ImageChange, MetadataChange, Obstacle } from './change.ts'
import { changesIn } from './changes.ts'
import { compare } from './compare.ts'
import { patchesFor, undoOf } from './patches.ts'
import type { PodUpdate, UpdateMark } from './pod-update.ts'
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
  const own = knownRevision(profile, claimed.revision, profiles)
  if (!own)
    return recreate(
      `it has revision ${listNames([claimed.revision])}, which is not kept, so what differs is not known`,
    )
  const compared = compare({ pod, namespace }, { status, from: own, to: target }, profiles, cluster)
  const denied = compared.isDenied ? ({ isDenied: true } as const) : {}
  if ('because' in compared) return recreate(truncate(compared.because, longestReason), denied)
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
  const shared = {
    pod,
    status,
    profile: profile.name,
    to: target.revision,
    restarts,
    image,
    amount: open,
    metadata,
  }
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

type Groups = {
  readonly image?: readonly ImageChange[]
  readonly amount?: readonly AmountChange[]
  readonly metadata?: readonly MetadataChange[]
  readonly obstacle?: readonly Obstacle[]
}

function groupsOf(changes: readonly Change[]): Groups {
  return Object.groupBy(changes, ({ is }) => is) as Groups
}

/** `initContainers[a].env, volumes[b]: Kubernetes does not …; labels[c]: labels cannot …`: each reason once. */
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
