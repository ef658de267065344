import { isObject, type Json, type JsonObject, member } from '../../json/json.ts'
import type { Path } from '../../problems/problem.ts'

/**
 * The path of the Pod template in an object of Kubernetes' own kinds, empty for a Pod.
 * https://kubernetes.io/docs/concepts/workloads/pods/#pod-templates
 */
export function knownTemplate({ apiVersion, kind }: JsonObject): Path | undefined {
  return knownTemplates[`${String(apiVersion)} ${String(kind)}`]
}

/** The same, also for custom resources that have the template at the usual path. */
export function templatePath(object: JsonObject): Path | undefined {
  const known = knownTemplate(object)
  if (known) return known
  const usual = ['spec', 'template']
  const containers = [...usual, 'spec', 'containers'].reduce<Json | undefined>(member, object)
  return Array.isArray(containers) ? usual : undefined
}

/** The Pod of a template: its name comes from the owner. A template without metadata stays so, because a patch must fit the manifest. */
export function asCreated(template: Json, owner: string): Json {
  if (!isObject(template) || !isObject(template['metadata'])) return template
  return { ...template, metadata: { generateName: `${owner}-`, ...template['metadata'] } }
}

/** The paths of all metadata from the object to its Pods. The metadata of the Pods are the last. */
export function metadataPaths(template: Path): readonly Path[] {
  if (template.length === 0) return [['metadata']]
  // A CronJob has a Job between itself and its Pods.
  const between = template[1] === 'jobTemplate' ? [['spec', 'jobTemplate', 'metadata']] : []
  return [['metadata'], ...between, [...template, 'metadata']]
}

const knownTemplates: Readonly<Record<string, Path>> = {
  'v1 Pod': [],
  'v1 PodTemplate': ['template'],
  'v1 ReplicationController': ['spec', 'template'],
  'apps/v1 Deployment': ['spec', 'template'],
  'apps/v1 StatefulSet': ['spec', 'template'],
  'apps/v1 DaemonSet': ['spec', 'template'],
  'apps/v1 ReplicaSet': ['spec', 'template'],
  'batch/v1 Job': ['spec', 'template'],
  'batch/v1 CronJob': ['spec', 'jobTemplate', 'spec', 'template'],
}
