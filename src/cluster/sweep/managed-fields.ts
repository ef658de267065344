import { isObject, type JsonObject, objectsIn } from '../../json/json.ts'

/** The annotation that requests profiles, and the label that enables a namespace. */
export const inject = 'pillion.dev/inject'

/**
 * The time at which the annotation of the Pod got its value; undefined if the Pod has no annotation. Without
 * `managedFields`, the time at which the Pod was created.
 */
export function requestedAt(metadata: JsonObject, createdAt: number): number | undefined {
  const { annotations } = metadata
  if (!isObject(annotations) || !Object.hasOwn(annotations, inject)) return undefined
  return changedAt(metadata, 'f:metadata', 'f:annotations', `f:${inject}`) ?? createdAt
}

/**
 * The last time at which the managers of a field changed any of their fields, in milliseconds since 1970; undefined if the field has no owner.
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
