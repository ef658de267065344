import { isObject, type Json, type JsonObject, member } from '../json/json.ts'
import { containerLists, itemsAt, type Place, podLists, podPlaces } from '../profile/places.ts'

/**
 * A Pod or a pod template as it was sent: raw JSON, of which the engine reads these members and keeps
 * all others. https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
 */
export interface Pod extends JsonObject {
  readonly metadata?: Metadata
  readonly spec?: PodSpec
}

export interface Metadata extends JsonObject {
  readonly name?: string
  readonly generateName?: string
  readonly namespace?: string
  readonly labels?: Strings
  readonly annotations?: Strings
}

export type Strings = { readonly [key: string]: string }

interface PodSpec extends JsonObject {
  readonly containers?: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly volumes?: readonly Named[]
  readonly restartPolicy?: string
}

export interface Named extends JsonObject {
  readonly name: string
}

export interface Container extends Named {
  readonly image?: string
  readonly env?: readonly Named[]
  readonly envFrom?: readonly JsonObject[]
  readonly ports?: readonly Port[]
  readonly volumeMounts?: readonly VolumeMount[]
  readonly restartPolicy?: string
}

export interface Port extends JsonObject {
  readonly containerPort: number
  readonly name?: string
  readonly hostPort?: number
  readonly hostIP?: string
  readonly protocol?: string
}

export interface VolumeMount extends Named {
  readonly mountPath: string
  readonly subPath?: string
  readonly subPathExpr?: string
}

/** What is known of the namespace a Pod is created in: its ObjectMeta. */
export interface Namespace {
  readonly name: string
  readonly labels: Strings
  readonly annotations: Strings
  /** It is not known (yet), and so neither are its labels and annotations. */
  readonly isUnknown?: true
}

/** The annotations a Pod or its namespace asks with. */
export const annotation = {
  inject: 'pillion.dev/inject',
  status: 'pillion.dev/status',
  /** The spelling of values that the CLI replaced. It has no effect on decisions, so it has another prefix. */
  asWritten: 'cli.pillion.dev/as-written',
  prefix: 'pillion.dev/',
  defaultContainer: 'kubectl.kubernetes.io/default-container',
} as const

/** The default container that an annotation of the Pod names, for `kubectl logs` and `exec`. */
export function defaultContainerOf({ metadata }: Pod): string | undefined {
  return metadata?.annotations?.[annotation.defaultContainer]
}

/** One thing that a profile puts into a Pod: its place, `[field]` or `['app', container, list]`, and its name there. */
export interface Piece {
  readonly path: readonly string[]
  readonly name: string
}

/** Pieces are the same if their keys are. */
export function pieceKey({ path, name }: Piece): string {
  return `${path.join('\n')}\n${name}`
}

/** The row of the tables for a path. */
export function placeAt([field = '', , list = '']: readonly string[]): Place {
  return field === 'app' ? containerLists[list as keyof typeof containerLists] : placeOf[field]!
}

const placeOf: Readonly<Record<string, Place>> = { ...podLists, ...podPlaces }

/** Finds pieces in a Pod, each by its name. The items of a long list are looked through once. */
export function standingIn(pod: Pod): (piece: Piece) => Json | undefined {
  const containers = new Map((pod.spec?.containers ?? []).map(container => [container.name, container]))
  const known = new Map<string, ReadonlyMap<string, Json>>()
  return ({ path, name }) => {
    const [field = '', container = '', list = ''] = path
    const place = placeAt(path)
    const value: Json | undefined =
      field === 'app' ? containers.get(container)?.[list] : pod[place.in]?.[field]
    if (place.kind === 'map') return member(value, name)
    if (place.kind !== 'list') return value
    if (!Array.isArray(value)) return undefined
    // Most lists are short, and a search is then faster than an index.
    if (value.length <= 8) return value.findLast(item => isObject(item) && place.nameOf(item) === name)
    const key = path.join('\n')
    const items = known.get(key) ?? new Map(itemsAt(field, place, value))
    known.set(key, items)
    return items.get(name)
  }
}
