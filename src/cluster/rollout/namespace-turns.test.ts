import { expect, it } from 'vitest'
import { namespaceTurns } from './namespace-turns.ts'

it('takes cluster profiles first, and then each namespace first in its turn, whatever the number of its profiles', () => {
  const own = Array.from({ length: 20 }, () => ({ rollout: { namespace: 'hostile' } }))
  const all: readonly { readonly rollout: { readonly namespace?: string } }[] = [
    ...own,
    { rollout: { namespace: 'shop' } },
    { rollout: {} },
    { rollout: { namespace: 'bank' } },
  ]
  const inTurn = namespaceTurns()
  const rounds = Array.from({ length: 3 }, () => inTurn(all).map(({ rollout }) => rollout))
  expect(rounds.map(([first]) => first)).toEqual([{}, {}, {}])
  expect(rounds.map(([, second]) => second?.namespace).toSorted()).toEqual(['bank', 'hostile', 'shop'])
  for (const each of rounds) expect(each).toHaveLength(all.length)
  expect(inTurn([])).toEqual([])
})
