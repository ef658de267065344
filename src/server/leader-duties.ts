import { hostname } from 'node:os'
import type { Logger } from 'pino'
import type { Cluster } from '../engine/decision.ts'
import { mayBeMissed, missed, type Shortfall } from '../engine/missed.ts'
import type { Namespace, Pod } from '../engine/pod.ts'
import { type Sample, sampleOf } from '../engine/sample.ts'
import { type Answer, isCalledFor } from '../engine/select/call-path.ts'
import type { JsonObject } from '../json/json.ts'
import { withReviewBudget } from '../limits/budget.ts'
import type { Verdict } from '../profile/accept/acceptance.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import type { Profile } from '../profile/profile.ts'
import type { Metrics } from './metrics.ts'
import type { Options } from './options.ts'
import type { ProfileSource } from './profile-source.ts'
import { createSweepAccounts, type SweepAccounts } from './sweep-accounts.ts'

/** What one replica does for all of them. */
export interface Duties {
  /** To be told of each change of the profiles. */
  readonly profilesChanged: () => void
  /** Resolves after the signal, when another replica may take over. */
  readonly ended: Promise<void>
}

/** What a cluster must be able to do; the composition root knows how. */
export interface Workplace {
  lead(candidature: {
    readonly namespace: string
    readonly name: string
    readonly identity: string
    readonly changed: (isLeader: boolean) => void
  }): { isLeader(): boolean; readonly ended: Promise<void> }
  reportStatuses(reporting: {
    readonly verdicts: () => Iterable<Verdict>
    readonly isLeader: () => boolean
    readonly sample: ((profile: Profile) => Sample) | undefined
    readonly namespace: string
  }): { changed(): void }
  sweepRegularly(sweeping: Sweeping): void
}

interface Sweeping extends SweepAccounts {
  readonly examiner: {
    mayMatter(pod: JsonObject, namespace: Namespace): boolean
    examine(pod: JsonObject, namespace: Namespace): Shortfall | undefined
    isCalled(configuration: JsonObject, pod: JsonObject, namespace: Namespace): Answer
  }
  readonly name: string
  readonly namespaceOf: (name: string) => Namespace
  readonly excludedNamespaces: ReadonlySet<string>
  readonly isLeader: () => boolean
  readonly isReady: () => boolean
  readonly intervalMs: number
  readonly evict: Options['sweepEvict']
  readonly evictionsPerMinute: number
  readonly identity: string
}

/** Takes part in the election of the replica that writes statuses and sweeps, and does so while elected. */
export function takeDuties(
  workplace: Workplace,
  options: Options,
  { namespace, cluster, namespaceOf, profiles, isReady, log, metrics }: Surroundings,
): Duties {
  const identity = options.identity ?? hostname()
  let reporter: { changed(): void } | undefined
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
