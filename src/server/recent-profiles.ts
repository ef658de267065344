import { EventEmitter, once } from 'node:events'
import { limits } from '../limits/limits.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import type { Profile } from '../profile/profile.ts'

/**
 * The profiles in use. Remembers the revisions that they replaced for as long as an admission can take: the API server may
 * send several requests while it admits a Pod, and a profile may change in between. A cluster keeps accepted revisions, but a
 * directory of profiles keeps none, and a first spec may be replaced before it is kept.
 */
export function recentProfiles(first: Profiles, now: () => number = () => performance.now()) {
  const replaced = new Map<string, { readonly profile: Profile; readonly at: number }>()
  // Of the reviews that listen, `limits.waitingReviews` wait. The others gave way, and stop listening when their time is over.
  const changes = new EventEmitter().setMaxListeners(0)
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

  /** Otherwise a namespace that keeps changing its profiles would fill the memory. */
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
    /** Sets the profiles that are in use from now on. */
    update(profiles: Profiles) {
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
      changes.emit('change')
    },
    current: () => current,
    /** Resolves at the next change, at the latest after this time. */
    async nextChange(withinMs: number) {
      await once(changes, 'change', { signal: AbortSignal.timeout(withinMs) }).catch(() => {})
    },
  }
}

// Twice the largest timeoutSeconds of a webhook.
const keptMs = 60_000

function keyOf({ kind, namespace = '', name }: Profile, revision: string): string {
  return `${kind}/${namespace}/${name}@${revision}`
}
