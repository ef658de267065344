import { type JsonObject, metadataOf } from '../../json/json.ts'
import type { UsedBy } from '../../profile/accept/used-by.ts'
import { workloadOfPod } from '../../profile/rollout/workload.ts'

/** The users of each profile, by `userKey`. */
export type ProfileUsers = ReadonlyMap<string, UsedBy>

/** Counts the Pods and workloads that have each profile, in one pass over the metadata of all Pods. */
export function countUsers() {
  const users = new Map<string, { pods: number; readonly workloads: Set<string> }>()
  return {
    /** Takes a Pod and the profiles that it has, each once. */
    add(pod: JsonObject, profiles: readonly string[]): void {
      if (profiles.length === 0) return
      const workload = workloadKey(pod)
      for (const profile of profiles) {
        const of = users.get(profile) ?? { pods: 0, workloads: new Set() }
        of.pods += 1
        of.workloads.add(workload)
        users.set(profile, of)
      }
    },
    result: (): ProfileUsers =>
      new Map(
        Array.from(users, ([profile, { pods, workloads }]) => [profile, { pods, workloads: workloads.size }]),
      ),
  }
}

function workloadKey(pod: JsonObject): string {
  const { kind, name } = workloadOfPod(pod)
  return `${metadataOf(pod)['namespace']}/${kind}/${name}`
}
