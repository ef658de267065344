import type { Decision, InjectedNames, ProfileDecision } from '../../engine/decision.ts'
import { applied } from '../../engine/patch/apply.ts'
import { isNativeSidecar } from '../../engine/plan/containers.ts'
import type { Container, Named, Pod } from '../../engine/pod.ts'
import { isObject, member, objectsIn } from '../../json/json.ts'
import type { FoundPod } from '../../manifest/pods.ts'
import { normalPath } from '../../profile/places.ts'
import { type Call, callsIn, type Listening, listeningOf, scrapedPortOf } from './calls.ts'
import { containerRequests, type PodRequest, podRequests, type Request } from './pod-requests.ts'

/** What a picture of a Pod shows: plain data, in the order of the Pod, of any size. */
export interface PodPicture {
  /** `Pod`, or that of the workload. */
  readonly kind: string
  /** Empty if the workload has no name. */
  readonly name: string
  /** In the order in which they start. */
  readonly containers: readonly PicturedContainer[]
  /** Those that a container mounts, in the order of the Pod. */
  readonly volumes: readonly PicturedVolume[]
  readonly requests: readonly PodRequest[]
  /** Its restartPolicy lets the Pod end, as that of a Job does. */
  readonly runsToCompletion: boolean
  /** Each container sees the processes of all others. */
  readonly sharesProcesses: boolean
}

export interface PicturedContainer {
  readonly name: string
  readonly image: string
  readonly kind: ContainerKind
  /** Counts from 1. The kubelet starts containers of the same step without waiting for one another. */
  readonly step: number
  readonly end: ContainerEnd
  /** The profile that injected it; undefined for a container of the author. */
  readonly profile: string | undefined
  readonly mounts: readonly Mount[]
  readonly ports: readonly Listening[]
  readonly calls: readonly Call[]
  readonly requests: readonly Request[]
}

/** A regular sidecar is an injected container that Kubernetes treats as an app container. */
export type ContainerKind = 'init container' | 'native sidecar' | 'regular sidecar' | 'app container'

/**
 * `before`: before the app starts. `first`: when the Pod is deleted or, in a Pod that runs to completion, when its work is done.
 * `after`: by itself, after the app. `never`: it keeps a Pod running whose app has ended.
 */
export type ContainerEnd = 'before' | 'first' | 'after' | 'never'

export interface Mount {
  readonly path: string
  readonly volume: string
  readonly isReadOnly: boolean
  /** The profile that injected it, alone or with its container. */
  readonly profile: string | undefined
}

export interface PicturedVolume {
  readonly name: string
  /** `configMap greeter` */
  readonly source: string
  readonly profile: string | undefined
}

/** What the picture needs of the decision about a profile. */
type Given = Pick<ProfileDecision, 'name' | 'injected'>

/** The picture of the Pod of a workload after the decision about it. */
export function decisionPicture(
  { workload: { kind, name }, pod }: Pick<FoundPod, 'pod'> & { readonly workload: Title },
  { patch, profiles }: Decision,
): PodPicture {
  return podPicture(applied(pod, patch), profiles, { kind, name })
}

type Title = Pick<PodPicture, 'kind' | 'name'>

/**
 * The picture of a Pod into which profiles were injected. The fields that the engine reads must have the right types
 * (`checkPodShape`); others may have any. Takes linear time.
 */
