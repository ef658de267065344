import { equal, isObject, type Json, type JsonObject } from '../../json/json.ts'
import { parseQuantity } from '../../profile/check/quantity.ts'
import { appPlaces, containerLists, normalPath } from '../../profile/places.ts'
import type { Scope } from '../../template/cel/cel.ts'
import { type Comparison, couldHaveGiven, readsPod } from '../../template/compare.ts'
import type { Template } from '../../template/template.ts'
import type { Container, Named } from '../pod.ts'
import generated from './defaulting.gen.json' with { type: 'json' }

/** Whether what stands at a place looks like what is given there, whatever the API server and other webhooks made of it. */
export function looksLike(path: readonly string[], existing: Json, wanted: Json): boolean {
  const [field] = path
  if (field === 'volumes') return isVolume(existing as Named, wanted as Named)
  if (field === 'containers' || field === 'initContainers')
    return isContainer(existing as Container, wanted as Container)
  return holds(existing, wanted, fieldAt(path))
}

/**
 * Whether a Pod's container is the one a profile gives: every field the profile sets is there, as the
 * API server would write it. Fields beyond are defaults or another webhook's. What registries' mirrors,
 * AlwaysPullImages, LimitRanger and autoscalers rewrite does not make it another container: the
 * registry and digest of its image, `imagePullPolicy`, `resources`.
 */
export function isContainer(existing: Container, wanted: Container): boolean {
  return Object.keys(wanted).every(key =>
    key === 'image'
      ? isImage(existing.image || undefined, wanted.image || undefined)
      : holds(existing[key], wanted[key], memberOf(fields.container, key)),
  )
}

/** Whether a Pod's volume is the one a profile gives. One without a source is an emptyDir. */
export function isVolume(existing: Named, wanted: Named): boolean {
  return holds(existing, withSource(wanted), fields.volume)
}

/**
 * Whether a Pod's value has everything that a profile's has, when the API server has put its defaults into both:
 * a default that is written out, one that is left out, and a zero value that stands for it are the same.
 */
export function holds(
  existing: Json | undefined,
  wanted: Json | undefined,
  field: Field = fields.exact,
): boolean {
  if (field.isFree) return true
  const due = defaulted(wanted, field)
  // An object that is as good as absent holds whatever is as good as absent.
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

/** With hostNetwork the API server makes the port of the container the port of the node. */
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

/** Of several items with one key the last counts for the kubelet, so that none of another may stand behind them. */
function endsWith(existing: readonly JsonObject[], wanted: readonly JsonObject[], item: Field): boolean {
  const before = existing.length - wanted.length
  return before >= 0 && wanted.every((one, i) => holds(existing[before + i], one, item))
}

/**
 * The same repository by its last part, for a mirror changes the rest, and the same version: a digest
 * that is asked for must be that one; a tag may have been resolved to some digest.
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
  /** Undefined where only a digest stands. */
  readonly tag: string | undefined
  readonly digest: string | undefined
}

function partsOf(image: string): ImageParts {
  const [reference = '', digest] = image.split('@')
  const last = reference.slice(reference.lastIndexOf('/') + 1)
  const [name = '', tag = digest === undefined ? 'latest' : undefined] = last.split(':')
  return { name, tag, digest }
}

/** One without a source is an emptyDir. */
export function withSource(volume: Named): Named {
  return Object.keys(volume).some(key => key !== 'name') ? volume : { ...volume, emptyDir: {} }
}

/**
 * Whether this can be the container that a template gave an earlier call for this Pod: fields that depend on the Pod
 * may differ, because another webhook may have changed the Pod since; all others must match. Ask it only about what the
 * status says is ours.
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
    // Which volume they mount depends on what the app containers mount, besides.
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

/** What the API server makes of one field of core/v1 when it is absent or zero. */
export interface Field {
  /** What stands for it where it is absent. */
  readonly default?: Json
  /** Its zero value (`''`, `0`, `false`, `[]`, `{}`) is as good as absent; of a pointer in Go it is not. */
  readonly dropsZero?: boolean
  readonly quantity?: boolean
  readonly members?: Readonly<Record<string, Field>>
  /** Of a list that Kubernetes merges by a key, to which other webhooks add. Any other list is one value. */
  readonly itemKey?: (item: JsonObject) => string
  /** A path, in which doubled and trailing slashes make no difference. */
  readonly isPath?: boolean
  /** Others rewrite it after us, or its default follows from something beside it. */
  readonly isFree?: boolean
}

/** What is known of a member of an object, or of the value of a map. */
export function memberOf({ members, quantity }: Field, name: string): Field {
  if (!members) return quantity ? { quantity } : exact
  return Object.hasOwn(members, name) ? members[name]! : exact
}

/** What is known of each item of a list. */
export function itemOf({ members = {} }: Field): Field {
  return { members }
}

/** The API server writes it as it is: what the table does not mention, labels, the strings in a list. */
const exact: Field = {}

/**
 * The table that `tools/kubernetes-api.ts` learns from a real API server, and what no table says: keys,
 * paths, and defaults that follow from another field (pkg/apis/core/v1/defaults.go).
 */
const { container, volume, dnsConfig } = generated as Readonly<
  Record<'container' | 'volume' | 'dnsConfig', Field>
>

export const fields = {
  container: withMembers(container, {
    // By the tag (SetDefaults_Container), and by the admission plugin AlwaysPullImages.
    imagePullPolicy: { isFree: true },
    // LimitRanger, autoscalers.
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
    // By the tag (SetDefaults_Volume), and by the admission plugin AlwaysPullImages.
    image: { members: { ...volume.members?.['image']?.members, pullPolicy: { isFree: true } } },
    ephemeral: { members: { volumeClaimTemplate: claimTemplate() } },
  }),
  dnsConfig,
  exact,
} satisfies Readonly<Record<string, Field>>

/** What is known of an item at a place of the Pod as a whole, `[field]`, or of an app container, `['app', container, list]`. */
export function fieldAt([field = '', , list = '']: readonly string[]): Field {
  if (field !== 'app') return memberOf({ members: fields }, field)
  return itemOf(memberOf(fields.container, list))
}

/** In Go these are no pointers, so that they are written even when nothing is in them. */
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

/** A value as the API server has it before webhooks see it; undefined where it has nothing. */
export function defaulted(value: Json | undefined, field: Field): Json | undefined {
  const isAbsent = value === undefined || value === null || (field.dropsZero === true && isZero(value))
  return isAbsent ? (field.default ?? undefined) : value
}

function isZero(value: Json): boolean {
  if (value === '' || value === 0 || value === false) return true
  if (typeof value !== 'object' || value === null) return false
  return Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0
}

/** Whether two values that are neither lists nor objects are the same for the API server. */
export function isSameScalar(a: Json | undefined, b: Json, { isPath, quantity }: Field): boolean {
  if (isPath) return normalPath(a) === normalPath(b)
  return equal(a, b) || (quantity === true && isSameQuantity(a, b))
}

/** The API server writes `1Gi` for 1024Mi. */
function isSameQuantity(a: Json | undefined, b: Json): boolean {
  const [x, y] = [a, b].map(value => parseQuantity(String(value)))
  return x !== undefined && x === y
}
