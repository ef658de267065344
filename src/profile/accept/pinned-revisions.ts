import type { JsonObject } from '../../json/json.ts'
import { metered, spend, withoutBudget } from '../../limits/budget.ts'
import { limits } from '../../limits/limits.ts'
import type { Profile } from '../profile.ts'
import { compiledRevision } from './candidate.ts'
import type { Kept } from './kept-revision.ts'
import type { Profiles } from './profiles.ts'

/** A stored profile, and its kept revisions. */
export interface WithRevisions {
  readonly object: JsonObject
  readonly kept: Kept
  /** Its revisions that are compiled already. */
  readonly compiled: readonly Profile[]
}

/**
 * The functions of `Profiles` that find any kept revision of a profile. A revision that is not in use is compiled in the
 * review that needs it first, because Pods can pin any of them, and all together would fill the memory. A review pays for the
 * compilation of each revision, also if it is cached, so that each replica decides alike.
 */
export function pinnedRevisions(
  lookUp: (profile: Profile) => WithRevisions | undefined,
): Required<Pick<Profiles, 'revisionOf' | 'revisionsOf'>> {
  // The least recently used one first.
  const cache = new Map<string, Cached>()

  function drop(namespace: string): void {
    const own = [...cache].filter(([, each]) => each.namespace === namespace)
    const [oldest] = own.length > limits.pinnedRevisions ? own : []
    const [any] = cache.size > limits.allPinnedRevisions ? cache.keys() : []
    const key = oldest?.[0] ?? any
    if (key !== undefined) cache.delete(key)
  }

  function keptRevision(
    profile: Profile,
    { object, kept, compiled: others }: WithRevisions,
    revision: string,
  ): Profile | undefined {
    const { kind, namespace = '', name } = profile
    const found = kept.find(revision)
    if (!found) return undefined
    const known = others.find(each => each.revision === revision)
    if (known) return known
    const key = `${kind}/${namespace}/${name}@${revision}`
    let cached = cache.get(key)
    if (cached?.from !== found) {
      const made = withoutBudget(() => metered(() => compiledRevision(kind, object, found)))
      cached = { namespace, from: found, profile: made.value, units: made.units }
    }
    cache.delete(key)
    cache.set(key, cached)
    drop(namespace)
    spend(cached.units)
    return cached.profile
  }

  return {
    revisionOf(profile, revision) {
      if (profile.revision === revision) return profile
      const one = lookUp(profile)
      return one && keptRevision(profile, one, revision)
    },
    revisionsOf(profile) {
      const all = lookUp(profile)?.kept.all() ?? []
      return all.filter(({ isWhole }) => isWhole).map(({ revision }) => revision)
    },
  }
}

interface Cached {
  readonly namespace: string
  readonly from: object
  readonly profile: Profile | undefined
  readonly units: number
}
