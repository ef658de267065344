import { isObject, type Json, type JsonObject } from '../../json/json.ts'
import type { Container, Named } from '../pod.ts'
import { defaulted, entryOf, type Field, fields, isSameScalar, memberOf } from './fields.ts'

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
  const hasSource = Object.keys(wanted).some(key => key !== 'name')
  return holds(existing, hasSource ? wanted : { ...wanted, emptyDir: {} }, fields.volume)
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
  const member = (key: string) => (field.members ? memberOf(field, key) : entryOf(field))
  return Object.keys(due).every(
    key =>
      (key === hostPort && followsContainerPort(standing, due)) ||
      holds(standing[key], due[key], member(key)),
  )
}

const hostPort = 'hostPort'

/** With hostNetwork the API server makes the port of the container the port of the node. */
function followsContainerPort(existing: JsonObject, wanted: JsonObject): boolean {
  return !wanted[hostPort] && existing[hostPort] === existing['containerPort']
}

function holdsList(existing: readonly Json[], wanted: readonly Json[], field: Field): boolean {
  const { itemKey, members } = field
  const item: Field = members ? { members } : fields.exact
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

/** The item of that name, or undefined. */
export function byName<T extends Named>(items: readonly T[] | undefined, name: string): T | undefined {
  return items?.find(item => item.name === name)
}
