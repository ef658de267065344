import { isObject, type Json, type JsonObject, metadataOf, objectAt } from '../../json/json.ts'

/** The controller of a Pod that a person changes or restarts to replace the Pod, or the Pod itself. */
export interface Workload {
  readonly kind: string
  readonly name: string
}

/**
 * The workload of a Pod, by its metadata. It is the same in the admission request, where a Pod may have no name yet, and
 * after each restart: of a Pod without a controller that has a `generateName`, that is its name here.
 */
export function workloadOfPod(pod: JsonObject): Workload {
  const metadata = metadataOf(pod)
  const { name, generateName, ownerReferences } = metadata
  const controller = controllerIn(ownerReferences)
  return workloadOf({
    name: String(generateName || name || ''),
    labels: objectAt(metadata, 'labels'),
    ...(controller && { controller }),
  })
}

/**
 * The workload of a Pod. No other object has to be read: a Deployment and a Rollout of Argo name their ReplicaSets after
 * themselves and the hash of the Pod template, and a CronJob names its Jobs after itself and the time in minutes. Without a
 * controller it is the Pod.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#pod-template-hash-label
 * https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#cronjob-name
 */
export function workloadOf({
  controller,
  labels,
  name,
}: {
  readonly controller?: Workload
  readonly labels: JsonObject
  readonly name: string
}): Workload {
  if (!controller) return { kind: 'Pod', name }
  const { kind, name: owner } = controller
  if (kind === 'ReplicaSet') {
    for (const [label, kind] of hashLabels) {
      const end = `-${labels[label]}`
      if (owner.endsWith(end)) return { kind, name: owner.slice(0, -end.length) }
    }
  }
  if (kind === 'Job' && timeOfJob.test(owner)) return { kind: 'CronJob', name: owner.replace(timeOfJob, '') }
  return { kind, name: owner }
}

/** The workload of the Pods that an object will make from its template: the same as that of each of these Pods. */
export function workloadOfTemplate({ kind, metadata }: JsonObject, template: JsonObject): Workload {
  const controller = { kind: String(kind), name: String(objectAt({ metadata }, 'metadata')['name']) }
  return workloadOf({ controller, labels: objectAt(template, 'metadata', 'labels'), name: '' })
}

const hashLabels = [
  ['pod-template-hash', 'Deployment'],
  ['rollouts-pod-template-hash', 'Rollout'],
] as const

// Minutes since 1970 have eight digits from 1989 to 2160.
const timeOfJob = /-[0-9]{8,}$/

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/ */
export interface Controller extends Workload {
  readonly uid: string
}

/** The controller in the owner references of a Pod. */
export function controllerIn(references: Json | undefined): Controller | undefined {
  const owners = Array.isArray(references) ? references.filter(isObject) : []
  return controllerOf(owners.find(({ controller }) => controller === true))
}

/**
 * The controller that an owner reference names; undefined if a controller cannot have this kind, name or uid. The API server
 * does not check these three, so a user can write any text there: a path of the API server, or a command for a shell.
 */
export function controllerOf({ kind, name, uid }: JsonObject = {}): Controller | undefined {
  const isRight = [kind, name, uid].every(each => typeof each === 'string' && each.length <= longestName)
  if (!isRight || !kindPattern.test(String(kind)) || !namePattern.test(String(name))) return undefined
  return { kind: String(kind), name: String(name), uid: String(uid) }
}

const longestName = 253
const kindPattern = /^[A-Za-z][A-Za-z0-9]*$/
/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names */
export const namePattern = /^[a-z0-9][a-z0-9.-]*$/
