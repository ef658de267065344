import { isObject, type Json, type JsonObject } from '../../json/json.ts'
import type { Scope } from '../../template/cel/cel.ts'
import { type Comparison, couldHaveGiven, readsPod } from '../../template/compare.ts'
import type { Template } from '../../template/template.ts'
import type { Container, Named } from '../pod.ts'
import { defaulted, type Field, fieldAt, fields, isSameScalar, itemOf, memberOf } from './fields.ts'

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

/** Whether what stands at a place is exactly what was given there, but for what the API server itself writes. */
export function isSameAt(
  path: readonly string[],
  existing: Json,
  given: Json,
  isHostNetwork: boolean,
): boolean {
  const [field] = path
  if (field === 'volumes') return isSameVolume(existing as Named, given as Named)
  if (field === 'containers' || field === 'initContainers')
    return isSameContainer(existing as Container, given as Container, isHostNetwork)
  return isSame(existing, given, fieldAt(path))
}

/**
 * Whether a Pod's value is exactly what was given to it: nothing less and nothing more, but for what the API server
 * itself writes when it stores a Pod. Stricter than `holds`, which allows anything beyond: here one more mount makes a
 * container another one.
 */
function isSame(existing: Json | undefined, given: Json | undefined, field: Field = fields.exact): boolean {
  const [a, b] = [defaulted(existing, field), defaulted(given, field)]
  if (field.isFree) return isPullPolicy(a, b)
  if (field.dropsZero && isObject(a ?? b)) return isSameObject(a ?? {}, b ?? {}, field)
  if (a === undefined || b === undefined) return a === b
  if (Array.isArray(a) && Array.isArray(b)) {
    const item = itemOf(field)
    return a.length === b.length && a.every((one, i) => isSame(one, b[i], item))
  }
  return isObject(a) ? isSameObject(a, b, field) : isSameScalar(a, b, field)
}

function isSameObject(a: Json, b: Json, field: Field): boolean {
  if (!isObject(a) || !isObject(b)) return false
  return membersOf(a, b).every(key => isSame(own(a, key), own(b, key), memberOf(field, key)))
}

/** The same for a container. In a Pod of the node's network its ports are ports of the node. */
export function isSameContainer(existing: Container, given: Container, isHostNetwork: boolean): boolean {
  const due = isHostNetwork ? onHostNetwork(given) : given
  return membersOf(existing, due).every(key => {
    const [a, b] = [own(existing, key), own(due, key)]
    if (key === 'resources') return isSameResources(a, b)
    return isSame(a, b, memberOf(fields.container, key))
  })
}

/** The same for a volume. One without a source is an emptyDir. */
export function isSameVolume(existing: Named, given: Named): boolean {
  return isSame(withSource(existing), withSource(given), fields.volume)
}

/** One that is absent follows from the tag, and the admission plugin AlwaysPullImages writes `Always` over any. */
function isPullPolicy(existing: Json | undefined, given: Json | undefined): boolean {
  return existing === given || existing === 'Always' || (given === undefined && existing === 'IfNotPresent')
}

function withSource(volume: Named): Named {
  return Object.keys(volume).some(key => key !== 'name') ? volume : { ...volume, emptyDir: {} }
}

function onHostNetwork({ ports, ...container }: Container): Container {
  const due = ports?.map(port => ({ ...port, hostPort: port.hostPort || port.containerPort }))
  return { ...container, ...(due && { ports: due }) }
}

/** A request that is absent is what the limit is. */
function isSameResources(existing: Json | undefined, given: Json | undefined): boolean {
  const [a, b] = [withRequests(existing), withRequests(given)]
  return membersOf(a, b).every(key => {
    const [x, y] = [own(a, key), own(b, key)]
    if (!isObject(x) || !isObject(y)) return isSame(x, y, memberOf(resources, key))
    return isSameObject(x, y, { quantity: true })
  })
}

function withRequests(value: Json | undefined): JsonObject {
  const { limits, requests, ...others } = isObject(value) ? value : {}
  const [most, least] = [limits, requests].map(list => (isObject(list) ? list : {}))
  return { ...others, limits: most, requests: { ...most, ...least } }
}

const resources = memberOf(fields.container, 'resources')

function membersOf(a: JsonObject, b: JsonObject): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
}

function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
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