export function podPicture(
  pod: Pod,
  profiles: readonly Given[] = [],
  { kind, name }: Title = { kind: 'Pod', name: pod.metadata?.name ?? pod.metadata?.generateName ?? '' },
): PodPicture {
  const { spec = {} } = pod
  // The API server denies a Pod without containers, but a manifest may have `containers: null`.
  const [initContainers, containers] = [spec.initContainers ?? [], spec.containers ?? []]
  const runsToCompletion = ['Never', 'OnFailure'].includes(spec.restartPolicy ?? 'Always')
  const injected = injectedBy(profiles)
  const all = [...initContainers, ...containers]
  const scraped = scrapedPortOf(pod)
  const calls = callsIn(all)
  const pictured = all.map((container, at): PicturedContainer => {
    const isInit = at < initContainers.length
    const profile = injected[isInit ? 'initContainers' : 'containers'].get(container.name)
    const kind = kindOf(container, isInit, profile !== undefined)
    return {
      name: container.name,
      image: container.image ?? '',
      kind,
      step: isInit ? at + 1 : initContainers.length + 1,
      end: endOf(kind, runsToCompletion),
      profile,
      mounts: mountsOf(container, path => profile ?? injected.mounts.get(key(container.name, path))),
      ports: listeningOf(container, calls.called(at), scraped),
      calls: calls.from(at, variable => profile ?? injected.env.get(key(container.name, variable))),
      requests: containerRequests(container),
    }
  })
  const mounted = new Set(pictured.flatMap(({ mounts }) => mounts.map(({ volume }) => volume)))
  const volumes = (spec.volumes ?? []).filter(({ name }) => mounted.has(name))
  return {
    kind,
    name,
    containers: pictured,
    volumes: volumes.map(volume => ({
      name: volume.name,
      source: sourceOf(volume),
      profile: injected.volumes.get(volume.name),
    })),
    requests: podRequests(spec, injected),
    runsToCompletion,
    sharesProcesses: spec['shareProcessNamespace'] === true,
  }
}

/** The profile that injected each thing, by name; a mount by its container and path, an environment variable by its container and name. */
function injectedBy(profiles: readonly Given[]) {
  const by = () => new Map<string, string>()
  const found = { initContainers: by(), containers: by(), volumes: by(), mounts: by(), env: by() }
  for (const { name: profile, injected = {} as Partial<InjectedNames> } of profiles) {
    for (const list of ['initContainers', 'containers', 'volumes'] as const)
      for (const name of injected[list] ?? []) found[list].set(name, profile)
    for (const [container, { volumeMounts = [], env = [] }] of Object.entries(injected.app ?? {})) {
      for (const path of volumeMounts) found.mounts.set(key(container, path), profile)
      for (const name of env) found.env.set(key(container, name), profile)
    }
  }
  return found
}

function key(container: string, name: string): string {
  return `${container}\n${name}`
}

function kindOf(container: Container, isInit: boolean, isInjected: boolean): ContainerKind {
  if (isInit) return isNativeSidecar(container) ? 'native sidecar' : 'init container'
  return isInjected ? 'regular sidecar' : 'app container'
}

function endOf(kind: ContainerKind, runsToCompletion: boolean): ContainerEnd {
  if (kind === 'init container') return 'before'
  if (kind === 'native sidecar') return 'after'
  return kind === 'regular sidecar' && runsToCompletion ? 'never' : 'first'
}

/** File systems and block devices. */
function mountsOf(container: Container, profileAt: (path: string) => string | undefined): readonly Mount[] {
  const devices = objectsIn(container['volumeDevices']).map(({ name, devicePath }) => ({
    path: String(devicePath),
    volume: String(name),
    isReadOnly: false,
  }))
  const mounts = (container.volumeMounts ?? []).map(({ name, mountPath, readOnly }) => ({
    path: mountPath,
    volume: name,
    isReadOnly: readOnly === true,
  }))
  return [...mounts, ...devices].map(mount => ({ ...mount, profile: profileAt(normalPath(mount.path)) }))
}

/** `configMap greeter`, `emptyDir in memory`; the type alone if nothing names it. */
function sourceOf(volume: Named): string {
  const [type = '', of] = Object.entries(volume).find(([field]) => field !== 'name') ?? []
  if (!isObject(of)) return type
  if (of['medium'] === 'Memory') return `${type} in memory`
  const named = ['name', 'secretName', 'claimName', 'path', 'driver', 'server']
    .map(field => member(of, field))
    .find(value => typeof value === 'string')
  return named === undefined ? type : `${type} ${named}`
}
