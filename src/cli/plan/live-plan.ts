import type { Pod } from '../../engine/pod.ts'
import { metadataOf } from '../../json/json.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import type { Profile } from '../../profile/profile.ts'
import { engineOf, type InstallationFlags, liveInstallation } from '../cluster/installation.ts'
import type { LiveCluster } from '../cluster/live-cluster.ts'
import { liveNamespaces } from '../cluster/namespaces.ts'
import { lacking, permissionFor } from '../cluster/permission.ts'
import { type ExitCode, Failure, type Io, printJson } from '../io.ts'
import { planTable, planText } from './plan-text.ts'
import { carriedBy, type PlannedPod, plannedPod } from './planned-pods.ts'

export interface PlanFlags extends InstallationFlags {
  readonly output: 'text' | 'wide' | 'json'
}

/** Looks at all running Pods that have the profiles, and prints what new revisions do to them. Writes nothing. */
export async function printPlan(
  targets: readonly Profile[],
  {
    cluster,
    profiles,
    notes,
    unreadRevisions,
  }: {
    readonly cluster: LiveCluster
    readonly profiles: Profiles
    readonly notes: readonly string[]
    readonly unreadRevisions: readonly string[]
  },
  flags: PlanFlags,
  io: Io,
): Promise<ExitCode> {
  const plans = await plannedPods(targets, cluster, profiles, flags, io)
  if (flags.output === 'json')
    printJson(
      targets.map((target, i) => ({ profile: placeOf(target), revision: target.revision, pods: plans[i] })),
      io,
    )
  else
    for (const [i, target] of targets.entries()) {
      io.out(`${placeOf(target)}, revision ${target.revision}: ${planText(plans[i] ?? [])}`)
      if (flags.output === 'wide' && plans[i]?.length) io.out(`\n${planTable(plans[i])}`)
    }
  for (const note of new Set([...notes, ...unreadRevisions])) io.err(`${note}\n`)
  return 0
}

/** The Pods of each profile. */
async function plannedPods(
  targets: readonly Profile[],
  cluster: LiveCluster,
  profiles: Profiles,
  flags: PlanFlags,
  io: Io,
): Promise<readonly (readonly PlannedPod[])[]> {
  const own = new Set(targets.map(({ namespace }) => namespace))
  const [only] = own
  const scope = own.size === 1 && only !== undefined ? { namespace: only } : {}
  const [installation, namespaces, { sweepOnce }, { ApiFailure }, ...states] = await Promise.all([
    liveInstallation(cluster, flags),
    liveNamespaces(cluster, only === undefined || own.size > 1 ? undefined : [only]),
    import('../../cluster/sweep/sweep.ts'),
    import('../../cluster/api/api.ts'),
    import('../../cluster/rollout/pod-state.ts'),
    import('../../cluster/rollout/rollout-pod.ts'),
  ])
  const engine = await engineOf(installation)
  const plannings = targets.map(target => ({
    target,
    profiles,
    cluster: engine,
    states: { ...states[0], ...states[1] },
    now: Date.now(),
  }))
  const found = targets.map((): PlannedPod[] => [])
  await sweepOnce(cluster.api, {
    examiner: {
      mayMatter: (pod, { name }) =>
        metadataOf(pod)['deletionTimestamp'] === undefined &&
        plannings.some(planning => carriedBy(pod as Pod, name, planning)),
      examine: (pod, namespace) => {
        for (const [i, planning] of plannings.entries()) {
          const planned = plannedPod(pod as Pod, namespace, planning)
          if (planned) found[i]?.push(planned)
        }
        return undefined
      },
      isCalled: () => ({ outcome: 'called', because: '' }),
    },
    namespaceOf: namespaces.find,
    excludedNamespaces: engine.excludedNamespaces,
    ...scope,
    found: () => {},
    failed: reason => io.err(`${reason}\n`),
    signal: new AbortController().signal,
  }).catch((error: unknown) => {
    if (!(error instanceof ApiFailure)) throw error
    const { status, message } = error.response
    throw new Failure(2, status === 403 ? lacking(permissionFor('list', '/api/v1/pods')) : `pods: ${message}`)
  })
  for (const note of namespaces.notes) io.err(`${note}\n`)
  return found
}

function placeOf({ kind, name, namespace }: Profile): string {
  return `${kind.toLowerCase()}/${name}${namespace === undefined ? '' : ` in namespace ${namespace}`}`
}
