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
  /** The image of its first native sidecar. */
  readonly image: string
}

export interface WatchedPods {
  /** All changes so far. */
  readonly changes: readonly PodChange[]
  /** The most Pods of one workload that were not ready at once, since each of them was ready first. */
  mostUnready(): { readonly app: string; readonly pods: number }
  stop(): void
}

/** Records each change of the Pods of a namespace. */
export async function watchPods(kubeconfig: string, namespace: string): Promise<WatchedPods> {
  const path = `{.metadata.name}{"|"}{.metadata.labels.app}{"|"}{.status.conditions[?(@.type=="Ready")].status}{"|"}{.spec.initContainers[0].image}{"\\n"}`
  const args = [`--kubeconfig=${kubeconfig}`, `--namespace=${namespace}`, 'get', 'pods', '--watch']
  const kubectl = spawn('kubectl', [...args, `-o=jsonpath=${path}`])
  const changes: PodChange[] = []
  let rest = ''
  await new Promise<void>((resolve, reject) => {
    kubectl.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = `${rest}${text}`.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const [name = '', app = '', ready, image = ''] = line.split('|')
        changes.push({ atMs: performance.now(), name, app: app || name, isReady: ready === 'True', image })
      }
      resolve()
    })
    kubectl.once('error', reject)
    kubectl.once('exit', code => reject(new Error(`kubectl get --watch ended with ${code}`)))
  })
  return {
    changes,
    mostUnready: () => mostUnready(changes),
    stop: () => void kubectl.kill(),
  }
}

function mostUnready(changes: readonly PodChange[]): { readonly app: string; readonly pods: number } {
  const wasReady = new Set<string>()
  const unready = new Map<string, Set<string>>()
  let most = { app: '', pods: 0 }
  for (const { name, app, isReady } of changes) {
    if (isReady) wasReady.add(name)
    if (!wasReady.has(name)) continue
    const names = unready.get(app) ?? new Set()
    unready.set(app, names)
    if (isReady) names.delete(name)
    else names.add(name)
    if (names.size > most.pods) most = { app, pods: names.size }
  }
  return most
}
