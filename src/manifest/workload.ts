import type { Subject } from '../engine/decision.ts'
import { asCreated, knownTemplate } from '../engine/mistakes/pod-template.ts'
import type { Pod } from '../engine/pod.ts'
import { isObject, type Json, type JsonObject, member } from '../json/json.ts'
import { oneLine } from '../problems/one-line.ts'
import type { Path } from '../problems/problem.ts'
import { workloadOfTemplate } from '../profile/rollout/workload.ts'

/** A Pod, or an object that creates Pods from a template. */
export interface Workload {
  readonly kind: string
  readonly name: string
  /** Absent when the manifest names none. */
  readonly namespace?: string
  /** The path of the Pod or the template in the document. */
  readonly path: Path
  /** The object that has the template, and the path of the template in it. */
  readonly object: JsonObject
  readonly templatePath: Path
  /** The Pod as it would be created; its shape is not checked yet. */
  readonly pod: Json
  /** The Pod or the template as written, with the name that Knative gives to a container without one. */
  readonly template: Json
}

/**
 * The workloads in an object: a Pod, a controller, or those in the items of a List. Other objects, for example of KEDA,
 * JobSet or Argo, are workloads if there is a Pod template anywhere in them: an object whose `spec` has a list of
 * containers. They are searched to a limited depth and size.
 * https://kubernetes.io/docs/concepts/workloads/pods/#pod-templates
 */
export function workloadsIn(object: Json, path: Path = []): readonly Workload[] {
  if (!isObject(object)) return []
  const { apiVersion, kind, items, metadata } = object
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return []
  if (kind.endsWith('List') && Array.isArray(items)) {
    return items.flatMap((item: Json, i) => workloadsIn(item, [...path, 'items', i]))
  }
  const { name, generateName, namespace } = isObject(metadata) ? metadata : {}
  const known = knownTemplate(object)
  return (known ? [known] : templatesIn(object)).flatMap(template => {
    const pod = template.reduce<Json | undefined>(at, object)
    // A partial object, for example a patch for kustomize, may have no template.
    if (pod === undefined || pod === null) return []
    const written = withoutNulls(pod)
    const complete = apiVersion.startsWith('serving.knative.dev/') ? withContainerName(written) : written
    return [
      {
        // Lines of output begin with these: a CI system obeys some lines.
        kind: oneLine(kind),
        name: oneLine(String(name ?? generateName ?? '(no name)')),
        ...(typeof namespace === 'string' && { namespace: oneLine(namespace) }),
        path: [...path, ...template],
        object,
        templatePath: template,
        pod: template.length === 0 ? complete : asCreated(complete, String(name ?? '')),
        template: complete,
      },
    ]
  })
}

/** The workload of the Pods, for the engine; a Pod says itself whose it is. */
export function workloadIn(
  { object, templatePath }: Pick<Workload, 'object' | 'templatePath'>,
  pod: Pod,
): Pick<Subject, 'workload'> {
  return templatePath.length === 0 ? {} : { workload: workloadOfTemplate(object, pod) }
}

/** The paths of all Pod templates below the root, in the order of the text; none is searched for another. */
function templatesIn(root: JsonObject): readonly Path[] {
  const found: Path[] = []
  const rest: { readonly value: Json; readonly path: Path }[] = [{ value: root, path: [] }]
  let left = mostValues
  for (let next = rest.pop(); next && left > 0; next = rest.pop(), left--) {
    const { value, path } = next
    const isTemplate = path.length > 0 && Array.isArray(member(member(value, 'spec'), 'containers'))
    if (isTemplate) found.push(path)
    else if (path.length < mostLevels)
      for (const [key, inner] of membersOf(value).toReversed())
        rest.push({ value: inner, path: [...path, key] })
  }
  return found
}

// That of a JobSet, the deepest one known, is seven levels down.
const mostLevels = 12
// Of an object of 1.5 MiB, the most that the API server stores, few have more.
const mostValues = 100_000

function membersOf(value: Json): readonly (readonly [string | number, Json])[] {
  if (Array.isArray(value)) return value.map((item: Json, i) => [i, item] as const)
  return isObject(value) ? Object.entries(value).map(([key, item]) => [key, item ?? null] as const) : []
}

/** The member or the item of a value; undefined if it does not exist. */
export function at(value: Json | undefined, step: string | number): Json | undefined {
  if (typeof step === 'number') return Array.isArray(value) ? value[step] : undefined
  return member(value, step)
}

/**
 * Knative names the only container of a Service if its author does not.
 * https://knative.dev/docs/serving/configuration/config-defaults/#container-name-template
 */
function withContainerName(template: Json): Json {
  const spec = member(template, 'spec')
  if (!isObject(template) || !isObject(spec)) return template
  const { containers } = spec
  const [only, ...others] = Array.isArray(containers) ? containers : []
  if (!isObject(only) || others.length > 0 || only['name'] !== undefined) return template
  return { ...template, spec: { ...spec, containers: [{ name: 'user-container', ...only }] } }
}

/** Without keys that have no value: `env:` means the same as no `env`. */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isObject(value)) return value
  const members = Object.entries(value).filter(([, item]) => item !== null && item !== undefined)
  return Object.fromEntries(members.map(([key, item]) => [key, withoutNulls(item ?? null)]))
}
