import { equal, isObject, type Json, type JsonObject } from '../profile/json.ts'
import { parseQuantity } from '../profile/quantity.ts'

/**
 * Whether a Pod's value is exactly what was given to it: nothing less and nothing more, but for what the API server
 * itself writes when it stores a Pod (its defaults, and quantities in its own form). Stricter than `holds`, which
 * allows anything beyond: here one more mount makes a container another one.
 */
export function isSame(existing: Json | undefined, given: Json | undefined, key = ''): boolean {
  const [a, b] = [stated(existing, key), stated(given, key)]
  if (a === undefined || b === undefined) return a === b
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => isSame(item, b[i]))
  }
  if (isObject(a) && isObject(b)) return key === 'resources' ? isSameResources(a, b) : isSameObject(a, b)
  return equal(a, b) || (quantities.has(key) && isSameQuantity(a, b))
}

function isSameObject(a: JsonObject, b: JsonObject): boolean {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every(key =>
    isSame(own(a, key), own(b, key), key),
  )
}

/** A request that is absent is what the limit is. */
function isSameResources(existing: JsonObject, given: JsonObject): boolean {
  const [a, b] = [withRequests(existing), withRequests(given)]
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every(key => {
    const [x, y] = [own(a, key), own(b, key)]
    if (!isObject(x) || !isObject(y)) return isSame(x, y, key)
    const names = Object.keys(x)
    return (
      names.length === Object.keys(y).length &&
      names.every(name => equal(x[name], own(y, name)) || isSameQuantity(x[name], own(y, name)))
    )
  })
}

function withRequests({ limits, requests, ...others }: JsonObject): JsonObject {
  const all = { ...(isObject(limits) && limits), ...(isObject(requests) && requests) }
  return { ...others, ...(isObject(limits) && { limits }), requests: all }
}

/** undefined where nothing is said, or just what the API server would say by itself. */
function stated(value: Json | undefined, key: string): Json | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (value === false || value === 0) return omittedWhenZero.has(key) ? undefined : value
  if (Array.isArray(value)) return value.length > 0 ? value : undefined
  if (isObject(value)) {
    const isEmpty =
      omittedWhenEmpty.has(key) && Object.values(value).every(one => one === undefined || one === null)
    return isEmpty ? undefined : value
  }
  return defaults.get(key)?.includes(value) ? undefined : value
}

const omittedWhenZero = new Set(['readOnly', 'stdin', 'stdinOnce', 'tty', 'initialDelaySeconds', 'hostPort'])
const omittedWhenEmpty = new Set(['resources', 'emptyDir', 'metadata'])

// pkg/apis/core/v1/zz_generated.defaults.go; by the tag of its image a container gets one of the two policies.
const defaults: ReadonlyMap<string, readonly Json[]> = new Map<string, readonly Json[]>([
  ['terminationMessagePath', ['/dev/termination-log']],
  ['terminationMessagePolicy', ['File']],
  ['imagePullPolicy', ['IfNotPresent', 'Always']],
  ['pullPolicy', ['IfNotPresent', 'Always']],
  ['protocol', ['TCP']],
  ['apiVersion', ['v1']],
  ['scheme', ['HTTP']],
  ['path', ['/']],
  ['procMount', ['Default']],
  ['iscsiInterface', ['default']],
  ['timeoutSeconds', [1]],
  ['periodSeconds', [10]],
  ['successThreshold', [1]],
  ['failureThreshold', [3]],
  ['defaultMode', [420]],
  ['expirationSeconds', [3600]],
  ['volumeMode', ['Filesystem']],
])

const quantities = new Set(['sizeLimit', 'divisor', 'storage'])

function isSameQuantity(a: Json | undefined, b: Json | undefined): boolean {
  if (a === undefined || b === undefined) return false
  const [x, y] = [a, b].map(value => parseQuantity(String(value)))
  return x !== undefined && x === y
}

function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}
