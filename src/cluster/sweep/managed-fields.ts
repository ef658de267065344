import { isObject, type JsonObject, objectsIn } from '../../json/json.ts'

/** The annotation that requests profiles, and the label that enables a namespace. */
export const inject = 'pillion.dev/inject'

/**
 * When the Pod's own annotation got its value; undefined if the Pod has none. Without `managedFields` the annotation
 * counts as old as the Pod.
 */
export function requestedAt(metadata: JsonObject, createdAt: number): number | undefined {
  const { annotations } = metadata
  if (!isObject(annotations) || !Object.hasOwn(annotations, inject)) return undefined
  return changedAt(metadata, 'f:metadata', 'f:annotations', `f:${inject}`) ?? createdAt
}

/**
 * When the owners of a field have changed anything last, in milliseconds since 1970; undefined if the field has no owner.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function changedAt(metadata: JsonObject | undefined, ...field: readonly string[]): number | undefined {
  const times = objectsIn(metadata?.['managedFields'])
    .filter(({ fieldsV1 }) => owns(fieldsV1, field))
    .map(({ time }) => Date.parse(String(time)))
    .filter(time => !Number.isNaN(time))
  return times.length === 0 ? undefined : Math.max(...times)
}

function owns(fields: unknown, [first, ...rest]: readonly string[]): boolean {
  if (first === undefined) return true
  return isObject(fields) && Object.hasOwn(fields, first) && owns(fields[first], rest)
}
