import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counting } from '../../limits/budget.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import { container, decideOn, podAsking, profilesOf } from '../decide.fixture.ts'
import type { Decision } from '../decision.ts'

const ten = '[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]'
/** Costs 20,000 units with a parameter, which decides it for all Pods; 50,000 when each Pod does. */
const dear = (n: number, of: string) =>
  `$(string(${ten}.all(a, ${ten}.all(b, ${ten}.all(c, a * b * c + ${of} + ${n} > 0)))))`

interface Share {
  /** Arguments that the parameters decide. What they make is kept. */
  readonly fixed: number
  /** Arguments that each Pod decides. */
  readonly own: number
}

const nameOf = (i: number) => `p${i}`
const madeAnew = (shares: readonly Share[]): Profiles =>
  profilesOf(
    Object.fromEntries(
      shares.map(({ fixed, own }, i) => [
        nameOf(i),
        {
          parameters: { n: { type: 'integer', default: i } },
          containers: [
            container(`c${i}`, {
              args: [
                ...Array.from({ length: fixed }, (_, n) => dear(n, 'params.n')),
                ...Array.from({ length: own }, (_, n) => dear(n, 'pod.spec.containers.size()')),
              ],
            }),
          ],
        },
      ]),
    ),
  )

function reviewed(request: string, profiles: Profiles): { decision: Decision; units: number } {
  let units = 0
  const decision = counting(
    () => decideOn(podAsking(request), profiles),
    spent => {
      units = spent
    },
  )
  return { decision, units }
}

/** What a replica decides that has kept something of some profiles, and one that has just started. */
function decided(shares: readonly Share[], known: (i: number) => boolean) {
  const [cold, warm] = [madeAnew(shares), madeAnew(shares)]
  const names = shares.map((_, i) => nameOf(i))
  for (const name of names.filter((_, i) => known(i))) reviewed(name, warm)
  const request = names.join(',')
  return { cold: reviewed(request, cold), warm: reviewed(request, warm) }
}

/** Settled profiles that are too large to be kept, so that what is kept of those behind them stays until it is needed. */
const fillers = (count: number) => Array.from({ length: count }, (): Share => ({ fixed: 14, own: 0 }))

describe('what a replica keeps', () => {
  const share = fc.record({ fixed: fc.integer({ min: 0, max: 12 }), own: fc.integer({ min: 0, max: 2 }) })
  const shares = fc
    .tuple(fc.integer({ min: 1, max: 2 }), fc.array(share, { minLength: 1, maxLength: 3 }))
    .map(([count, others]) => [...fillers(count), ...others])

  it('changes no decision on Pods near the budget of a review', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(shares, fc.integer(), (shares, mask) => {
        const { cold, warm } = decided(shares, i => ((mask >> i) & 1) === 1)
        const { outcome } = cold.decision
        expect(warm.decision).toEqual(cold.decision)
        // The step that is too much is one with all that is kept, and a small one without.
        if (outcome !== 'denied') expect(warm.units).toBe(cold.units)
        seen.add(outcome)
      }),
      {
        numRuns: 8,
        examples: [
          [[...fillers(1), { fixed: 6, own: 0 }], -1],
          [[...fillers(1), { fixed: 12, own: 0 }], -1],
        ],
      },
    )
    // Otherwise the law is about something else.
    expect([...seen].toSorted()).toEqual(['denied', 'injected'])
  })
})
