import { spawn } from 'node:child_process'
import type { Kubectl } from './kubectl.ts'

/** A Pod at one moment, of what rollouts must not change and what they change. */
export interface PodState {
  readonly name: string
  /** Value of its label `app`: its workload. */
  readonly app: string
  readonly uid: string
  readonly ip: string
  readonly node: string
  readonly revision: string
  readonly isReady: boolean
  /** By name. */
  readonly containers: Readonly<Record<string, ContainerState>>
}

export interface ContainerState {
  readonly id: string
  readonly image: string
  readonly restarts: number
  /** The limit of the spec. */
  readonly cpu: string
  /** How long it was down at its last restart, in whole seconds; absent if it never restarted. */
  readonly downSeconds?: number
}

/** The Pods of a namespace that are not being deleted, by name. */
export async function podStates(kubectl: Kubectl): Promise<ReadonlyMap<string, PodState>> {
  const { items } = JSON.parse(await kubectl(['get', 'pods', '-o=json'])) as { items: readonly RawPod[] }
  const alive = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  return new Map(alive.map(pod => [pod.metadata.name, stateOf(pod)]))
}

function stateOf({ metadata, spec, status }: RawPod): PodState {
  const { annotations = {} } = metadata
  const { profiles = {} } = JSON.parse(annotations['pillion.dev/status'] ?? '{}') as {
    profiles?: Readonly<Record<string, { readonly revision: string }>>
  }
  const specs = new Map([...(spec.initContainers ?? []), ...spec.containers].map(each => [each.name, each]))
  const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
  return {
    name: metadata.name,
    app: metadata.labels?.['app'] ?? metadata.name,
    uid: metadata.uid,
    ip: status.podIP ?? '',
    node: spec.nodeName ?? '',
    revision: Object.values(profiles)[0]?.revision ?? '',
    isReady: status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false,
    containers: Object.fromEntries(
      statuses.map(({ name, containerID = '', restartCount, state, lastState }) => {
        const { image = '', resources } = specs.get(name) ?? {}
        const [ended, began] = [lastState?.terminated?.finishedAt, state?.running?.startedAt].map(time =>
          time === undefined ? undefined : Date.parse(time),
        )
        const down = ended && began ? { downSeconds: (began - ended) / 1_000 } : {}
        return [
          name,
          { id: containerID, image, restarts: restartCount, cpu: resources?.limits?.['cpu'] ?? '', ...down },
        ]
      }),
    ),
  }
}

interface RawPod {
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly deletionTimestamp?: string
  }
  readonly spec: {
    readonly nodeName?: string
    readonly initContainers?: readonly RawContainer[]
    readonly containers: readonly RawContainer[]
  }
  readonly status: {
    readonly podIP?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    readonly initContainerStatuses?: readonly RawStatus[]
    readonly containerStatuses?: readonly RawStatus[]
  }
}

interface RawContainer {
  readonly name: string
  readonly image?: string
  readonly resources?: { readonly limits?: Readonly<Record<string, string>> }
}

interface RawStatus {
  readonly name: string
  readonly containerID?: string
  readonly restartCount: number
  readonly state?: { readonly running?: { readonly startedAt: string } }
  readonly lastState?: { readonly terminated?: { readonly finishedAt: string } }
}

/** One change of a Pod, as the API server reported it. */
export interface PodChange {
  readonly atMs: number
  readonly name: string
  readonly app: string
  readonly isReady: boolean
  /** The image of its first native sidecar, and how often that has restarted. */
  readonly image: string
  readonly restarts: number
}

export interface WatchedPods {
  /** All changes so far. */
  readonly changes: readonly PodChange[]
  /**
   * The most Pods of one workload that were unavailable at once, since each of them was ready first: not ready, or with a new
   * image for a sidecar that has not restarted yet.
   */
  mostUnavailable(): number
  stop(): void
}

/** Records each change of the Pods of a namespace. */
export async function watchPods(kubeconfig: string, namespace: string): Promise<WatchedPods> {
  const fields = [
    '.metadata.name',
    '.metadata.labels.app',
    '.status.conditions[?(@.type=="Ready")].status',
    '.spec.initContainers[0].image',
    '.status.initContainerStatuses[0].restartCount',
  ]
  const line = `${fields.map(field => `{${field}}`).join('{"|"}')}{"\\n"}`
  const args = [`--kubeconfig=${kubeconfig}`, `--namespace=${namespace}`, 'get', 'pods', '--watch']
  const kubectl = spawn('kubectl', [...args, `-o=jsonpath=${line}`])
  const changes: PodChange[] = []
  let rest = ''
  await new Promise<void>((resolve, reject) => {
    kubectl.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = `${rest}${text}`.split('\n')
      rest = lines.pop() ?? ''
      changes.push(...lines.map(changeOf))
      resolve()
    })
    kubectl.once('error', reject)
    kubectl.once('exit', code => reject(new Error(`kubectl get --watch ended with ${code}`)))
  })
  return {
    changes,
    mostUnavailable: () => mostUnavailable(changes),
    stop: () => void kubectl.kill(),
  }
}

function changeOf(line: string): PodChange {
  const [name = '', app = '', ready, image = '', restarts] = line.split('|')
  return {
    atMs: performance.now(),
    name,
    app: app || name,
    isReady: ready === 'True',
    image,
    restarts: Number(restarts),
  }
}

function mostUnavailable(changes: readonly PodChange[]): number {
  /** What each Pod had when it was available the last time. */
  const available = new Map<string, PodChange>()
  const unavailable = new Map<string, Set<string>>()
  let most = 0
  for (const change of changes) {
    const { name, app, isReady, image, restarts } = change
    const last = available.get(name)
    const isNew = last !== undefined && last.image !== image && last.restarts === restarts
    const names = unavailable.get(app) ?? new Set()
    unavailable.set(app, names)
    if (isReady && !isNew) {
      available.set(name, change)
      names.delete(name)
    } else if (last) names.add(name)
    most = Math.max(most, names.size)
  }
  return most
}
