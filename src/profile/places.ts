import { isObject, type Json, type JsonObject, member, objectsIn } from '../json/json.ts'
import type { AppField, PodField } from './schema/schema.ts'

/**
 * A place in a Pod to which a profile can add something, and what identifies its items. Planning, patching, undoing, the
 * status and the CRDs all follow these tables.
 */
export type Place = MapPlace | ListPlace | ValuePlace | RaisedPlace

/** An object whose members are added one by one. The Pod's own stay. */
interface MapPlace {
  readonly in: 'metadata' | 'spec'
  readonly kind: 'map'
}

/** A list to which items are added. Two items of one name are the same item. */
export interface ListPlace {
  readonly in: 'spec'
  readonly kind: 'list'
  /** The required member that identifies an item, if there is one: CRDs merge the list by it. */
  readonly key?: string
  readonly nameOf: (item: JsonObject) => string
  readonly isItem: (item: JsonObject) => boolean
}

/** One value, given where the Pod has none. */
interface ValuePlace {
  readonly in: 'spec'
  readonly kind: 'value'
}

/** A number that is raised if the Pod's is lower. The status keeps the Pod's own number. */
export interface RaisedPlace {
  readonly in: 'spec'
  readonly kind: 'raised'
  /** The default of the API server. */
  readonly default: number
}

/** Whole containers and volumes, in the Pod's spec. */
export const podLists = {
  volumes: by('name'),
  initContainers: by('name'),
  containers: by('name'),
} as const satisfies Record<PodList, ListPlace>
export type PodList = 'volumes' | 'initContainers' | 'containers'

/** What a profile adds to an app container. */
export const appPlaces = {
  env: by('name'),
  envFrom: named(sourceName, isSource),
  volumeMounts: by('mountPath', normalPath),
} as const satisfies Record<AppField, ListPlace>

/** What a profile adds to the Pod as a whole. */
export const podPlaces = {
  imagePullSecrets: by('name'),
  hostAliases: by('ip'),
  shareProcessNamespace: { in: 'spec', kind: 'value' },
  dnsConfig: { in: 'spec', kind: 'value' },
  tolerations: named(item => ['key', 'operator', 'value', 'effect'].map(part => item[part] ?? '').join()),
  terminationGracePeriodSeconds: { in: 'spec', kind: 'raised', default: 30 },
  securityContext: { in: 'spec', kind: 'map' },
  runtimeClassName: { in: 'spec', kind: 'value' },
  labels: { in: 'metadata', kind: 'map' },
  annotations: { in: 'metadata', kind: 'map' },
} as const satisfies Record<PodField, Place>

/** The tables as lists of rows. */
export const podRows = Object.entries(podPlaces) as readonly (readonly [PodField, Place])[]
export const appRows = Object.entries(appPlaces) as readonly (readonly [AppField, ListPlace])[]
export const listRows = Object.entries(podLists) as readonly (readonly [PodList, ListPlace])[]

/** The lists of a container whose items have a key. */
export const containerLists = {
  ...appPlaces,
  volumeDevices: by('devicePath', normalPath),
  ports: by('containerPort'),
} as const satisfies Readonly<Record<string, ListPlace>>

/** The items of a value at a place, with their names. A place with one value has the name of its field. */
export function itemsAt(
  field: string,
  place: Place,
  value: Json | undefined,
): readonly (readonly [string, Json])[] {
  if (place.kind === 'map') return isObject(value) ? (Object.entries(value) as [string, Json][]) : []
  if (place.kind === 'list') return objectsIn(value).map(item => [place.nameOf(item), item])
  return value === undefined ? [] : [[field, value]]
}

/** The first item of a value at a place that has this name. */
export function itemAt(place: Place, name: string, value: Json | undefined): Json | undefined {
  if (place.kind === 'map') return member(value, name)
  if (place.kind !== 'list') return value
  return Array.isArray(value) ? value.find(item => isObject(item) && place.nameOf(item) === name) : undefined
}

/** The items that have their key: `{ name: $(params.?secret) }` gives one without it if the parameter is not set. */
export function itemsOf<T extends JsonObject>({ isItem }: ListPlace, items: readonly T[]): readonly T[] {
  return items.every(isItem) ? items : items.filter(isItem)
}

function by(key: string, normal: (value: Json | undefined) => string = value => String(value ?? '')) {
  return {
    in: 'spec',
    kind: 'list',
    key,
    nameOf: item => normal(item[key]),
    isItem: item => isGiven(item[key]),
  } as const satisfies ListPlace
}

function named(nameOf: ListPlace['nameOf'], isItem: ListPlace['isItem'] = isObject) {
  return { in: 'spec', kind: 'list', nameOf, isItem } as const satisfies ListPlace
}

function isGiven(value: Json | undefined): boolean {
  return value !== undefined && value !== null && value !== ''
}

/** `configMap/name` or `secret/name`, with its prefix if it has one. */
export function sourceName({ prefix, configMapRef, secretRef }: JsonObject): string {
  const kind = configMapRef ? 'configMap' : 'secret'
  const { name } = (configMapRef ?? secretRef ?? {}) as { name?: string }
  return `${kind}/${name ?? ''}${prefix ? `/${prefix}` : ''}`
}

function isSource({ configMapRef, secretRef }: JsonObject): boolean {
  return [configMapRef, secretRef].some(reference => isObject(reference) && isGiven(reference['name']))
}

/** A path without what makes no difference: doubled and trailing slashes. */
export function normalPath(path: Json | undefined): string {
  const text = String(path ?? '').replace(/\/+/g, '/')
  return text.length > 1 && text.endsWith('/') ? text.slice(0, -1) : text
}
