import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withRevisions } from '../../src/engine/decide.fixture.ts'
import type { Pod } from '../../src/engine/pod.ts'
import { dueOf } from '../../src/engine/revise/revise.ts'
import type { Profiles } from '../../src/profile/accept/profiles.ts'
import {
  decideOn,
  demandingDocuments,
  inject,
  inUse,
  namespace,
  pods,
  profileDocuments,
} from './arbitrary.ts'

const runs = { numRuns: 300 }
const names = ['alpha', 'beta', 'gamma'] as const

/** Three revisions of each of the profiles that a Pod may ask for, and a moment of the rollout of `next`. */
interface Rollout {
  readonly stable: Profiles
  readonly next: Profiles
  readonly kept: Profiles
  /** Shares of the workloads at two moments. */
  readonly shares: readonly [number, number]
}

const rolloutsOf = (documents: Parameters<typeof inUse>[0]): fc.Arbitrary<Rollout> => {
  // A case has nine profiles: from a pool as large as for the other laws, most of them would have to be read.
  const revisions = inUse(documents, 100)
  // In most cases all workloads are in the canary, or none.
  const share = fc.constantFrom(0, 0, 50, 100, 100)
  return fc.record({ stable: revisions, next: revisions, kept: revisions, shares: fc.tuple(share, share) })
}

const during = ({ stable, next, kept }: Rollout, percent: number) =>
  withRevisions(stable, { next, kept: [kept], share: { percent } })
const afterwards = ({ stable, next, kept }: Rollout) => withRevisions(next, { kept: [stable, kept] })

const pins = fc.record(
  Object.fromEntries(names.map(name => [name, fc.constantFrom('stable', 'next', 'kept', 'nothing')])),
  { requiredKeys: [] },
) as fc.Arbitrary<{ readonly [name: string]: 'stable' | 'next' | 'kept' | 'nothing' }>

function pinned(
  pod: Pod,
  pins: { readonly [name: string]: 'stable' | 'next' | 'kept' | 'nothing' },
  of: Rollout,
): Pod {
  const added = Object.entries(pins).flatMap(([name, to]) =>
    to === 'nothing' ? [] : [[`pillion.dev/${name}.revision`, of[to].find(name, '')!.revision]],
  )
  const annotations = { ...pod.metadata?.annotations, ...Object.fromEntries(added) }
  return { ...pod, metadata: { ...pod.metadata, annotations } }
}

describe('a Pod of which the profiles have several revisions', () => {
  it('gets of each the revision that is due, and nothing more from a second call', () => {
    fc.assert(
      fc.property(pods, rolloutsOf(demandingDocuments), pins, (pod, rollout, pins) => {
        const all = during(rollout, rollout.shares[0])
        const asking = pinned(pod, pins, rollout)
        for (const { name, revision, revisionBecause } of decideOn(asking, all).profiles) {
          // An order cycle is not the fault of one profile.
          if (revision === undefined) continue
          const due = dueOf({ pod: asking, namespace }, rollout.stable.find(name, '')!, all)
          expect({ revision, revisionBecause }).toEqual({
            revision: due?.profile.revision,
            revisionBecause: due?.because,
          })
        }
        expect(decideOn(inject(asking, all), all).patch).toEqual([])
      }),
      runs,
    )
  })

  it('keeps what it was given while the rollout goes on, comes to its end or goes back', () => {
    fc.assert(
      fc.property(pods, rolloutsOf(profileDocuments), fc.boolean(), (pod, rollout, isOver) => {
        const [before, after] = rollout.shares
        const first = decideOn(pod, during(rollout, before))
        // A profile that the first call left out was not given.
        fc.pre(first.profiles.length > 0 && first.profiles.every(({ outcome }) => outcome === 'injected'))
        const given = inject(pod, during(rollout, before))
        const again = decideOn(given, isOver ? afterwards(rollout) : during(rollout, after))
        expect(again).toMatchObject({ outcome: 'unchanged', patch: [] })
      }),
      runs,
    )
  })
})
