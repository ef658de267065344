import { limits } from '../limits/limits.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import type { Profile } from '../profile/profile.ts'

/** The profiles in use, and those that were until a moment ago. */
export interface RecentProfiles {
  /** To be told of what is in use now. */
  update(profiles: Profiles): void
  current(): Profiles
  /** Resolves with the next change, or when it has waited for so long. */
  nextChange(withinMs: number): Promise<void>
}

/**
 * Remembers what was replaced for as long as one admission takes at most: the API server calls several times
 * while it admits a Pod, and a profile may change in between.
 */
export function recentProfiles(first: Profiles, now: () => number = Date.now): RecentProfiles {
  const replaced = new Map<string, { readonly profile: Profile; readonly at: number }>()
  let waiting: (() => void)[] = []
  let current = withEarlier(first)

  function withEarlier(profiles: Profiles): Profiles {
    return {
      ...profiles,
      earlier: (profile, revision) => {
        const found = replaced.get(keyOf(profile, revision))
        return found && now() - found.at <= keptMs ? found.profile : undefined
      },
    }
  }

  /** A namespace that changes its profiles all the time would fill the memory of all. */
  function forgetOldest(): void {
    const kept = new Map<string, number>()
    for (const [key, { profile }] of [...replaced].reverse()) {
      const { namespace = '' } = profile
      const count = (kept.get(namespace) ?? 0) + 1
      if (count > limits.replacedProfiles) replaced.delete(key)
      else kept.set(namespace, count)
    }
  }

  return {
    update(profiles) {
      const at = now()
      for (const [key, { at: since }] of replaced) if (at - since > keptMs) replaced.delete(key)
      const inUse = new Set(profiles.all)
      for (const profile of current.all) {
        if (inUse.has(profile)) continue
        const key = keyOf(profile, profile.revision)
        replaced.delete(key)
        replaced.set(key, { profile, at })
      }
      forgetOldest()
      current = withEarlier(profiles)
      const heard = waiting
      waiting = []
      for (const resolve of heard) resolve()
    },
    current: () => current,
    nextChange: withinMs =>
      new Promise(resolve => {
        const timer = setTimeout(done, withinMs).unref()
        function done(): void {
          clearTimeout(timer)
          waiting = waiting.filter(other => other !== done)
          resolve()
        }
        waiting.push(done)
      }),
  }
}

// Longer than any webhook may take (timeoutSeconds is 30 at most).
const keptMs = 60_000

function keyOf({ kind, namespace = '', name }: Profile, revision: string): string {
  return `${kind}/${namespace}/${name}@${revision}`
}
