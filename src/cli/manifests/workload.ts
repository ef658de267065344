import { isObject, type Json, type JsonObject, member } from '../../json/json.ts'
import type { Path } from '../../problems/problem.ts'

/** A Pod, or something that makes Pods from a template. */
export interface Workload {
  readonly kind: string
  readonly name: string
  /** Absent where the manifest leaves it to the one who applies it. */
  readonly namespace?: string
  /** Where the Pod or the template stands in the object. */
  readonly path: Path
  /** The Pod as it would be created, of whatever shape was written. */
  readonly pod: Json
  /** The Pod or the template as it stands. */
  readonly template: Json
}

/**
 * The workloads in an object: the Pod itself, a controller's template, or those of a List's items.
 * A kind that is not known counts when it has a Pod template at `spec.template`.
 * https://kubernetes.io/docs/concepts/workloads/pods/#pod-templates
 */
export function workloadsIn(object: Json, path: Path = []): readonly Workload[] {
  if (!isObject(object)) return []
  const { apiVersion, kind, items, metadata } = object
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return []
  if (kind.endsWith('List') && Array.isArray(items)) {
    return items.flatMap((item: Json, i) => workloadsIn(item, [...path, 'items', i]))
  }
  const template = templatePath(object, apiVersion, kind)
  if (!template) return []
  const pod = template.reduce<Json | undefined>(member, object)
  // A partial object, as kustomize takes for a patch, need not have a template.
  if (pod === undefined || pod === null) return []
  const { name, generateName, namespace } = isObject(metadata) ? metadata : {}
  return [
    {
      kind,
      name: String(name ?? generateName ?? '(no name)'),
      ...(typeof namespace === 'string' && { namespace }),
      path: [...path, ...template],
      pod: withoutNulls(template.length === 0 ? pod : asCreated(pod, String(name ?? ''))),
      template: withoutNulls(pod),
    },
  ]
}

const knownTemplates: Readonly<Record<string, readonly string[]>> = {
  'v1 Pod': [],
  'v1 ReplicationController': ['spec', 'template'],
  'apps/v1 Deployment': ['spec', 'template'],
  'apps/v1 StatefulSet': ['spec', 'template'],
  'apps/v1 DaemonSet': ['spec', 'template'],
  'apps/v1 ReplicaSet': ['spec', 'template'],
  'batch/v1 Job': ['spec', 'template'],
  'batch/v1 CronJob': ['spec', 'jobTemplate', 'spec', 'template'],
}

function templatePath(object: JsonObject, apiVersion: string, kind: string): readonly string[] | undefined {
  const known = knownTemplates[`${apiVersion} ${kind}`]
  if (known) return known
  const usual = ['spec', 'template']
  const containers = [...usual, 'spec', 'containers'].reduce<Json | undefined>(member, object)
  return Array.isArray(containers) ? usual : undefined
}

/**
 * A template's Pod has a name made from its owner's. Where the template has no metadata there is none to
 * add to: the patch must apply to the template as it stands.
 */
function asCreated(template: Json, owner: string): Json {
  if (!isObject(template) || !isObject(template['metadata'])) return template
  return { ...template, metadata: { generateName: `${owner}-`, ...template['metadata'] } }
}

/** A key with nothing behind it is no field: `env:` is read as if it were not there. */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isObject(value)) return value
  const members = Object.entries(value).filter(([, item]) => item !== null && item !== undefined)
  return Object.fromEntries(members.map(([key, item]) => [key, withoutNulls(item ?? null)]))
}
