import { applied } from '../engine/patch/apply.ts'
import { type PodUpdate, updateKinds } from '../engine/update/pod-update.ts'
import { updateTo } from '../engine/update/update-to.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import type { Profile } from '../profile/profile.ts'
import { clusterOf, type DecidedPod } from './decide-all.ts'
import type { Against, WhatIf } from './protocol.ts'

/** Two revisions of one profile. */
export interface TwoRevisions {
  readonly a: Profile
  readonly b: Profile
}

/** The profiles of a text in both revisions, if the other one gives the profile another revision. */
export function changedProfiles(a: readonly Profile[], b: Profiles): readonly TwoRevisions[] {
  return a.flatMap(profile => {
    const other = b.find(profile.name, profile.namespace ?? '')
    return other && other.revision !== profile.revision ? [{ a: profile, b: other }] : []
  })
}

/**
 * What happens to the Pods of a workload that run with revision A, when revision B is rolled out: as in a rollout and in
 * `pillion plan`. Undefined if they have none of the profiles.
 */
export function updateOf(
  { pod, namespace, decision, subject }: DecidedPod,
  changed: readonly TwoRevisions[],
  profiles: Profiles,
  { kubernetesVersion }: WhatIf,
): Against['workloads'][number]['update'] {
  const has = new Set(
    decision.profiles.filter(({ outcome }) => outcome === 'injected').map(({ name }) => name),
  )
  const running = { pod: applied(pod, decision.patch), namespace: subject.namespace }
  const updates = changed
    .filter(({ a }) => has.has(a.name) && (a.namespace === undefined || a.namespace === namespace))
    .map(({ a, b }) => updateTo(running, a, b, profiles, clusterOf(kubernetesVersion)))
  const [hardest] = updates.toSorted((a, b) => rank(b) - rank(a))
  if (!hardest) return undefined
  const { kind, because } = hardest
  return {
    kind,
    fields: updates.flatMap(({ fields }) => fields),
    restarts: [...new Set(updates.flatMap(({ restarts }) => restarts))],
    ...(because !== undefined && { because }),
  }
}

function rank({ kind }: PodUpdate): number {
  return updateKinds.indexOf(kind)
}
