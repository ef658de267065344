import { type JsonObject, metadataOf, objectAt, objectsIn } from '../../../src/json/json.ts'
import { type MemoryApi, timeText } from './memory-api.ts'

/** What becomes of a container that starts with an image, which its tag names. */
export const fates = ['ready', 'slow', 'crashes', 'hangs', 'absent'] as const
export type Fate = (typeof fates)[number]

export const imageOf = (number: number, fate: Fate) => `agent:${number}-${fate}`

const fateOf = (image: string): Fate => fates.find(fate => image.endsWith(`-${fate}`)) ?? 'ready'

interface Started {
  readonly image: string
  readonly at: number
  readonly restarts: number
}

/** Plays the kubelets of all nodes: `look` once a second. */
export function kubelets(api: MemoryApi, now: () => number) {
  const started = new Map<string, Started>()
  const deletedAt = new Map<string, number>()

  function statusOf(uid: string, { name, image, resources = {}, restartPolicy }: JsonObject): JsonObject {
    const key = `${uid}/${String(name)}`
    const before = started.get(key)
    if (before?.image !== image)
      started.set(key, { image: String(image), at: now(), restarts: before ? before.restarts + 1 : 0 })
    const { at, restarts } = started.get(key) as Started
    const is = { name: String(name), resources, restartCount: restarts }
    const since = now() - at
    const fate = fateOf(String(image))
    const waiting = (reason: string, message = '') => ({
      ...is,
      image: String(image),
      imageID: '',
      ready: false,
      started: false,
      state: { waiting: { reason, message } },
    })
    if (since < 2_000) return waiting('ContainerCreating')
    if (fate === 'absent') return waiting('ErrImagePull', `failed to pull ${String(image)}: not found`)
    if (fate === 'crashes' && since >= 4_000) return waiting('CrashLoopBackOff', 'back-off')
    const isUp = fate === 'ready' || fate === 'crashes' || (fate === 'slow' && since >= 15_000)
    return {
      ...is,
      image: String(image),
      imageID: `sha256:${String(image)}`,
      ready: isUp,
      started: isUp || restartPolicy === undefined,
      state: { running: { startedAt: timeText(at + 2_000) } },
    }
  }

  function run(pod: JsonObject): void {
    const uid = String(metadataOf(pod)['uid'])
    const spec = objectAt(pod, 'spec')
    const initContainerStatuses = objectsIn(spec['initContainers']).map(each => statusOf(uid, each))
    const isStarted = initContainerStatuses.every(({ started }) => started === true)
    const before = objectAt(pod, 'status')
    const known = objectsIn(before['containerStatuses'])
    // The app starts when its native sidecars have started, and does not end when one of them does.
    const containerStatuses =
      isStarted || known.length > 0 ? objectsIn(spec['containers']).map(each => statusOf(uid, each)) : []
    const isReady =
      containerStatuses.length > 0 &&
      [...initContainerStatuses, ...containerStatuses].every(({ ready }) => ready === true)
    const [ready] = objectsIn(before['conditions'])
    const status = isReady ? 'True' : 'False'
    const lastTransitionTime = ready?.['status'] === status ? ready['lastTransitionTime'] : timeText(now())
    const next: JsonObject = {
      phase: 'Running',
      startTime: before['startTime'] ?? timeText(now()),
      conditions: [{ type: 'Ready', status, lastTransitionTime: lastTransitionTime ?? timeText(now()) }],
      initContainerStatuses,
      containerStatuses,
    }
    put(pod, next)
  }

  function pull(pod: JsonObject): void {
    const { creationTimestamp } = metadataOf(pod)
    if (now() - Date.parse(String(creationTimestamp)) < 3_000) return
    const [{ image = '' } = {}] = objectsIn(objectAt(pod, 'spec')['containers'])
    const isAbsent = fateOf(String(image)) === 'absent'
    const waiting = isAbsent
      ? { reason: 'ErrImagePull', message: `failed to pull ${String(image)}: not found` }
      : { reason: 'CreateContainerConfigError', message: 'configmap "pillion-pull" not found' }
    put(pod, { phase: 'Pending', containerStatuses: [{ name: 'pull', imageID: '', state: { waiting } }] })
  }

  function put(pod: JsonObject, status: JsonObject): void {
    if (JSON.stringify(status) === JSON.stringify(pod['status'])) return
    api.update(pathOf(pod), stored => ({ ...stored, status }))
  }

  return function look(): void {
    for (const pod of api.list('/api/v1/pods')) {
      const { uid, deletionTimestamp, labels } = metadataOf(pod)
      if (deletionTimestamp !== undefined) {
        const since = deletedAt.get(String(uid)) ?? now()
        deletedAt.set(String(uid), since)
        if (now() - since >= 3_000) api.remove(pathOf(pod))
      } else if (objectAt({ labels: labels ?? {} }, 'labels')['pillion.dev/pull'] === 'true') pull(pod)
      else run(pod)
    }
  }
}

/** The Pods of a workload. */
export interface Workload {
  readonly namespace: string
  readonly name: string
  readonly pods: number
  readonly node: string
}

/** Plays the controllers: creates the Pods that are missing. `inject` is what the API server gets from Pillion. */
export function controllers(
  api: MemoryApi,
  all: readonly Workload[],
  inject: (pod: JsonObject, namespace: string) => JsonObject | undefined,
) {
  let number = 0
  return function look(): void {
    for (const workload of all) {
      const missing = workload.pods - livingOf(api, workload).length
      for (let i = 0; i < missing; i++) {
        number += 1
        const pod = inject(podOf(workload, number), workload.namespace)
        if (pod) api.create(`/api/v1/namespaces/${workload.namespace}/pods`, pod)
      }
    }
  }
}

export function livingOf(api: MemoryApi, { namespace, name }: Workload): readonly JsonObject[] {
  return api
    .list(`/api/v1/namespaces/${namespace}/pods`)
    .filter(
      pod =>
        objectAt(pod, 'metadata', 'labels')['app'] === name &&
        metadataOf(pod)['deletionTimestamp'] === undefined,
    )
}

const hash = '6d4f7'

function podOf({ namespace, name, node }: Workload, number: number): JsonObject {
  const controller = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${name}-${hash}`, uid: `rs-${name}` }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${name}-${hash}-${number}`,
      namespace,
      annotations: { 'pillion.dev/inject': 'agent' },
      labels: { app: name, 'pod-template-hash': hash },
      ownerReferences: [{ controller: true, ...controller }],
    },
    spec: { nodeName: node, containers: [{ name: 'app', image: 'example/app:1' }] },
  }
}

export function pathOf(pod: JsonObject): string {
  const { namespace, name } = metadataOf(pod)
  return `/api/v1/namespaces/${String(namespace)}/pods/${String(name)}`
}
