import { asCreated, templatePath } from '../../engine/mistakes/pod-template.ts'
import { isObject, type Json, type JsonObject, member } from '../../json/json.ts'
import type { Path } from '../../problems/problem.ts'

/** A Pod, or an object that creates Pods from a template. */
export interface Workload {
  readonly kind: string
  readonly name: string
  /** Absent when the manifest names none. */
  readonly namespace?: string
  /** The path of the Pod or the template in the document. */
  readonly path: Path
  /** The object that has the template. */
  readonly object: JsonObject
  /** The Pod as it would be created; its shape is not checked yet. */
  readonly pod: Json
  /** The Pod or the template as written. */
  readonly template: Json
}

/**
 * The workloads in an object: a Pod, a controller, or those in the items of a List. An unknown kind is a workload when it
 * has a Pod template at `spec.template`.
 * https://kubernetes.io/docs/concepts/workloads/pods/#pod-templates
 */
export function workloadsIn(object: Json, path: Path = []): readonly Workload[] {
  if (!isObject(object)) return []
  const { apiVersion, kind, items, metadata } = object
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return []
  if (kind.endsWith('List') && Array.isArray(items)) {
    return items.flatMap((item: Json, i) => workloadsIn(item, [...path, 'items', i]))
  }
  const template = templatePath(object)
  if (!template) return []
  const pod = template.reduce<Json | undefined>(member, object)
  // A partial object, for example a patch for kustomize, may have no template.
  if (pod === undefined || pod === null) return []
  const { name, generateName, namespace } = isObject(metadata) ? metadata : {}
  return [
    {
      kind,
      name: String(name ?? generateName ?? '(no name)'),
      ...(typeof namespace === 'string' && { namespace }),
      path: [...path, ...template],
      object,
      pod: withoutNulls(template.length === 0 ? pod : asCreated(pod, String(name ?? ''))),
      template: withoutNulls(pod),
    },
  ]
}

/** Without keys that have no value: `env:` means the same as no `env`. */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isObject(value)) return value
  const members = Object.entries(value).filter(([, item]) => item !== null && item !== undefined)
  return Object.fromEntries(members.map(([key, item]) => [key, withoutNulls(item ?? null)]))
}
