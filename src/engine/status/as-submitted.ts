import { limits } from '../../limits/limits.ts'
import type { Profile } from '../../profile/profile.ts'
import type { Cluster, Subject } from '../decision.ts'
import { placeAll } from '../plan/plan.ts'
import { annotation, type Pod } from '../pod.ts'
import { defaultContainerOf } from '../render/app-containers.ts'
import { inject } from '../render/injection.ts'
import { type Chosen, meetRequirements, type Wanted } from '../render/requirements.ts'
import type { Refusal } from '../select/select.ts'
import { bornOut, countOf, withoutClaimed } from './claims.ts'
import type { Status } from './status.ts'

/**
 * The profiles that a Pod gets, judged by the Pod as its author submitted it: without what an earlier call added, so
 * that expressions give the same when the API server calls again. Anybody can write a status, so what it claims is
 * an assumption. It is taken away, the profiles are rendered for what is left, and only what they give back exactly
 * as it stands in the Pod was theirs. With the others the same is done again, until nothing that is taken away is
 * missing: then an author gets by a status what the Pod without it would get, and no more.
 */
export function meetAsSubmitted(
  wanted: readonly Wanted[],
  subject: Subject,
  cluster: Cluster,
  status: Status | undefined,
): {
  readonly chosen: readonly Chosen[]
  readonly refused: readonly Refusal[]
  /** The Pod that expressions saw. */
  readonly pod: Pod
} {
  let claimed = claimsOf(
    status,
    wanted.map(({ profile }) => profile),
  )
  // "The first" app container stays the first when another webhook puts one in front of it. An author may name any.
  const main = defaultContainerOf(subject.pod)
  for (let rounds = 1; ; rounds++) {
    const pod = submitted(subject.pod, claimed)
    const met = { ...meetRequirements(wanted, { ...subject, pod }, cluster, main), pod }
    const claims = countOf(claimed)
    if (claims === 0 || subject.isLive) return met
    const { injections, app } = inject(met.chosen, pod, main)
    const kept = bornOut(claimed, subject.pod, placeAll(pod, injections, app, undefined).draft)
    if (countOf(kept) === claims) return met
    claimed = rounds < limits.claimRounds ? kept : nothing
  }
}

const nothing: Status = { profiles: {} }

function claimsOf(status: Status | undefined, profiles: readonly Profile[]): Status {
  if (!status) return nothing
  const names = new Set(profiles.map(({ name }) => name))
  const own = Object.entries(status.profiles).filter(([name]) => names.has(name))
  return { ...status, profiles: Object.fromEntries(own) }
}

/** The status annotation does not count as the author's. */
function submitted(pod: Pod, claimed: Status): Pod {
  const annotations = pod.metadata?.annotations
  return annotations && Object.hasOwn(annotations, annotation.status) ? withoutClaimed(pod, claimed) : pod
}
