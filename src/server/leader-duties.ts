import { hostname } from 'node:os'
import type { Logger } from 'pino'
import type { ClusterConnection } from '../cluster/cluster.ts'
import type { Cluster } from '../engine/decision.ts'
import { mayBeMissed, missed, type Shortfall } from '../engine/missed.ts'
import type { Namespace, Pod } from '../engine/pod.ts'
import { sampleOf } from '../engine/sample.ts'
import { isCalledFor } from '../engine/select/call-path.ts'
import { withReviewBudget } from '../limits/budget.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import type { Profile } from '../profile/profile.ts'
import type { Metrics } from './metrics.ts'
import type { Options } from './options.ts'
import type { ProfileSource } from './profile-source.ts'
import { createSweepAccounts } from './sweep-accounts.ts'

/** What one replica does for all of them. */
export interface Duties {
  /** To be told of each change of the profiles. */
  readonly profilesChanged: () => void
  /** Resolves after the signal, when another replica may take over. */
  readonly ended: Promise<void>
}

/** What the leader needs of the connection to a cluster. */
export type Workplace = Pick<ClusterConnection, 'lead' | 'reportStatuses' | 'sweepRegularly'>

/** Takes part in the election of the replica that writes statuses and sweeps, and does so while elected. */
export function takeDuties(
  workplace: Workplace,
  options: Options,
  { namespace, cluster, namespaceOf, profiles, isReady, log, metrics }: Surroundings,
): Duties {
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
    })
    profilesChanged()
  }
  if (options.sweepIntervalMs > 0) {
    workplace.sweepRegularly({
      ...createSweepAccounts(log, metrics),
      examiner: {
        mayMatter: (pod, podNamespace) => mayBeMissed(pod as Pod, podNamespace),
        // What a review may cost, a Pod of the sweep may, too.
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

/** With the names of profiles that exist: what else a Pod asks for are its author's own words. */
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

interface Surroundings {
  readonly namespace: string
  readonly cluster: Cluster
  readonly namespaceOf: (name: string) => Namespace
  readonly profiles: ProfileSource
  /** Whether all is known that decides about Pods. */
  readonly isReady: () => boolean
  readonly log: Logger
  readonly metrics: Metrics
}
