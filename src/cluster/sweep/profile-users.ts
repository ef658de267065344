import { type JsonObject, metadataOf, objectAt } from '../../json/json.ts'
import type { UsedBy } from '../../profile/accept/used-by.ts'
import { controllerIn } from './found-pod.ts'

/** The users of each profile, by `userKey`. */
export type ProfileUsers = ReadonlyMap<string, UsedBy>

/** Counts the Pods and workloads that have each profile, in one pass over the metadata of all Pods. */
export function countUsers() {
  const users = new Map<string, { pods: number; readonly workloads: Set<string> }>()
  return {
    /** Takes a Pod and the profiles that it has, each once. */
    add(pod: JsonObject, profiles: readonly string[]): void {
      for (const profile of profiles) {
        const of = users.get(profile) ?? { pods: 0, workloads: new Set() }
        of.pods += 1
        of.workloads.add(workloadOf(pod))
        users.set(profile, of)
      }
    },
    result: (): ProfileUsers =>
      new Map(
        Array.from(users, ([profile, { pods, workloads }]) => [profile, { pods, workloads: workloads.size }]),
      ),
  }
}

/** The name of the Deployment is that of the ReplicaSet without the hash of the template, so no other object has to be read. */
function workloadOf(pod: JsonObject): string {
  const metadata = metadataOf(pod)
  const { namespace, name, ownerReferences } = metadata
  const controller = controllerIn(ownerReferences)
  if (!controller) return `${namespace}/Pod/${name}`
  const suffix = `-${objectAt(metadata, 'labels')['pod-template-hash']}`
  const isOfDeployment = controller.kind === 'ReplicaSet' && controller.name.endsWith(suffix)
  return isOfDeployment
    ? `${namespace}/Deployment/${controller.name.slice(0, -suffix.length)}`
    : `${namespace}/${controller.kind}/${controller.name}`
}
