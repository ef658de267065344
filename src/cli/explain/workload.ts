import { checkPodShape } from '../../admission/pod-shape.ts'
import { decide } from '../../engine/decide.ts'
import type { Cluster } from '../../engine/decision.ts'
import { missed } from '../../engine/missed.ts'
import { withoutClaimed } from '../../engine/original/confirmed.ts'
import type { Pod } from '../../engine/pod.ts'
import { type Creation, callPath } from '../../engine/select/call-path.ts'
import { statusOf } from '../../engine/status/status.ts'
import type { JsonObject } from '../../json/json.ts'
import { describe } from '../../problems/problem.ts'
import { certificate } from '../checks/certificate.ts'
import { service } from '../checks/service.ts'
import { excludedBy } from '../cluster/deployment.ts'
import { inCluster } from '../cluster/in-cluster.ts'
import { type LiveInstallation, liveInstallation } from '../cluster/installation.ts'
import { type LiveCluster, present, type Seen } from '../cluster/live-cluster.ts'
import { namespaceIn, podsOf, profilesFor, versionIn } from '../cluster/surroundings.ts'
import { restartOf, type WorkloadReference, workloadNamed } from '../cluster/workload.ts'
import type { ExitCode, Io } from '../io.ts'
import { complain } from '../manifests/decide.ts'
import type { Unread } from '../manifests/read.ts'
import { workloadsIn } from '../manifests/workload.ts'
import {
  injectedInto,
  type PodState,
  type WorkloadExplanation,
  workloadJson,
  workloadText,
} from './workload-text.ts'

export interface WorkloadFlags {
  readonly namespace?: string
  readonly context?: string
  /** The name of the installation. */
  readonly name: string
  /** A directory of profiles, instead of the custom resources. */
  readonly profiles?: string
  readonly kubernetesVersion?: string
  readonly with?: string
  readonly output: 'text' | 'json'
}

/**
 * Explains a workload of a cluster: whether the API server calls Pillion for its Pods, what the response would be now,
 * and what was injected into its Pods. 1 when its Pods are denied, or lack what they requested.
 */
export async function explainWorkload(
  words: readonly string[],
  flags: WorkloadFlags,
  io: Io,
): Promise<ExitCode> {
  const reference = workloadNamed(words)
  if ('problem' in reference) {
    io.err(`${reference.problem}\n`)
    return 2
  }
  return inCluster(flags.context, io, async cluster => {
    const namespace = flags.namespace ?? cluster.namespace
    const object = await cluster.get(reference.path(namespace))
    if (object.state !== 'there') {
      const place = `${reference.kind}/${reference.name} in namespace ${namespace}`
      io.err(object.state === 'absent' ? `there is no ${place}\n` : `${object.why}\n`)
      return object.state === 'absent' ? 1 : 2
    }
    const explained = await explainObject(cluster, { reference, namespace, flags }, object.value)
    if ('problems' in explained) return complain(explained, io)
    io.out(flags.output === 'json' ? workloadJson(explained) : workloadText(explained))
    const isDenied = explained.decision?.outcome === 'denied'
    return isDenied || explained.pods.some(({ shortfall }) => shortfall) ? 1 : 0
  })
}

interface Target {
  readonly reference: WorkloadReference
  readonly namespace: string
  readonly flags: WorkloadFlags
}

async function explainObject(
  cluster: LiveCluster,
  { reference, namespace: at, flags }: Target,
  object: JsonObject,
): Promise<WorkloadExplanation | Unread> {
  const { kind, name } = reference
  const [workload] = workloadsIn({ ...object, kind, apiVersion: object['apiVersion'] ?? 'v1' })
  const problems = workload ? checkPodShape(workload.pod) : [{ path: [], message: 'it has no Pod template' }]
  if (!workload || problems.length > 0)
    return { problems: problems.map(problem => `${kind}/${name}: ${describe(problem)}`), unusable: false }

  const installation = await liveInstallation(cluster, { name: flags.name })
  const live = { ...object, kind }
  const [namespace, known, version, pods] = await Promise.all([
    namespaceIn(cluster, at),
    profilesFor(cluster, at, flags.profiles),
    cluster.get('/version'),
    podsOf(cluster, live, at),
  ])
  if ('problems' in known) return known
  const engine: Cluster = {
    kubernetesVersion: flags.kubernetesVersion ?? versionIn(version),
    excludedNamespaces: await excludedBy(installation),
  }
  // Decide about the Pod as its author wrote it: what was injected into it must not deny it.
  const running = workload.pod as Pod
  const status = statusOf(running)
  const pod = status ? withoutClaimed(running, status) : running
  const creation: Creation = { pod, namespace: namespace.value }
  const requested = flags.with === undefined ? {} : { requested: flags.with }
  const states = pods.value.map((pod): PodState => {
    const shortfall = known.areUnknown
      ? undefined
      : missed({ pod, namespace: namespace.value }, known.profiles, engine)
    return {
      name: String(pod.metadata?.name),
      carried: injectedInto(pod, at, known.profiles),
      ...(shortfall && { shortfall }),
    }
  })
  return {
    kind,
    name,
    namespace: at,
    ...(installation.mutating.state !== 'unknown' && {
      calls: callPath(present(installation.mutating) ?? {}, creation),
    }),
    server: await serverOf(installation),
    ...(!known.areUnknown && {
      decision: decide({ ...creation, operation: 'CREATE', ...requested }, known.profiles, engine),
    }),
    known: known.profiles.namesIn(at),
    pods: states,
    ...(states.some(({ shortfall }) => shortfall) && { restart: await restartOf(cluster, live, at) }),
    notes: [...notesOf(installation.mutating), ...namespace.notes, ...known.notes, ...pods.notes],
  }
}

/** Whether there is a ready replica to call, and whether the API server trusts its certificate. */
async function serverOf(installation: LiveInstallation): Promise<WorkloadExplanation['server']> {
  if (installation.mutating.state !== 'there') return []
  return (await Promise.all([service, certificate].map(check => check(installation)))).flat()
}

function notesOf(seen: Seen<unknown>): readonly string[] {
  return seen.state === 'unknown' ? [seen.why] : []
}
