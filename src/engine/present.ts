import { equal, isObject, type Json, type JsonObject } from '../profile/json.ts'
import { parseQuantity } from '../profile/quantity.ts'
import type { Container, Named } from './pod.ts'

/**
 * Whether a Pod's container is the one a profile gives: every field the profile sets is there, as the
 * API server would write it. Fields beyond are defaults or another webhook's. What registries' mirrors,
 * AlwaysPullImages, LimitRanger and autoscalers rewrite does not make it another container: the
 * registry and digest of its image, `imagePullPolicy`, `resources`.
 */
export function isContainer(existing: Container, wanted: Container): boolean {
  return Object.keys(wanted).every(key => {
    if (key === 'imagePullPolicy' || key === 'resources') return true
    if (key === 'image') return isImage(existing.image, wanted.image)
    return holds(existing[key], wanted[key], key)
  })
}

/** Whether a Pod's value has everything that a profile's has: for volumes, mounts, env and the like. */
export function holds(existing: Json | undefined, wanted: Json | undefined, key = ''): boolean {
  if (wanted === undefined || isEmpty(wanted, key)) return isEmpty(existing, key)
  if (Array.isArray(wanted)) return Array.isArray(existing) && holdsList(existing, wanted, key)
  if (!isObject(wanted)) return isSameValue(existing, wanted, key)
  if (!isObject(existing)) return false
  return Object.keys(wanted).every(member => holds(existing[member], wanted[member], member))
}

/** Values that the API server leaves out when it writes a field that is no pointer. */
function isEmpty(value: Json | undefined, key: string): boolean {
  if (value === undefined || value === null || value === '') return true
  if (value === false || value === 0) return omittedWhenZero.has(key)
  return Array.isArray(value) && value.length === 0
}

const omittedWhenZero = new Set(['readOnly', 'stdin', 'stdinOnce', 'tty', 'initialDelaySeconds', 'hostPort'])

/** Lists that Kubernetes merges by a key, which other webhooks add to; all others are one value. */
export const itemKeys: Readonly<Record<string, (item: JsonObject) => Json | undefined>> = {
  env: item => item['name'],
  volumeMounts: item => normalPath(item['mountPath']),
  ports: item => `${item['containerPort']}/${item['protocol'] ?? 'TCP'}`,
  volumeDevices: item => item['devicePath'],
}

function holdsList(existing: readonly Json[], wanted: readonly Json[], key: string): boolean {
  const itemKey = itemKeys[key]
  if (!itemKey)
    return existing.length === wanted.length && wanted.every((item, i) => holds(existing[i], item))
  const byKey = new Map(existing.filter(isObject).map(item => [itemKey(item), item]))
  return wanted.filter(isObject).every(item => holds(byKey.get(itemKey(item)), item))
}

function isSameValue(existing: Json | undefined, wanted: Json, key: string): boolean {
  if (key === 'protocol') return (existing ?? 'TCP') === wanted
  if (key === 'mountPath') return normalPath(existing) === normalPath(wanted)
  return equal(existing, wanted) || (quantities.has(key) && isSameQuantity(existing, wanted))
}

/** Fields that the API server writes in its own way: `1Gi` for 1024Mi. Anywhere else text is text. */
const quantities = new Set(['sizeLimit', 'divisor', 'storage'])

function isSameQuantity(a: Json | undefined, b: Json): boolean {
  const [x, y] = [a, b].map(value => parseQuantity(String(value)))
  return x !== undefined && x === y
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

/** A path without what makes no difference: doubled and trailing slashes. */
export function normalPath(path: Json | undefined): string {
  const text = String(path ?? '').replace(/\/+/g, '/')
  return text.length > 1 && text.endsWith('/') ? text.slice(0, -1) : text
}

/** The item of that name, or undefined. */
export function byName<T extends Named>(items: readonly T[] | undefined, name: string): T | undefined {
  return items?.find(item => item.name === name)
}

/** `configMap/name` or `secret/name`, with its prefix if it has one. */
export function sourceName({ prefix, configMapRef, secretRef }: JsonObject): string {
  const kind = configMapRef ? 'configMap' : 'secret'
  const { name } = (configMapRef ?? secretRef ?? {}) as { name?: string }
  return `${kind}/${name ?? ''}${prefix ? `/${prefix}` : ''}`
}
