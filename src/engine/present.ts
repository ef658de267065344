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
  if (!isObject(wanted)) return equal(existing, wanted) || isSameQuantity(existing, wanted)
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
const keyOf: Record<string, (item: JsonObject) => Json | undefined> = {
  env: item => item['name'],
  volumeMounts: item => normalPath(item['mountPath']),
  ports: item => `${item['containerPort']}/${item['protocol'] ?? 'TCP'}`,
  volumeDevices: item => item['devicePath'],
}

function holdsList(existing: readonly Json[], wanted: readonly Json[], key: string): boolean {
  const itemKey = keyOf[key]
  if (!itemKey)
    return existing.length === wanted.length && wanted.every((item, i) => holds(existing[i], item))
  const byKey = new Map(existing.filter(isObject).map(item => [itemKey(item), item]))
  return wanted.filter(isObject).every(item => holds(byKey.get(itemKey(item)), item))
}

function isSameQuantity(a: Json | undefined, b: Json): boolean {
  const [x, y] = [a, b].map(value =>
    ['string', 'number'].includes(typeof value) ? parseQuantity(String(value)) : undefined,
  )
  return x !== undefined && x === y
}

/** The same repository by its last part, with the same tag or by digest: a mirror changes the rest. */
function isImage(existing: string | undefined, wanted: string | undefined): boolean {
  if (existing === wanted) return true
  if (existing === undefined || wanted === undefined) return false
  const [a, b] = [existing, wanted].map(partsOf) as [ImageParts, ImageParts]
  return a.name === b.name && (a.tag === b.tag || a.digest !== undefined)
}

interface ImageParts {
  readonly name: string
  readonly tag: string
  readonly digest: string | undefined
}

function partsOf(image: string): ImageParts {
  const [reference = '', digest] = image.split('@')
  const last = reference.slice(reference.lastIndexOf('/') + 1)
  const [name = '', tag = 'latest'] = last.split(':')
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
