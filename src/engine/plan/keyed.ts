import { isObject, type Json, type JsonObject } from '../../json/json.ts'
import type { Container } from '../pod.ts'

/** The key of a list's items, by which Kubernetes and Pillion tell them apart. Without it there is no item. */
const keys = {
  env: 'name',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  ports: 'containerPort',
  imagePullSecrets: 'name',
  hostAliases: 'ip',
} as const

/**
 * The items that have their key. `{ name: $(params.?secret) }` gives an item without one where there is no such
 * parameter: that is no item, as an absent value is no item of a plain list.
 */
export function keyed<T extends JsonObject>(list: keyof typeof keys, items: readonly T[]): readonly T[] {
  const has = (item: T) => isGiven(item[keys[list]])
  return items.every(has) ? items : items.filter(has)
}

/** The same for sources of environment variables, which name a ConfigMap or a Secret. */
export function keyedSources<T extends JsonObject>(sources: readonly T[]): readonly T[] {
  return sources.filter(({ configMapRef, secretRef }) =>
    [configMapRef, secretRef].some(reference => isObject(reference) && isGiven(reference['name'])),
  )
}

/** A container with only such items in its lists. */
export function keyedContainer(container: Container): Container {
  let result = container
  for (const field in container) {
    const items = container[field]
    if (!Array.isArray(items)) continue
    const left = field === 'envFrom' ? keyedSources(items) : isKeyed(field) ? keyed(field, items) : items
    // Nearly all have all.
    if (left.length < items.length) result = { ...result, [field]: left as Json }
  }
  return result
}

function isKeyed(field: string): field is keyof typeof keys {
  return Object.hasOwn(keys, field)
}

function isGiven(value: Json | undefined): boolean {
  return value !== undefined && value !== null && value !== ''
}
