import { equal, isObject, type Json, type JsonObject } from '../../json/json.ts'
import { parseQuantity } from '../../profile/check/quantity.ts'
import { appPlaces, containerLists, normalPath } from '../../profile/places.ts'
import type { Scope } from '../../template/cel/cel.ts'
import { type Comparison, couldHaveGiven, readsPod } from '../../template/compare.ts'
import type { Template } from '../../template/template.ts'
import type { Container, Named } from '../pod.ts'
import generated from './defaulting.gen.json' with { type: 'json' }

/** Whether a value in the Pod is the one that a profile gives, apart from what the API server and other webhooks change. */
export function looksLike(path: readonly string[], existing: Json, wanted: Json): boolean {
  const [field] = path
  if (field === 'volumes') return isVolume(existing as Named, wanted as Named)
  if (field === 'containers' || field === 'initContainers')
    return isContainer(existing as Container, wanted as Container)
  return holds(existing, wanted, fieldAt(path))
}

/**
 * Whether a container of a Pod is the one that a profile gives: it has every field that the profile sets, as the API
 * server would write it. Other fields may be defaults, or from another webhook. The registry and the digest of the image,
 * `imagePullPolicy` and `resources` may differ, because mirrors, AlwaysPullImages, LimitRanger and autoscalers rewrite
 * them.
 */
export function isContainer(existing: Container, wanted: Container): boolean {
  return Object.keys(wanted).every(key =>
    key === 'image'
      ? isImage(existing.image || undefined, wanted.image || undefined)
      : holds(existing[key], wanted[key], memberOf(fields.container, key)),
  )
}

/** Whether a volume of a Pod is the one that a profile gives. */
export function isVolume(existing: Named, wanted: Named): boolean {
  return holds(existing, withSource(wanted), fields.volume)
}

/**
 * Whether a value of a Pod has everything that the value of a profile has, after the API server has added its defaults to
 * both. A default counts as the same whether it is written, absent, or written as a zero value.
 */
export function holds(
  existing: Json | undefined,
  wanted: Json | undefined,
  field: Field = fields.exact,
): boolean {
  if (field.isFree) return true
  const due = defaulted(wanted, field)
  // For such a field, an absent object is the same as an empty one.
  const standing = defaulted(existing, field) ?? (field.dropsZero && isObject(due) ? {} : undefined)
  if (due === undefined) return standing === undefined || field.itemKey !== undefined
  if (Array.isArray(due)) return Array.isArray(standing) && holdsList(standing, due, field)
  if (!isObject(due)) return isSameScalar(standing, due, field)
  if (!isObject(standing)) return false
  return Object.keys(due).every(
    key =>
      (key === hostPort && followsContainerPort(standing, due)) ||
      holds(standing[key], due[key], memberOf(field, key)),
  )
}

const hostPort = 'hostPort'

/** With `hostNetwork`, the API server sets `hostPort` to `containerPort`. */
function followsContainerPort(existing: JsonObject, wanted: JsonObject): boolean {
  return !wanted[hostPort] && existing[hostPort] === existing['containerPort']
}

function holdsList(existing: readonly Json[], wanted: readonly Json[], field: Field): boolean {
  const { itemKey } = field
  const item = itemOf(field)
  if (!itemKey)
    return existing.length === wanted.length && wanted.every((one, i) => holds(existing[i], one, item))
  const standing = Map.groupBy(existing.filter(isObject), itemKey)
  const due = Map.groupBy(wanted.filter(isObject), itemKey)
  return [...due].every(([key, items]) => endsWith(standing.get(key) ?? [], items, item))
}

/** If several items have the same key, the kubelet uses the last one. So no other item with that key may come after them. */
function endsWith(existing: readonly JsonObject[], wanted: readonly JsonObject[], item: Field): boolean {
  const before = existing.length - wanted.length
  return before >= 0 && wanted.every((one, i) => holds(existing[before + i], one, item))
}

/**
 * Compares the last part of the repository, because a mirror changes the rest, and the version. If the profile names a
 * digest, it must be equal. If the profile names a tag, another webhook may have replaced it by a digest.
 */
function isImage(existing: string | undefined, wanted: string | undefined): boolean {
  if (existing === wanted) return true
  if (existing === undefined || wanted === undefined) return false
  const [a, b] = [existing, wanted].map(partsOf) as [ImageParts, ImageParts]
  if (a.name !== b.name) return false
  return b.digest === undefined ? a.tag === undefined || a.tag === b.tag : a.digest === b.digest
}

interface ImageParts {
  readonly name: string
  /** Undefined if the image has only a digest. */
  readonly tag: string | undefined
  readonly digest: string | undefined
}

function partsOf(image: string): ImageParts {
  const [reference = '', digest] = image.split('@')
  const last = reference.slice(reference.lastIndexOf('/') + 1)
  const [name = '', tag = digest === undefined ? 'latest' : undefined] = last.split(':')
  return { name, tag, digest }
}

/** For the API server, a volume without a source is an emptyDir. */
export function withSource(volume: Named): Named {
  return Object.keys(volume).some(key => key !== 'name') ? volume : { ...volume, emptyDir: {} }
}

/**
 * Whether an earlier call can have rendered this container from the template. Fields that depend on the Pod may differ,
 * because another webhook may have changed the Pod since; all other fields must match. Use it only for containers that the
 * status claims.
 */
