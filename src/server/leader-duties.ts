import { hostname } from 'node:os'
import type { Logger } from 'pino'
import type { ClusterConnection } from '../cluster/cluster.ts'
import type { Cluster } from '../engine/decision.ts'
import { mayBeMissed, missed, type Shortfall } from '../engine/missed.ts'
import type { Namespace, Pod } from '../engine/pod.ts'
import { revisionsOfPod } from '../engine/revise/revisions-of-pod.ts'
import { sampleOf } from '../engine/sample.ts'
import { isCalledFor } from '../engine/select/call-path.ts'
import { statusOf } from '../engine/status/status.ts'
import { withReviewBudget } from '../limits/budget.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import { userKey } from '../profile/accept/used-by.ts'
import type { Profile } from '../profile/profile.ts'
import type { ClusterContext } from './cluster-context.ts'
import { createSweepTelemetry } from './cluster-telemetry.ts'
import type { Metrics } from './metrics.ts'
import type { Options } from './options.ts'
import type { ProfileSource } from './profile-source.ts'
import { rolloutJudge } from './rollout-judge.ts'
import { createRolloutTelemetry } from './rollout-telemetry.ts'

/** The part of the connection to a cluster that the leader needs. */
export type Workplace = Pick<ClusterConnection, 'lead' | 'reportStatuses' | 'sweepRegularly' | 'rollOut'>

/**
 * Takes part in the leader election. The leader writes the status of profiles, sweeps, and updates Pods. `profilesChanged`
 * must be called after each change of the profiles. `ended` resolves after the signal, when another replica may take over.
 */
export function takeDuties(
  workplace: Workplace,
  options: Options,
  { namespace, cluster, namespaceOf, profiles, isReady, log, metrics }: DutiesParts,
) {
  const identity = options.identity ?? hostname()
  let reporter: ReturnType<Workplace['reportStatuses']> | undefined
  const profilesChanged = () => reporter?.changed()
  const { isLeader, ended } = workplace.lead({
    namespace,
    name: options.name,
    identity,
    changed(leads) {
      log.info({ identity }, leads ? 'leading' : 'no longer leading')
      metrics.leader.set(Number(leads))
      profilesChanged()
    },
  })
  const { stored } = profiles
  if (stored) {
    const sample = (profile: Profile) => withReviewBudget(() => sampleOf(profile, cluster.kubernetesVersion))
    reporter = workplace.reportStatuses({
      verdicts: () => stored.current().verdicts.values(),
      isLeader,
      sample: options.proveProfiles ? sample : undefined,
      namespace,
      identity,
      countsUsers: options.sweepIntervalMs > 0,
      updatesPods: options.rollout,
    })
    profilesChanged()
    // Only with one of these does Pillion have the permission to list Pods.
    if (options.rollout || options.sweepIntervalMs > 0)
      workplace.rollOut({
        ...createRolloutTelemetry(log, metrics),
        judge: rolloutJudge(stored, cluster),
        updates: options.rollout,
        namespaceOf,
        excludedNamespaces: cluster.excludedNamespaces,
        namespace,
        isLeader,
        isReady,
        parallelPods: options.rolloutParallelPods,
        podsPerMinute: options.rolloutPodsPerMinute,
        identity,
        found: ({ uid }, finding) => reporter?.rolled(uid, finding),
      })
  }
  if (options.sweepIntervalMs > 0) {
    const telemetry = createSweepTelemetry(log, metrics)
    workplace.sweepRegularly({
      ...telemetry,
      swept(pass) {
        telemetry.swept(pass)
        reporter?.counted(pass.users)
      },
      examiner: {
        profilesOf: (pod, podNamespace) => heldBy(pod as Pod, podNamespace, profiles.current()),
        mayMatter: (pod, podNamespace) => mayBeMissed(pod as Pod, podNamespace),
        // A Pod of the sweep has the budget of a review.
        examine: (pod, podNamespace) =>
          withReviewBudget(() => shortfallOf(pod as Pod, podNamespace, profiles.current(), cluster)),
        isCalled: (configuration, pod, podNamespace) =>
          isCalledFor(configuration, { pod: pod as Pod, namespace: podNamespace }),
      },
      name: options.name,
      namespaceOf,
      excludedNamespaces: cluster.excludedNamespaces,
      isLeader,
      isReady,
      intervalMs: options.sweepIntervalMs,
      evict: options.sweepEvict,
      evictionsPerMinute: options.sweepEvictionsPerMinute,
      identity,
    })
  }
  return { profilesChanged, ended }
}

/** The existing profiles that the status of a Pod lists, with the revisions that the Pod needs. */
function heldBy(pod: Pod, namespace: Namespace, profiles: Profiles) {
  const claimed = Object.keys(statusOf(pod)?.profiles ?? {})
  return claimed
    .flatMap(name => profiles.find(name, namespace.name) ?? [])
    .map(profile => ({ key: userKey(profile), revisions: revisionsOfPod(profile.name, { pod, namespace }) }))
}

/** Names only profiles that exist: other names in a Pod are text that its author wrote. */
function shortfallOf(
  pod: Pod,
  namespace: Namespace,
  profiles: Profiles,
  cluster: Cluster,
): Shortfall | undefined {
  const shortfall = missed({ pod, namespace }, profiles, cluster)
  if (!shortfall) return undefined
  return { ...shortfall, profiles: shortfall.profiles.filter(name => profiles.find(name, namespace.name)) }
}

interface DutiesParts extends Pick<ClusterContext<unknown>, 'cluster' | 'namespaceOf'> {
  readonly namespace: string
  readonly profiles: ProfileSource
  /** Whether all profiles and namespaces are known. */
  readonly isReady: () => boolean
  readonly log: Logger
  readonly metrics: Metrics
}
