import type { UpdateKind } from '../../engine/update/pod-update.ts'
import { isObject, type Json, type JsonObject, metadataOf, objectAt, objectsIn } from '../../json/json.ts'
import { timeOf } from '../../profile/rollout/marks.ts'
import { controllerIn, workloadOf } from '../../profile/rollout/workload.ts'

/** What the engine says about a Pod that has a profile. */
export interface ExaminedPod {
  /** Revision that the Pod has, by its status annotation. */
  readonly revision: string
  /** Revision that it would get now. */
  readonly due: string
  /** What has to happen to it; `none`: it has what the due revision gives. */
  readonly kind: UpdateKind
  /** For `recreate`: why no change in place is possible. */
  readonly because?: string
  /** Containers of the profile, by the status annotation. */
  readonly containers: readonly string[]
  /** The last update by Pillion: the revision before it, the time (RFC 3339), and the containers that restart by it. */
  readonly updated?: { readonly from: string; readonly at: string; readonly restarts?: readonly string[] }
}

/** What a rollout keeps of a Pod: 10,000 of them are in memory. */
export interface RolloutPod extends Omit<ExaminedPod, 'containers' | 'updated'> {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly node?: string
  /** `shop/Deployment/web`. A budget is for one workload. */
  readonly workload: string
  /** The kind of its controller; absent for a bare Pod. */
  readonly controller?: string
  /** Whether its containers always restart. */
  readonly isLasting: boolean
  /** Whether it ends, is being deleted, or has ended. */
  readonly isOver: boolean
  /** The condition `Ready`. */
  readonly isReady: boolean
  /** When the condition became false, in milliseconds since 1970. */
  readonly notReadySince?: number
  /** When its node began to start it, in milliseconds since 1970; absent until then. */
  readonly startedAt?: number
  readonly updated?: { readonly from: string; readonly at: number }
  /** Whether an init container of the app keeps those of the profile waiting: that says nothing about the profile. */
  readonly isHeldUp?: true
  /** The containers of the profile. */
  readonly containers: readonly RolloutContainer[]
}

/** A container of the profile in a Pod. */
export interface RolloutContainer {
  readonly name: string
  /** An init container that restarts always. */
  readonly isSidecar: boolean
  /** Whether it has done its work: it ended well, and the kubelet does not start it again. */
  readonly isDone: boolean
  /** Why it waits, such as `ImagePullBackOff`. */
  readonly waiting?: string
  /** When the running container started, in milliseconds since 1970. */
  readonly runningSince?: number
  /** It ended again soon after it was restarted: when it had started before that, in milliseconds since 1970. */
  readonly crashingSince?: number
  /** When it ended last, in milliseconds since 1970, if it does not run. */
  readonly endedAt?: number
  readonly isStarted: boolean
  readonly isReady: boolean
  /** Whether the last update restarts it. */
  readonly restarts: boolean
  /** Whether the node says that it runs the image of the spec. */
  readonly hasImage: boolean
}

/** The record of one Pod, as it is stored. Linear in its containers. */
export function rolloutPod(pod: JsonObject, examined: ExaminedPod): RolloutPod {
  const { metadata, spec, status } = {
    metadata: metadataOf(pod),
    spec: objectAt(pod, 'spec'),
    status: objectAt(pod, 'status'),
  }
  const { namespace, name, uid, deletionTimestamp, ownerReferences } = metadata
  const controller = controllerIn(ownerReferences)
  const labels = objectAt(metadata, 'labels')
  const of = workloadOf({ name: String(name), labels, ...(controller && { controller }) })
  const { containers, updated, ...rest } = examined
  const ready = objectsIn(status['conditions']).find(({ type }) => type === 'Ready')
  const isReady = ready?.['status'] === 'True'
  const notReadySince = timeIn(ready?.['lastTransitionTime'])
  const startedAt = timeIn(status['startTime'])
  const updatedAt = timeOf(updated?.at)
  return {
    ...rest,
    namespace: String(namespace),
    name: String(name),
    uid: String(uid),
    ...(typeof spec['nodeName'] === 'string' && { node: spec['nodeName'] }),
    workload: `${namespace}/${of.kind}/${of.name}`,
    ...(controller && { controller: controller.kind }),
    isLasting: (spec['restartPolicy'] ?? 'Always') === 'Always',
    isOver: deletionTimestamp !== undefined || ['Succeeded', 'Failed'].includes(String(status['phase'])),
    isReady,
    ...(!isReady && notReadySince !== undefined && { notReadySince }),
    ...(startedAt !== undefined && { startedAt }),
    ...(updated && updatedAt !== undefined && { updated: { from: updated.from, at: updatedAt } }),
    ...(isHeldUp(spec, status, new Set(containers)) && { isHeldUp: true }),
    containers: containersOf(spec, status, new Set(containers), new Set(updated?.restarts)),
  }
}

/** Whether the first init container that is not done is the app's, and the node has begun with it. */
function isHeldUp(spec: JsonObject, status: JsonObject, ofProfile: ReadonlySet<string>): boolean {
  const statusOf = byName(status['initContainerStatuses'])
  for (const { name, restartPolicy } of objectsIn(spec['initContainers'])) {
    const is = statusOf.get(name) ?? {}
    const { running, waiting, terminated } = objectAt(is, 'state')
    const isPast = restartPolicy === 'Always' ? is['started'] === true : hasEndedWell(terminated)
    if (isPast) continue
    const isBegun = running ?? terminated ?? (objectAt(waiting)['reason'] ?? unreached) !== unreached
    return Boolean(isBegun) && !ofProfile.has(String(name))
  }
  return false
}

/** What the kubelet writes for an init container whose turn has not come. */
const unreached = 'PodInitializing'

