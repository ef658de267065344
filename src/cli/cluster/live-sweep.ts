import type { BlockedWorkload } from '../../cluster/sweep/blocked-workloads.ts'
import type { FoundPod } from '../../cluster/sweep/found-pod.ts'
import { mayBeMissed, missed } from '../../engine/missed.ts'
import type { Pod } from '../../engine/pod.ts'
import { isCalledFor } from '../../engine/select/call-path.ts'
import { engineOf, type LiveInstallation } from './installation.ts'
import { notesOf, present } from './live-cluster.ts'
import { liveNamespaces } from './namespaces.ts'
import { lacking, permissionFor } from './permission.ts'
import { type LiveProfiles, liveProfiles } from './profiles.ts'

/** What one pass of the sweep finds, with the permissions of the user. */
export interface LiveSweep {
  readonly found: readonly FoundPod[]
  readonly blocked: readonly BlockedWorkload[]
  /** Number of running Pods. */
  readonly pods: number
  /** Number of Pods that were read in full. */
  readonly examined: number
  /** What could not be read, and why. */
  readonly notes: readonly string[]
}

/** A pass, or why there can be none: Pods or profiles cannot be read. */
export type LiveSweepIfAny =
  | LiveSweep
  | {
      readonly why: readonly string[]
      /** Whether one namespace could be read with fewer permissions. */
      readonly mayBeNarrowed: boolean
    }

/** Runs one pass of the sweep, in one namespace or in all. Uses the given profiles, or those of the cluster if none are given. */
export async function liveSweep(
  installation: LiveInstallation,
  namespace?: string,
  given?: LiveProfiles,
): Promise<LiveSweepIfAny> {
  const { cluster, mutating } = installation
  const names = namespace === undefined ? undefined : [namespace]
  const [
    { profiles, areUnknown, areNotInstalled, notes },
    namespaces,
    engine,
    sweep,
    blocking,
    { ApiFailure },
  ] = await Promise.all([
    given ?? liveProfiles(cluster, names),
    liveNamespaces(cluster, names),
    engineOf(installation),
    import('../../cluster/sweep/sweep.ts'),
    import('../../cluster/sweep/blocked-workloads.ts'),
    import('../../cluster/api/api.ts'),
  ])
  if (areUnknown) return { why: [...notes, ...namespaces.notes], mayBeNarrowed: !areNotInstalled }
  const found: FoundPod[] = []
  const failures: string[] = []
  const { signal } = new AbortController()
  const scope = namespace === undefined ? {} : { namespace }

  /** What the API server refuses to list. */
  function refusal(path: string) {
    return (error: unknown): string => {
      if (!(error instanceof ApiFailure)) throw error
      const { status, message } = error.response
      if (status !== 403) return `${path}: ${message}`
      return lacking(
        permissionFor('list', `/api/v1${namespace === undefined ? '' : `/namespaces/${namespace}`}/${path}`),
      )
    }
  }

  const [swept, blocked] = await Promise.all([
    sweep
      .sweepOnce(cluster.api, {
        examiner: {
          mayMatter: (pod, space) => mayBeMissed(pod as Pod, space),
          examine: (pod, space) => missed({ pod: pod as Pod, namespace: space }, profiles, engine),
          isCalled: (stored, pod, space) => isCalledFor(stored, { pod: pod as Pod, namespace: space }),
        },
        namespaceOf: namespaces.find,
        excludedNamespaces: engine.excludedNamespaces,
        ...scope,
        configuration: present(mutating),
        found: pod => void found.push(pod),
        failed: reason => void failures.push(reason),
        signal,
      })
      .catch(refusal('pods')),
    blocking.blockedWorkloads(cluster.api, { ...scope, signal }).catch(refusal('events')),
  ])
  const unread = [...notes, ...namespaces.notes, ...notesOf(mutating).map(untold), ...failures]
  if (typeof swept === 'string') return { why: [...unread, swept], mayBeNarrowed: true }
  return {
    found,
    blocked: typeof blocked === 'string' ? [] : blocked,
    pods: swept.pods,
    examined: swept.examined,
    notes:
      typeof blocked === 'string'
        ? [...unread, `${blocked}; workloads that cannot create Pods are not shown`]
        : unread,
  }
}

function untold(why: string): string {
  return `${why}; Pods count even if the API server does not call Pillion for them`
}
