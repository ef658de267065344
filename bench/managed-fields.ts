import { isObject, type Json, type JsonObject } from '../src/json/json.ts'

/**
 * The fields of a Pod as FieldsV1: who owns them, not what they are. They are as many members as the Pod has, so
 * that they make up about half of a review of a Pod.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
export function managedFieldsOf(pod: {
  readonly metadata: JsonObject
  readonly spec: JsonObject
}): JsonObject {
  const { creationTimestamp: _, ...metadata } = pod.metadata
  return { 'f:metadata': membersOf(metadata), 'f:spec': membersOf(pod.spec) }
}

function membersOf(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [`f:${name}`, fieldsOf(name, value)]),
  )
}

function fieldsOf(name: string, value: Json | undefined): JsonObject {
  if (isObject(value)) return Object.keys(value).length === 0 ? {} : { '.': {}, ...membersOf(value) }
  const keys = listMapKeys[name]
  if (!Array.isArray(value) || !keys) return {}
  const items = value.filter(isObject).map(item => {
    const key = Object.fromEntries(keys.map(each => [each, item[each]]))
    // An owner is replaced as a whole.
    return [`k:${JSON.stringify(key)}`, name === 'ownerReferences' ? {} : { '.': {}, ...membersOf(item) }]
  })
  return { ...(name !== 'containers' && { '.': {} }), ...Object.fromEntries(items) }
}

/** Lists whose items have owners of their own, by what tells the items apart; other lists are owned as a whole. */
const listMapKeys: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  env: ['name'],
  ports: ['containerPort', 'protocol'],
  ownerReferences: ['uid'],
}
