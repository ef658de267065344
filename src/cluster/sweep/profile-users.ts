import { type JsonObject, metadataOf } from '../../json/json.ts'
import type { UsedBy } from '../../profile/accept/used-by.ts'
import { workloadOfPod } from '../../profile/rollout/workload.ts'

/** What has a profile, and in which revisions: also those that Pods pin, or are put back to when their update fails. */
export interface Users extends UsedBy {
  readonly revisions: ReadonlySet<string>
}

/** The users of each profile, by `userKey`. */
export type ProfileUsers = ReadonlyMap<string, Users>

/** A profile that a Pod has, by its `userKey`. */
export interface ProfileOfPod {
  readonly key: string
  readonly revisions: readonly string[]
}

/** Counts the Pods and workloads that have each profile, in one pass over the metadata of all Pods. */
export function countUsers() {
  const users = new Map<string, { pods: number; readonly workloads: Set<string>; revisions: Set<string> }>()
  return {
    /** Takes a Pod and the profiles that it has, each once. */
    add(pod: JsonObject, profiles: readonly ProfileOfPod[]): void {
      if (profiles.length === 0) return
      const workload = workloadKey(pod)
      for (const { key, revisions } of profiles) {
        const of = users.get(key) ?? { pods: 0, workloads: new Set(), revisions: new Set() }
        of.pods += 1
        of.workloads.add(workload)
        for (const revision of revisions) of.revisions.add(revision)
        users.set(key, of)
      }
    },
    result: (): ProfileUsers =>
      new Map(
        Array.from(users, ([key, { pods, workloads, revisions }]) => [
          key,
          { pods, workloads: workloads.size, revisions },
        ]),
      ),
  }
}

function workloadKey(pod: JsonObject): string {
  const { kind, name } = workloadOfPod(pod)
  return `${metadataOf(pod)['namespace']}/${kind}/${name}`
}
