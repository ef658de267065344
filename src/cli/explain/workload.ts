import { checkPodShape } from '../../admission/pod-shape.ts'
import { decide } from '../../engine/decide.ts'
import type { Subject } from '../../engine/decision.ts'
import { missed } from '../../engine/missed.ts'
import { withoutClaimed } from '../../engine/original/original-pod.ts'
import type { Pod } from '../../engine/pod.ts'
import { type Creation, callPath, type WebhookCall } from '../../engine/select/call-path.ts'
import { notCalledAsShipped } from '../../engine/select/not-called.ts'
import { statusOf } from '../../engine/status/status.ts'
import { type JsonObject, metadataOf } from '../../json/json.ts'
import { requestedBy } from '../../manifest/decide.ts'
import { mistakesIn } from '../../manifest/mistakes.ts'
import { workloadIn, workloadsIn } from '../../manifest/workload.ts'
import { describe } from '../../problems/problem.ts'
import { certificate } from '../checks/certificate.ts'
import { service } from '../checks/service.ts'
import { engineOf, type LiveInstallation, liveInstallation } from '../cluster/installation.ts'
import { type LiveCluster, liveCluster, notesOf, present } from '../cluster/live-cluster.ts'
import { liveNamespaces } from '../cluster/namespaces.ts'
import { type ProfileFlags, profilesOf } from '../cluster/profiles-in-force.ts'
import { podsOf, restartOf, workloadNamed } from '../cluster/workload.ts'
import { type ExitCode, Failure, type Io, printJson } from '../io.ts'
import { settingsIn, withSettings } from '../manifests/settings.ts'
import { injectedInto, isUnreachable, type WorkloadExplanation, workloadText } from './workload-text.ts'

export interface WorkloadFlags extends ProfileFlags {
  readonly namespace?: string
  /** The name and the namespace of the installation. */
  readonly name?: string
  readonly installationNamespace?: string
  readonly kubernetesVersion?: string
  readonly with?: string
  readonly set?: readonly string[]
  readonly output: 'text' | 'json'
}

/**
 * Explains a workload of a cluster: whether the API server calls Pillion for its Pods, what the response would be now,
 * and what was injected into its Pods. 1 when its Pods are denied, lack what they requested, or would lack it because
 * Pillion is broken.
 */
export async function explainWorkload(
  words: readonly string[],
  flags: WorkloadFlags,
  io: Io,
): Promise<ExitCode> {
  const { kind, name, path } = workloadNamed(words)
  const cluster = await liveCluster(flags)
  const { namespace = cluster.namespace } = flags
  const seen = await cluster.get(path(namespace))
  if (seen.state === 'unknown') throw new Failure(2, seen.why)
  if (seen.state === 'absent') throw new Failure(1, `there is no ${kind}/${name} in namespace ${namespace}`)
  const object = { apiVersion: 'v1', ...seen.value, kind }
  const explained = await explain(cluster, object, { ...flags, namespace }, io)
  const { decision, pods } = explained
  if (flags.output === 'json') {
    const { patch: _, ...shown } = decision ?? {}
    printJson({ ...explained, decision: decision ? shown : null }, io)
  } else io.out(workloadText(explained))
  const isBroken = decision?.outcome === 'injected' && isUnreachable(explained)
  return isBroken || decision?.outcome === 'denied' || pods.some(({ shortfall }) => shortfall) ? 1 : 0
}

async function explain(
  cluster: LiveCluster,
  object: JsonObject,
  flags: WorkloadFlags & { readonly namespace: string },
  io: Io,
): Promise<WorkloadExplanation> {
  const [workload] = workloadsIn(object)
  const problems = workload ? checkPodShape(workload.pod) : [{ path: [], message: 'it has no Pod template' }]
  if (!workload || problems.length > 0) {
    const place = `${object['kind']}/${metadataOf(object)['name']}`
    throw new Failure(1, ...problems.map(problem => `${place}: ${describe(problem)}`))
  }

  const at = flags.namespace
  const installation = await liveInstallation(cluster, flags)
  const { mutating } = installation
  const [namespaces, { profiles, areUnknown, areComplete, notes, unreadRevisions }, found, pods] =
    await Promise.all([
      liveNamespaces(cluster, [at]),
      profilesOf(cluster, flags, io, [at]),
      engineOf(installation),
      podsOf(cluster, object, at),
    ])
  const engine = { ...found, ...(flags.kubernetesVersion && { kubernetesVersion: flags.kubernetesVersion }) }
  // Decide about the Pod as its author wrote it: what was injected into it must not deny it.
  const running = workload.pod as Pod
  const status = statusOf(running)
  const namespace = withSettings(namespaces.find(at), settingsIn(flags.set ?? [], profiles, [at]))
  const creation = { pod: status ? withoutClaimed(running, status) : running, namespace }
  const calls = mutating.state === 'unknown' ? undefined : callPath(present(mutating) ?? {}, creation)
  const subject = {
    ...creation,
    ...requestOnBehalf(flags.with, creation, calls ?? (namespaces.notes.length > 0 ? [] : 'unread')),
    operation: 'CREATE',
    ...workloadIn(workload, running),
  } as const
  const decision = areUnknown ? undefined : decide(subject, profiles, engine)
  const asker = decision && requestedBy(subject, decision)
  const states = (present(pods) ?? []).map(pod => {
    const shortfall = areUnknown ? undefined : missed({ pod, namespace }, profiles, engine)
    const carried = injectedInto(pod, namespace, { profiles, areComplete })
    return { name: String(pod.metadata?.name), carried, ...(shortfall && { shortfall }) }
  })
  return {
    kind: workload.kind,
    name: workload.name,
    namespace: at,
    ...(calls && { calls }),
    server: await serverOf(installation),
    ...(decision && { decision }),
    ...(asker !== undefined && { requestedBy: asker }),
    mistakes: decision ? mistakesIn(workload, { subject, decision }, profiles, engine) : [],
    known: profiles.namesIn(at),
    pods: states,
    ...(states.some(({ shortfall }) => shortfall) && { restart: await restartOf(cluster, object, at) }),
    notes: [
      ...notesOf(mutating),
      ...namespaces.notes,
      ...notes,
      ...(decision?.reason === 'UnknownRevision' ? unreadRevisions : []),
      ...notesOf(pods),
    ],
  }
}

/**
 * What --with asks for; without it, why the API server calls none of the webhooks. Few developers may read the webhooks:
 * then they count as shipped.
 */
function requestOnBehalf(
  requested: string | undefined,
  creation: Creation,
  calls: readonly WebhookCall[] | 'unread',
): Pick<Subject, 'requested' | 'notCalled'> {
  if (requested !== undefined) return { requested }
  if (calls === 'unread') {
    const notCalled = notCalledAsShipped(creation)
    return notCalled === undefined ? {} : { notCalled }
  }
  if (calls.length === 0 || calls.some(({ outcome }) => outcome !== 'not called')) return {}
  const seen = calls.map(({ webhook, because }) => `${webhook}: ${because}`).join('; ')
  return { notCalled: notCalledAsShipped(creation) ?? seen }
}

/** Whether there is a ready replica to call, and whether the API server trusts its certificate. */
async function serverOf(installation: LiveInstallation): Promise<WorkloadExplanation['server']> {
  if (installation.mutating.state !== 'there') return []
  return (await Promise.all([service, certificate].map(check => check(installation)))).flat()
}
