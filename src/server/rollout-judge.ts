import type { ActiveRollout, JudgedUpdate, RolloutJudge } from '../cluster/rollout/rollout-judge.ts'
import type { Cluster, InjectedNames } from '../engine/decision.ts'
import type { Namespace, Pod } from '../engine/pod.ts'
import { dueOf, knownRevision } from '../engine/revise/revise.ts'
import { matchesLabels } from '../engine/select/select.ts'
import { claimOf, statusOf } from '../engine/status/status.ts'
import type { PodUpdate } from '../engine/update/pod-update.ts'
import { updateTo } from '../engine/update/update-to.ts'
import { canonical, isObject, metadataOf, objectAt } from '../json/json.ts'
import { withReviewBudget } from '../limits/budget.ts'
import type { Acceptance, Verdict } from '../profile/accept/acceptance.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import { rolloutSettingsIn } from '../profile/accept/serving.ts'
import { userKey } from '../profile/accept/used-by.ts'
import type { Profile } from '../profile/profile.ts'
import { isRevision } from '../profile/revision.ts'
import { rolloutStatusIn } from '../profile/rollout/rollout-status.ts'
import type { LabelSelector } from '../profile/schema/core-schema.ts'

/** The decisions of the engine about Pods that run, for the loop that updates them. */
export function rolloutJudge(stored: { current(): Acceptance }, cluster: Cluster): RolloutJudge {
  /** By the verdict: while a profile does not change, its rollout is the same object. */
  const known = new WeakMap<Verdict, ActiveRollout | 'none'>()

  function rolloutOf(verdict: Verdict): ActiveRollout | 'none' {
    const before = known.get(verdict)
    if (before) return before
    const rollout = activeRollout(verdict) ?? 'none'
    known.set(verdict, rollout)
    return rollout
  }

  /** A Pod has the budget of a review. */
  function examine(pod: Pod, namespace: Namespace, key: string, at: string): JudgedUpdate | undefined {
    const { profiles } = stored.current()
    const found = profileFor(pod, namespace, key, profiles)
    if (!found) return undefined
    const { profile, claimed } = found
    const due = dueOf({ pod, namespace }, profile, profiles)?.profile
    // It pins a revision that is not kept. The Pod that replaces it would be denied: the sweep says so.
    const target = due ?? knownRevision(profile, claimed.revision, profiles) ?? profile
    const update = updateTo({ pod, namespace }, profile, target, profiles, cluster, { at })
    const { initContainers = [], containers = [], imagePullSecrets = [], updated } = claimed
    return {
      pod: {
        // Of 10,000 Pods in memory, and whatever a user wrote.
        revision: isRevision(claimed.revision) ? claimed.revision : '',
        due: target.revision,
        kind: due ? update.kind : 'none',
        ...(update.because !== undefined && { because: update.because }),
        containers: [...initContainers, ...containers],
        ...(updated && { updated }),
      },
      update,
      // Credentials of Pillion's namespace are for profiles of the admin.
      secrets: profile.namespace === undefined ? imagePullSecrets : [],
    }
  }

  function putBack(pod: Pod, namespace: Namespace, key: string, at: string): PodUpdate | undefined {
    const { profiles } = stored.current()
    const found = profileFor(pod, namespace, key, profiles)
    if (!found) return undefined
    const { profile, claimed } = found
    const { revision, updated } = claimed
    const before =
      updated && updated.from !== revision ? knownRevision(profile, updated.from, profiles) : undefined
    const target = before ?? profile
    if (target.revision === revision) return undefined
    return updateTo({ pod, namespace }, profile, target, profiles, cluster, { at, previous: revision })
  }

  return {
    rollouts: () =>
      Array.from(stored.current().verdicts.values(), rolloutOf).filter(rollout => rollout !== 'none'),
    profilesOf: (pod, namespace) => profilesOf(pod as Pod, namespace, stored.current().profiles),
    examine: (pod, namespace, key, at) => withReviewBudget(() => examine(pod as Pod, namespace, key, at)),
    putBack: (pod, namespace, key, at) => withReviewBudget(() => putBack(pod as Pod, namespace, key, at)),
    matchesLabels: (selector, labels) =>
      matchesLabels(selector as LabelSelector, labels as Namespace['labels']),
  }
}

/** The existing profiles that the status of a Pod lists, by `userKey`. Anybody can write a status, so this is only a hint. */
export function profilesOf(pod: Pod, namespace: Namespace, profiles: Profiles): readonly string[] {
  const claimed = Object.keys(statusOf(pod)?.profiles ?? {})
  return claimed.flatMap(name => profiles.find(name, namespace.name) ?? []).map(userKey)
}

function activeRollout({ object, profile, inUse }: Verdict): ActiveRollout | undefined {
  const status = rolloutStatusIn(object)
  // While the rest of the spec is not valid, the rollout before it goes on, and its Pods are looked after.
  const rollout = profile?.rollout ?? rolloutSettingsIn(object)
  if (!status || !rollout || !inUse) return undefined
  const { phase, stable, canary, percent } = status
  const { uid } = metadataOf(object)
  const selectors = objectAt(object, 'spec', 'rollout')['canary']
  return {
    key: userKey(inUse),
    uid: String(uid),
    name: inUse.name,
    ...(inUse.namespace !== undefined && { namespace: inUse.namespace }),
    // Pods get another revision in place of a stable one that is gone. No Pod that runs is brought to it: nobody chose it.
    rollout: inUse.revision === stable ? rollout : { ...rollout, paused: true },
    status,
    basis: canonical([
      String(uid),
      phase === 'Degraded',
      stable,
      canary ?? '',
      percent ?? '',
      inUse.revision,
      isObject(selectors) ? selectors : {},
    ]),
  }
}

/** The stable revision of the profile with this key, and what the status of the Pod lists of it. */
function profileFor(
  pod: Pod,
  namespace: Namespace,
  key: string,
  profiles: Profiles,
): { readonly profile: Profile; readonly claimed: InjectedNames } | undefined {
  const status = statusOf(pod)
  const name = key.slice(key.indexOf('/') + 1)
  const profile = profiles.find(name, namespace.name)
  const claimed = profile && userKey(profile) === key ? claimOf(name, status) : undefined
  return profile && claimed ? { profile, claimed } : undefined
}