export function mayBeGiven(
  existing: Container,
  wanted: Container,
  template: Template,
  scope: Scope,
): boolean {
  if (template.kind === 'when') return mayBeGiven(existing, wanted, template.body, scope)
  if (template.kind !== 'object' || existing['restartPolicy'] !== wanted['restartPolicy']) return false
  return template.members.every(([key, member]) => {
    if (!readsPod(member)) return isContainer(existing, { name: wanted.name, [key]: wanted[key] })
    // The volumes of these mounts also depend on what the app containers mount (`adopt`).
    return (
      key === 'resources' ||
      key === 'volumeMounts' ||
      couldHaveGiven(existing[key], member, scope, comparisonOf(memberOf(fields.container, key)))
    )
  })
}

function comparisonOf(field: Field): Comparison {
  const { itemKey } = field
  return {
    has: (existing, wanted) => holds(existing, wanted, field),
    member: name => comparisonOf(memberOf(field, name)),
    item: () => comparisonOf(itemOf(field)),
    itemKey,
  }
}

/** How the API server treats one field of core/v1 that is absent or zero. */
export interface Field {
  /** The value that the API server sets if the field is absent. */
  readonly default?: Json
  /** Its zero value (`''`, `0`, `false`, `[]`, `{}`) is the same as absent. Not so for a pointer in Go. */
  readonly dropsZero?: boolean
  readonly quantity?: boolean
  readonly members?: Readonly<Record<string, Field>>
  /** For a list that Kubernetes merges by a key: other webhooks may add items. Any other list is one value. */
  readonly itemKey?: (item: JsonObject) => string
  /** A path: double and trailing slashes make no difference. */
  readonly isPath?: boolean
  /** Not compared: others rewrite it later, or its default depends on another field. */
  readonly isFree?: boolean
}

/** The entry of the table for a member of an object, or for a value of a map. */
export function memberOf({ members, quantity }: Field, name: string): Field {
  if (!members) return quantity ? { quantity } : exact
  return Object.hasOwn(members, name) ? members[name]! : exact
}

/** The entry of the table for each item of a list. */
export function itemOf({ members = {} }: Field): Field {
  return { members }
}

/** For what the API server does not change: fields that the table does not mention, labels, strings in a list. */
const exact: Field = {}

/**
 * The table that `tools/kubernetes-api.ts` reads from a real API server, with what it cannot read there: keys, paths, and
 * defaults that depend on another field (pkg/apis/core/v1/defaults.go).
 */
const { container, volume, dnsConfig } = generated as Readonly<
  Record<'container' | 'volume' | 'dnsConfig', Field>
>

export const fields = {
  container: withMembers(container, {
    // Depends on the tag (SetDefaults_Container) and on the admission plugin AlwaysPullImages.
    imagePullPolicy: { isFree: true },
    // LimitRanger and autoscalers change it.
    resources: { isFree: true },
    env: { itemKey: appPlaces.env.nameOf },
    volumeMounts: {
      itemKey: appPlaces.volumeMounts.nameOf,
      members: { ...container.members?.['volumeMounts']?.members, mountPath: { isPath: true } },
    },
    ports: { itemKey: ({ containerPort, protocol }) => `${containerPort ?? 0}/${protocol || 'TCP'}` },
    volumeDevices: { itemKey: containerLists.volumeDevices.nameOf },
  }),
  volume: withMembers(volume, {
    // Depends on the tag (SetDefaults_Volume) and on the admission plugin AlwaysPullImages.
    image: { members: { ...volume.members?.['image']?.members, pullPolicy: { isFree: true } } },
    ephemeral: { members: { volumeClaimTemplate: claimTemplate() } },
  }),
  dnsConfig,
  exact,
} satisfies Readonly<Record<string, Field>>

/** The entry of the table for an item of the Pod as a whole (`[field]`) or of an app container (`['app', container, list]`). */
export function fieldAt([field = '', , list = '']: readonly string[]): Field {
  if (field !== 'app') return memberOf({ members: fields }, field)
  return itemOf(memberOf(fields.container, list))
}

/** In Go these members are not pointers, so the API server writes them even if they are empty. */
function claimTemplate(): Field {
  const template = volume.members?.['ephemeral']?.members?.['volumeClaimTemplate'] ?? {}
  return withMembers(template, {
    metadata: { dropsZero: true },
    spec: withMembers(template.members?.['spec'] ?? {}, { resources: { dropsZero: true } }),
  })
}

function withMembers(field: Field, known: Readonly<Record<string, Field>>): Field {
  const members = { ...field.members }
  for (const [name, more] of Object.entries(known)) members[name] = { ...members[name], ...more }
  return { ...field, members }
}

/** A value with the default of the API server, as webhooks see it; undefined if it is absent and has no default. */
export function defaulted(value: Json | undefined, field: Field): Json | undefined {
  const isAbsent = value === undefined || value === null || (field.dropsZero === true && isZero(value))
  return isAbsent ? (field.default ?? undefined) : value
}

function isZero(value: Json): boolean {
  if (value === '' || value === 0 || value === false) return true
  if (typeof value !== 'object' || value === null) return false
  // Before 1.34, the API server writes `creationTimestamp: null` into metadata that has nothing else.
  return Object.values(value).every(member => member === null)
}

/** Whether two values that are neither lists nor objects are the same for the API server. */
export function isSameScalar(a: Json | undefined, b: Json | undefined, { isPath, quantity }: Field): boolean {
  if (isPath) return normalPath(a) === normalPath(b)
  return equal(a, b) || (quantity === true && isSameQuantity(a, b))
}

/** The API server writes `1Gi` for 1024Mi. */
function isSameQuantity(a: Json | undefined, b: Json | undefined): boolean {
  const [x, y] = [a, b].map(value => parseQuantity(String(value)))
  return x !== undefined && x === y
}
