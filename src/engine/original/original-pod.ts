import { limits } from '../../limits/limits.ts'
import type { Cluster, Subject } from '../decision.ts'
import { type Planned, plan } from '../plan/plan.ts'
import { annotation, type Pod } from '../pod.ts'
import { type RenderedProfile, renderProfiles } from '../render/profiles.ts'
import { defaultContainerOf, type Met, meetRequirements } from '../render/requirements.ts'
import type { Wanted } from '../resolve/resolve.ts'
import type { Refusal } from '../select/select.ts'
import type { Status } from '../status/status.ts'
import { confirmed, countOf, withoutClaimed } from './confirmed.ts'

/** The profiles that suit the author's Pod, and what they give to it. */
export interface ForOriginal extends Met {
  /** The Pod as its author wrote it, which expressions saw. */
  readonly pod: Pod
  readonly injections: readonly RenderedProfile[]
  readonly unrenderable: readonly Refusal[]
  readonly planned: Planned
}

/**
 * Renders and plans the wanted profiles for the Pod as its author wrote it: without what an earlier call added, so
 * that all gives the same when the API server calls again. Anybody can write a status, so what it claims is
 * an assumption. It is taken away, the profiles are planned for what is left, and only what they give back exactly
 * as it stands in the Pod was theirs. With the others the same is done again, until nothing that is taken away is
 * missing: then an author gets by a status what the Pod without it would get, and no more.
 */
export function planForOriginal(
  wanted: readonly Wanted[],
  subject: Subject,
  cluster: Cluster,
  status: Status | undefined,
): ForOriginal {
  let claimed = claimsOf(
    status,
    wanted.map(({ profile }) => profile.name),
  )
  const all = countOf(claimed)
  // "The first" app container stays the first when another webhook puts one in front of it. An author may name any.
  const main = defaultContainerOf(subject.pod)
  for (let rounds = 1; ; rounds++) {
    const pod = without(subject.pod, claimed)
    const met = meetRequirements(wanted, { ...subject, pod }, cluster, main)
    const { injections, refused: unrenderable } = renderProfiles(met.chosen, met.app)
    const claims = countOf(claimed)
    // Something that is claimed, and that another webhook changed since, is still in the author's Pod. Only the last plan
    // recognises it there: it must not confirm other claims.
    const planWith = (earlier: Status | undefined) => plan(pod, injections, met.app, earlier)
    const planned = planWith(claims === 0 ? status : undefined)
    const kept = claims === 0 || subject.isLive ? claimed : confirmed(claimed, subject.pod, planned)
    if (countOf(kept) === claims) {
      const isAll = claims === 0 || claims === all
      return { ...met, pod, injections, unrenderable, planned: isAll ? planned : planWith(status) }
    }
    claimed = rounds < limits.claimRounds ? kept : nothing
  }
}

const nothing: Status = { profiles: {} }

function claimsOf(status: Status | undefined, profiles: readonly string[]): Status {
  if (!status) return nothing
  const own = Object.entries(status.profiles).filter(([name]) => profiles.includes(name))
  return { ...status, profiles: Object.fromEntries(own) }
}

/** The status annotation does not count as the author's. */
function without(pod: Pod, claimed: Status): Pod {
  const annotations = pod.metadata?.annotations
  return annotations && Object.hasOwn(annotations, annotation.status) ? withoutClaimed(pod, claimed) : pod
}
