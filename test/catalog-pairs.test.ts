import { describe, expect, it } from 'vitest'
import type { Pod } from '../src/engine/pod.ts'
import type { Profile } from '../src/profile/profile.ts'
import { askingFor, catalog, decideByCatalog } from './catalog-asking.ts'

const pairs = catalog.all.flatMap(first =>
  catalog.all.filter(second => second !== first).map(second => [first, second] as const),
)

/** A Pod that asks for both, and that each of them takes by itself. */
function podAskingForBoth(first: Profile, second: Profile): Pod {
  const annotations = {
    ...askingFor(first),
    ...askingFor(second),
    'pillion.dev/inject': `${first.name},${second.name}`,
  }
  const container = { name: 'app', image: 'app:1', securityContext: { runAsUser: 1000 } }
  return {
    metadata: { name: 'both', annotations },
    spec: { shareProcessNamespace: true, containers: [container] },
  }
}

describe('two profiles of the catalog', () => {
  it.each(pairs.map(([first, second]) => ({ names: `${first.name}, ${second.name}`, first, second })))(
    'go together in one Pod: $names',
    ({ first, second }) => {
      const { outcome, message, profiles } = decideByCatalog(podAskingForBoth(first, second))
      expect({ outcome, message }).toMatchObject({ outcome: 'injected' })
      expect(profiles.map(({ name, outcome }) => [name, outcome])).toEqual([
        [first.name, 'injected'],
        [second.name, 'injected'],
      ])
    },
  )
})