function containersOf(
  spec: JsonObject,
  status: JsonObject,
  names: ReadonlySet<string>,
  restarts: ReadonlySet<string>,
): readonly RolloutContainer[] {
  const places = [
    ['initContainers', 'initContainerStatuses'],
    ['containers', 'containerStatuses'],
  ] as const
  const isEnding = isEnded(spec, status) || hasNoSandbox(status)
  return places.flatMap(([field, statuses]) => {
    const statusOf = byName(status[statuses])
    return objectsIn(spec[field]).flatMap(container =>
      names.has(String(container['name']))
        ? [
            {
              ...containerOf(container, statusOf.get(container['name']) ?? {}, {
                isInit: field === 'initContainers',
                restartsAlways: restartPolicyOf(container, spec) === 'Always',
                isEnding,
              }),
              restarts: restarts.has(String(container['name'])),
            },
          ]
        : [],
    )
  })
}

/**
 * Whether all regular containers have ended for good, as in a Job. Then the kubelet ends the sidecars, and writes only later
 * that the Pod has ended. https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/kubelet/status/status_manager.go#L1504
 */
function isEnded(spec: JsonObject, status: JsonObject): boolean {
  const statusOf = byName(status['containerStatuses'])
  const containers = objectsIn(spec['containers'])
  return (
    containers.length > 0 &&
    containers.every(container => {
      const { terminated } = objectAt(statusOf.get(container['name']) ?? {}, 'state')
      const policy = restartPolicyOf(container, spec)
      const isFinal = policy === 'Never' || (policy === 'OnFailure' && hasEndedWell(terminated))
      return isFinal && isObject(terminated)
    })
  )
}

/** Whether containers ended because their sandbox did, as in a reboot of the node. Kubernetes writes this from 1.29 on. */
function hasNoSandbox(status: JsonObject): boolean {
  return objectsIn(status['conditions']).some(
    ({ type, status: is }) => type === 'PodReadyToStartContainers' && is === 'False',
  )
}

/** From Kubernetes 1.35 on, each container may have its own, and not only the Pod. */
function restartPolicyOf(container: JsonObject, spec: JsonObject): Json {
  return container['restartPolicy'] ?? spec['restartPolicy'] ?? 'Always'
}

function hasEndedWell(terminated: Json | undefined): boolean {
  return objectAt(terminated)['exitCode'] === 0
}

function byName(statuses: Json | undefined): ReadonlyMap<Json | undefined, JsonObject> {
  return new Map(objectsIn(statuses).map(each => [each['name'], each]))
}

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#ContainerStatus */
function containerOf(
  container: JsonObject,
  status: JsonObject,
  is: { readonly isInit: boolean; readonly restartsAlways: boolean; readonly isEnding: boolean },
): Omit<RolloutContainer, 'restarts'> {
  const isSidecar = is.isInit && container['restartPolicy'] === 'Always'
  const { running, waiting, terminated } = objectAt(status, 'state')
  const { reason } = objectAt(waiting)
  const runningSince = timeIn(objectAt(running)['startedAt'])
  const mayEnd = is.isInit ? !isSidecar : !is.restartsAlways
  const isDone = mayEnd && hasEndedWell(terminated)
  const crashingSince = isDone || is.isEnding ? undefined : crashOf(status)
  const endedAt = running ? undefined : timeIn(objectAt(terminated ?? lastEndOf(status))['finishedAt'])
  return {
    name: String(container['name']),
    isSidecar,
    isDone,
    ...(typeof reason === 'string' && { waiting: reason }),
    ...(runningSince !== undefined && { runningSince }),
    ...(crashingSince !== undefined && { crashingSince }),
    ...(endedAt !== undefined && { endedAt }),
    isStarted: status['started'] === true,
    isReady: status['ready'] === true,
    hasImage: isSameImage(container['image'], status),
  }
}

/**
 * When a container that has ended twice had started for the first of these times. From Kubernetes 1.35 on, the kubelet writes
 * the reason `CrashLoopBackOff` only for a moment, just before it restarts the container; meanwhile the container is one that
 * has ended. https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/kubelet/pod_workers.go#L1536
 */
function crashOf(status: JsonObject): number | undefined {
  const { startedAt, finishedAt } = objectAt(objectAt(status, 'state')['terminated'])
  const ranMs = (timeIn(finishedAt) ?? Number.NaN) - (timeIn(startedAt) ?? Number.NaN)
  return ranMs < crashMs ? timeIn(objectAt(lastEndOf(status))['startedAt']) : undefined
}

function lastEndOf(status: JsonObject): Json | undefined {
  return objectAt(status, 'lastState')['terminated']
}

// After a container ran so long, the kubelet counts its crashes from the beginning, too.
// https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
const crashMs = 10 * 60_000

/**
 * Whether a container's status is about this image. The node writes the full name of an image, and if two tags are the same
 * image, it may write the other one: then only the time of the start says which one was asked for.
 */
function isSameImage(image: Json | undefined, { image: runs, imageID }: JsonObject): boolean {
  if (typeof image !== 'string' || typeof runs !== 'string') return false
  const [, digest] = image.split('@')
  if (digest !== undefined) return [runs, String(imageID)].some(each => each.endsWith(digest))
  return fullName(image) === fullName(runs)
}

/** `busybox` is `docker.io/library/busybox:latest`. */
function fullName(image: string): string {
  const [host = '', ...path] = image.split('/')
  const isHost = path.length > 0 && (host.includes('.') || host.includes(':') || host === 'localhost')
  const name = isHost ? image : `docker.io/${path.length > 0 ? image : `library/${image}`}`
  return name.slice(name.lastIndexOf('/')).includes(':') ? name : `${name}:latest`
}

function timeIn(value: Json | undefined): number | undefined {
  return typeof value === 'string' ? timeOf(value) : undefined
}
