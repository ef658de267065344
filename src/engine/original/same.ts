import { isObject, type Json, type JsonObject } from '../../json/json.ts'
import {
  defaulted,
  type Field,
  fieldAt,
  fields,
  isSameScalar,
  itemOf,
  memberOf,
  withSource,
} from '../plan/match.ts'
import type { Container, Named } from '../pod.ts'

/** Whether a value in the Pod is exactly the one that a profile added, apart from what the API server itself writes. */
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
 * Whether a value of the Pod is exactly the one that a profile added, apart from what the API server itself writes when it
 * stores a Pod. Stricter than `holds`, which allows additional fields and items: here, one more mount makes a difference.
 */
function isSame(existing: Json | undefined, given: Json | undefined, field: Field = fields.exact): boolean {
  const [a, b] = [defaulted(existing, field), defaulted(given, field)]
  if (field.isFree) return isPullPolicy(a, b)
  if (field.dropsZero && isObject(a ?? b)) return isSameObject(a ?? {}, b ?? {}, field)
  if (Array.isArray(a) && Array.isArray(b)) {
    const item = itemOf(field)
    return a.length === b.length && a.every((one, i) => isSame(one, b[i], item))
  }
  return isObject(a) ? isSameObject(a, b, field) : isSameScalar(a, b, field)
}

function isSameObject(a: Json | undefined, b: Json | undefined, field: Field): boolean {
  if (!isObject(a) || !isObject(b)) return false
  return membersOf(a, b).every(key => isSame(own(a, key), own(b, key), memberOf(field, key)))
}

/** The same for a container. With `hostNetwork`, its ports are ports of the node. */
function isSameContainer(existing: Container, given: Container, isHostNetwork: boolean): boolean {
  const due = isHostNetwork ? onHostNetwork(given) : given
  return membersOf(existing, due).every(key => isSameMember(key, own(existing, key), own(due, key)))
}

/** Whether a field of a container in a Pod is exactly the one that a profile gives. */
export function isSameMember(key: string, existing: Json | undefined, given: Json | undefined): boolean {
  if (key === 'resources') return isSameResources(existing, given)
  return isSame(existing, given, memberOf(fields.container, key))
}

/** The same for a volume. One without a source is an emptyDir. */
function isSameVolume(existing: Named, given: Named): boolean {
  return isSame(withSource(existing), withSource(given), fields.volume)
}

/** If the policy is absent, it depends on the tag. The admission plugin AlwaysPullImages replaces any value by `Always`. */
function isPullPolicy(existing: Json | undefined, given: Json | undefined): boolean {
  return existing === given || existing === 'Always' || (given === undefined && existing === 'IfNotPresent')
}

function onHostNetwork({ ports, ...container }: Container): Container {
  const due = ports?.map(port => ({ ...port, hostPort: port.hostPort || port.containerPort }))
  return { ...container, ...(due && { ports: due }) }
}

function isSameResources(existing: Json | undefined, given: Json | undefined): boolean {
  return isSameObject(withRequests(existing), withRequests(given), resources)
}

/** Resources as the API server stores them: without a request, the limit counts as the request. */
export function withRequests(value: Json | undefined): JsonObject {
  const { limits, requests, ...others } = isObject(value) ? value : {}
  const [most, least] = [limits, requests].map(list => (isObject(list) ? list : {}))
  return { ...others, limits: most, requests: { ...most, ...least } }
}

const resources = memberOf(fields.container, 'resources')

export function membersOf(a: JsonObject, b: JsonObject): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
}

function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}
