import {
  type Acceptance,
  accept,
  type Candidate,
  candidate,
  isSame,
  stored,
} from '../../profile/acceptance.ts'
import { type JsonObject, metadataOf } from '../../profile/json.ts'
import { allowedLevel } from '../../profile/pod-security-level.ts'
import { collect } from '../../profile/profiles.ts'
import { apiVersion, type Kind, kinds } from '../../profile/schema.ts'
import type { Api } from '../api/api.ts'
import { type FollowOptions, follow } from '../api/follow.ts'

/** The profiles of a cluster, compiled. */
export interface ClusterProfiles {
  current(): Acceptance
  /** Whether all of both kinds have been seen once. */
  isComplete(): boolean
  /** As of `Followed`, the older of both kinds. */
  ageMs(): number
  /** Something of namespaces has changed: what their labels allow may be another level now. */
  lookAgain(): void
}

/** Where the API server has the profiles of a kind, those of all namespaces. */
export const profilePaths: Readonly<Record<Kind, string>> = {
  ClusterSidecarProfile: `/apis/${apiVersion}/clustersidecarprofiles`,
  SidecarProfile: `/apis/${apiVersion}/sidecarprofiles`,
}

/**
 * Follows the profiles of a cluster: a change compiles the profile that changed and no other. `changed` hears
 * of what there is as soon as both kinds are listed, and then after each change.
 */
export function followProfiles(
  api: Api,
  { changed, labelsOf = () => undefined, ...options }: FollowProfilesOptions,
): ClusterProfiles {
  const candidates = new Map<string, Candidate>()
  let current: Acceptance = { profiles: collect([]).profiles, verdicts: new Map() }
  const followed = kinds.map(kind => {
    const objects = follow(api, { ...options, path: profilePaths[kind], keep: kept, changed: look })
    return objects

    function look(keys: ReadonlySet<string>): void {
      const isAccepted = current.verdicts.size > 0
      const rewritten = new Map<string, JsonObject>()
      let isNews = false
      for (const key of keys) {
        const id = `${kind}/${key}`
        const object = objects.get(key)
        const before = candidates.get(id)
        if (object) {
          const after = candidate(kind, object, before, current.verdicts.get(id)?.inUse)
          candidates.set(id, after)
          if (isAccepted && isSame(before, after)) rewritten.set(id, object)
          else isNews = true
        } else isNews = candidates.delete(id) || isNews
      }
      if (!isComplete()) return
      current = isNews || !isAccepted ? acceptNow() : stored(current, rewritten)
      changed(current)
    }
  })
  /** What the namespaces of SidecarProfiles allowed when these were judged. */
  let levels = ''
  function acceptNow(): Acceptance {
    levels = levelsNow()
    return accept(candidates, labelsOf)
  }

  function levelsNow(): string {
    const namespaces = new Set([...candidates.values()].map(({ object }) => metadataOf(object)['namespace']))
    return [...namespaces]
      .flatMap(name => {
        const labels = typeof name === 'string' ? labelsOf(name) : undefined
        return labels ? [`${name}=${allowedLevel(labels)}`] : []
      })
      .sort()
      .join()
  }

  const isComplete = () => followed.every(each => each.isComplete())
  return {
    current: () => current,
    isComplete,
    lookAgain() {
      if (!isComplete() || levelsNow() === levels) return
      current = acceptNow()
      changed(current)
    },
    ageMs: () => Math.max(...followed.map(each => each.ageMs())),
  }
}

export interface FollowProfilesOptions
  extends Pick<FollowOptions<JsonObject>, 'failed' | 'signal' | 'backoff' | 'watchMs'> {
  readonly changed: (acceptance: Acceptance) => void
  /** Of a namespace; undefined until namespaces are known. */
  readonly labelsOf?: (namespace: string) => Readonly<Record<string, string>> | undefined
}

/** Without what only its writers need: half of an object, often. */
function kept(object: JsonObject): JsonObject {
  const { managedFields: _, annotations: __, ...metadata } = metadataOf(object)
  return { ...object, metadata }
}
