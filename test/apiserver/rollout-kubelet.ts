import { isObject, type JsonObject, metadataOf, objectAt, objectsIn } from '../../src/json/json.ts'
import type { ApiServer } from './apiserver.ts'

/** What becomes of a container that starts with an image. */
export type Fate = 'ready' | 'crashes' | 'hangs'

interface KubeletOptions {
  readonly namespaces: readonly string[]
  /** Default: ready. */
  readonly fateOf?: (image: string) => Fate
  /** Whether the registry has an image. */
  readonly has?: (image: string) => boolean
}

interface Started {
  readonly image: string
  readonly since: string
  readonly restarts: number
}

/**
 * Plays the kubelets of all nodes on an API server without any: it starts Pods, restarts a container whose image changes,
 * and "pulls". Looks at all Pods again and again. `touched` has each Pod whose container was restarted, in order.
 */
export function startKubelet(server: ApiServer, options: KubeletOptions) {
  const { namespaces, fateOf = () => 'ready', has = () => true } = options
  /** By the uid of the Pod and the name of the container. */
  const started = new Map<string, Started>()
  const touched: string[] = []
  const pulled: string[] = []
  let isStopped = false

  function statusOf(pod: JsonObject, container: JsonObject): JsonObject {
    const { uid, name: podName } = metadataOf(pod)
    const [name, image] = [String(container['name']), String(container['image'])]
    const key = `${uid}/${name}`
    const before = started.get(key)
    if (before?.image !== image) {
      // The kubelet stops the old container first: for one look it is not ready.
      if (before) touched.push(String(podName))
      const restarts = before ? before.restarts + 1 : 0
      started.set(key, { image, since: new Date().toISOString().replace(/\.\d+Z$/, 'Z'), restarts })
      if (before)
        return {
          name,
          image,
          imageID: '',
          ready: false,
          started: false,
          restartCount: restarts,
          state: { waiting: { reason: 'ContainerCreating' } },
        }
    }
    const { since, restarts } = started.get(key) as Started
    const { resources = {} } = container
    const common = { name, image, resources, imageID: `sha256:${image}`, restartCount: restarts }
    const running = { running: { startedAt: since } }
    const fate = fateOf(image)
    if (fate === 'ready') return { ...common, ready: true, started: true, state: running }
    if (fate === 'hangs') return { ...common, ready: false, started: false, state: running }
    // As a kubelet of v1.37 shows a crash nearly all the time.
    const terminated = { exitCode: 1, startedAt: since, finishedAt: since }
    return { ...common, ready: false, started: false, state: { terminated }, lastState: { terminated } }
  }

  async function patch(pod: JsonObject, status: JsonObject): Promise<void> {
    const { namespace, name } = metadataOf(pod)
    await server.request('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}/status`, { status })
  }

  async function run(pod: JsonObject): Promise<void> {
    const spec = objectAt(pod, 'spec')
    const { labels } = metadataOf(pod)
    if (isObject(labels) && labels['pillion.dev/pull'] === 'true') return pull(pod)
    const initContainerStatuses = objectsIn(spec['initContainers']).map(each => statusOf(pod, each))
    const containerStatuses = objectsIn(spec['containers']).map(each => statusOf(pod, each))
    const isReady = [...initContainerStatuses, ...containerStatuses].every(({ ready }) => ready === true)
    const status = isReady ? 'True' : 'False'
    const before = objectAt(pod, 'status')
    const next = {
      phase: 'Running',
      startTime: before['startTime'] ?? new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
      conditions: [
        { type: 'Ready', status },
        { type: 'ContainersReady', status },
      ],
      initContainerStatuses,
      containerStatuses,
    }
    const isSame = (['initContainerStatuses', 'containerStatuses'] as const).every(
      field => signature(before[field] as never) === signature(next[field] as never),
    )
    if (!isSame) await patch(pod, next)
  }

  async function pull(pod: JsonObject): Promise<void> {
    const status = objectAt(pod, 'status')
    if (objectsIn(status['containerStatuses']).length > 0) return
    const [{ image = '' } = {}] = objectsIn(objectAt(pod, 'spec')['containers'])
    pulled.push(`${objectAt(pod, 'spec')['nodeName']} ${image}`)
    const of = { name: 'pull', image, restartCount: 0, ready: false, started: false }
    if (has(String(image))) {
      const state = { waiting: { reason: 'CreateContainerConfigError', message: 'no such ConfigMap' } }
      await patch(pod, { phase: 'Pending', containerStatuses: [{ ...of, imageID: '', state }] })
      return
    }
    const state = {
      waiting: { reason: 'ErrImagePull', message: `failed to pull: example/${image}: not found` },
    }
    await patch(pod, { phase: 'Pending', containerStatuses: [{ ...of, imageID: '', state }] })
  }

  async function loop(): Promise<void> {
    while (!isStopped) {
      for (const namespace of namespaces) {
        const { body } = await server.request<{ items: JsonObject[] }>(
          'GET',
          `/api/v1/namespaces/${namespace}/pods`,
        )
        for (const pod of body.items ?? []) {
          if (isStopped) return
          const { deletionTimestamp, name } = metadataOf(pod)
          if (deletionTimestamp === undefined) await run(pod)
          else
            await server.request(
              'DELETE',
              `/api/v1/namespaces/${namespace}/pods/${name}?gracePeriodSeconds=0`,
            )
        }
      }
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }

  const ended = loop()
  return {
    touched,
    pulled,
    async stop(): Promise<void> {
      isStopped = true
      await ended
    },
  }
}

/** What a change of must be written. */
function signature(statuses: readonly JsonObject[] | undefined): string {
  return JSON.stringify(
    (statuses ?? []).map(({ name, image, ready, started, state }) => {
      const { reason } = objectAt(state, 'waiting')
      return [name, image, ready, started, Object.keys(state as object), reason]
    }),
  )
}
