import type { Api } from '../../../src/cluster/api/api.ts'
import { reportStatuses } from '../../../src/cluster/profile/profile-status.ts'
import { watchProfiles } from '../../../src/cluster/profile/profiles.ts'
import { rollOut } from '../../../src/cluster/rollout/rollout-loop.ts'
import type { Cluster } from '../../../src/engine/decision.ts'
import type { Profiles } from '../../../src/profile/accept/profiles.ts'
import { rolloutJudge } from '../../../src/server/rollout-judge.ts'

export const cluster: Cluster = {
  kubernetesVersion: '1.34',
  excludedNamespaces: new Set(['kube-system', 'pillion']),
}
export const namespaceOf = (name: string) => ({ name, labels: {}, annotations: {} })

/** All of a replica that takes part in a rollout. What it knows is lost when it stops. */
export interface Replica {
  /** Undefined until it knows the profiles of the cluster. */
  readonly profiles: () => Profiles | undefined
  /** Must be called when the leader changes. */
  readonly changed: () => void
  readonly stop: () => void
}

interface ReplicaOptions {
  readonly name: string
  readonly leads: () => boolean
  /** Called with each bug that the replica meets. */
  readonly say: (what: string) => void
}

/** As src/server/leader-duties.ts puts it together. */
export function replica(
  sending: (signal: AbortSignal) => Api,
  { name: identity, leads, say }: ReplicaOptions,
): Replica {
  const ending = new AbortController()
  const { signal } = ending
  const api = sending(signal)
  const isLeader = () => leads() && !signal.aborted
  const failed = (reason: string) => {
    if (/TypeError|RangeError|undefined|not a function/.test(reason)) say(`${identity} failed: ${reason}`)
  }
  const troubled = (problem: unknown) => say(`a bug: ${JSON.stringify(problem)}`)
  const shared = { failed, troubled, signal, namespace: 'pillion', identity }
  let report = () => {}
  const watched = watchProfiles(api, { ...shared, home: 'pillion', changed: () => report() })
  const reporter = reportStatuses(api, {
    ...shared,
    verdicts: () => watched.current().verdicts.values(),
    revisions: watched.revisions,
    isLeader,
    countsUsers: false,
    updatesPods: true,
  })
  report = reporter.changed
  rollOut(api, {
    ...shared,
    judge: rolloutJudge(watched, cluster),
    updates: true,
    namespaceOf,
    excludedNamespaces: cluster.excludedNamespaces,
    isLeader,
    isReady: watched.isComplete,
    parallelPods: 10,
    podsPerMinute: 60,
    found: ({ uid }, finding) => reporter.rolled(uid, finding),
    counted() {},
    stepped() {},
    resigned() {},
  })
  return {
    profiles: () => (watched.isComplete() ? watched.current().profiles : undefined),
    changed: reporter.changed,
    stop: () => ending.abort(),
  }
}
