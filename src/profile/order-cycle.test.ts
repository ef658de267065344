import { describe, expect, it } from 'vitest'
import type { JsonObject } from './json.ts'
import { orderCycle, orderGraph } from './order-cycle.ts'
import { accepted } from './profile.fixture.ts'
import type { Profile } from './profile.ts'
import { collect } from './profiles.ts'

/** A profile of one container, which has its name. */
function profile(name: string, order: JsonObject = {}, more: JsonObject = {}, namespace?: string): Profile {
  return accepted({
    apiVersion: 'pillion.dev/v1alpha1',
    kind: namespace === undefined ? 'ClusterSidecarProfile' : 'SidecarProfile',
    metadata: { name, ...(namespace && { namespace }) },
    spec: { containers: containers(name), order, ...more },
  })
}

function containers(...names: string[]) {
  return names.map(name => ({ name, image: `${name}:1` }))
}

const ahead = (...names: string[]) => ({ before: names })
const behind = (...names: string[]) => ({ after: names })

describe('orderCycle', () => {
  it.each([
    {
      what: 'two before each other',
      profiles: [profile('b', ahead('a')), profile('a', ahead('b'))],
      cycle: ['a', 'b', 'a'],
    },
    {
      what: 'two after each other',
      profiles: [profile('a', behind('b')), profile('b', behind('a'))],
      cycle: ['a', 'b', 'a'],
    },
    {
      what: 'three in a ring',
      profiles: [profile('c', ahead('a')), profile('b', ahead('c')), profile('a', ahead('b'))],
      cycle: ['a', 'b', 'c', 'a'],
    },
    {
      what: 'one without an order between two that have one',
      profiles: [profile('b'), profile('a', ahead('b')), profile('c', { before: ['a'], after: ['b'] })],
      cycle: ['a', 'b', 'c', 'a'],
    },
    {
      what: 'one that is named by its container',
      profiles: [
        profile('mesh', ahead('b'), { containers: containers('proxy') }),
        profile('b', ahead('proxy')),
      ],
      cycle: ['b', 'mesh', 'b'],
    },
    {
      what: 'one that is named by its init container',
      profiles: [
        profile('mesh', ahead('b'), { initContainers: containers('setup') }),
        profile('b', ahead('setup')),
      ],
      cycle: ['b', 'mesh', 'b'],
    },
    {
      what: 'one in front of the first',
      profiles: [profile('a', ahead('b')), profile('b', ahead('first'))],
      cycle: ['a', 'b', 'first', 'a'],
    },
    {
      what: 'one behind the last',
      profiles: [profile('b', behind('a')), profile('a', behind('last'))],
      cycle: ['a', 'b', 'last', 'a'],
    },
  ])('finds $what', ({ profiles: [first, ...others], cycle }) => {
    expect(first && orderCycle(first, others)).toEqual(cycle)
    expect(first && orderCycle(first, others.toReversed())).toEqual(cycle)
    expect(first && orderCycle(first, collect(others).profiles)).toEqual(cycle)
  })

  it.each([
    { what: 'a profile alone', profiles: [profile('a', ahead('a', 'b'))] },
    { what: 'profiles without an order', profiles: [profile('a'), profile('b')] },
    { what: 'a line', profiles: [profile('b', { before: ['c'], after: ['a'] }), profile('a'), profile('c')] },
    {
      what: 'several that are first',
      profiles: [profile('a', ahead('first')), profile('b', ahead('first'))],
    },
    {
      what: 'several that are last',
      profiles: [profile('a', behind('last')), profile('b', { ...ahead('a'), after: ['last'] })],
    },
    {
      what: 'one between two containers of another',
      profiles: [
        profile('a', { after: ['one'], before: ['two'] }),
        profile('b', {}, { containers: containers('one', 'two') }),
      ],
    },
    {
      what: 'two that never stand in one list of containers',
      profiles: [profile('a', ahead('b')), profile('b', ahead('a'), { lifecycle: 'regular' })],
    },
    {
      what: 'the earlier version of the profile',
      profiles: [profile('a', ahead('b')), profile('a', behind('b')), profile('b')],
    },
  ])('has nothing against $what', ({ profiles: [first, ...others] }) => {
    expect(first && orderCycle(first, others)).toBeUndefined()
  })

  it('finds a cycle of regular sidecars', () => {
    const regular = { lifecycle: 'regular' }
    expect(orderCycle(profile('a', ahead('b'), regular), [profile('b', ahead('a'), regular)])).toEqual([
      'a',
      'b',
      'a',
    ])
  })
})

describe('what can meet in one Pod', () => {
  const inNamespace = (namespace: string) => (name: string, order: JsonObject) =>
    profile(name, order, {}, namespace)
  const [shop, bank] = [inNamespace('shop'), inNamespace('bank')]

  it.each([
    { what: 'two of one namespace', one: shop('a', ahead('b')), other: shop('b', ahead('a')) },
    {
      what: "a namespace's and the cluster's",
      one: shop('a', ahead('b')),
      other: profile('b', ahead('a')),
    },
    {
      what: "the cluster's and a namespace's",
      one: profile('a', ahead('b')),
      other: shop('b', ahead('a')),
    },
  ])('is $what', ({ one, other }) => {
    expect(orderCycle(one, [other])).toEqual(['a', 'b', 'a'])
  })

  it('is nothing of two namespaces', () => {
    expect(orderCycle(shop('a', ahead('b')), [bank('b', ahead('a'))])).toBeUndefined()
    expect(
      orderCycle(profile('a', ahead('b')), [shop('b', ahead('c')), bank('c', ahead('a'))]),
    ).toBeUndefined()
  })

  it("is the cluster's with each namespace's in turn", () => {
    const others = [shop('b', ahead('c')), bank('c', ahead('a')), bank('b', ahead('c'))]
    expect(orderCycle(profile('a', ahead('b')), others)).toEqual(['a', 'b', 'c', 'a'])
  })
})

describe('orderGraph', () => {
  it('looks at what was added so far', () => {
    const graph = orderGraph()
    const [a, b] = [profile('a', ahead('b')), profile('b', ahead('a'))]
    expect(graph.cycleWith(a)).toBeUndefined()
    graph.add(a)
    expect(graph.cycleWith(b)).toEqual(['a', 'b', 'a'])
    expect(graph.cycleWith(a)).toBeUndefined()
  })
})

describe('the time it takes', { timeout: 30_000 }, () => {
  const leastOf = (work: () => void) => {
    const times = Array.from({ length: 7 }, () => {
      const start = performance.now()
      work()
      return performance.now() - start
    })
    return Math.min(...times)
  }

  it('grows with the number of profiles, not with its square, when each names all others', () => {
    const crowd = (size: number) =>
      Array.from({ length: size }, (_, i) =>
        profile(`p${i}`, ahead('x'), { containers: containers('x', `c${i}`) }),
      )
    const asked = profile('asked', ahead('x'))
    const [few, many] = [crowd(500), crowd(4_000)]
    const time = (others: readonly Profile[]) => leastOf(() => orderCycle(asked, others))
    time(few)
    expect(time(many) / time(few)).toBeLessThan(8 * 4)
  })

  it('does as much for putting them together one by one', () => {
    const all = (size: number) => Array.from({ length: size }, (_, i) => profile(`p${i}`, ahead('proxy')))
    const [few, many] = [all(500), all(4_000)]
    const time = (profiles: readonly Profile[]) =>
      leastOf(() => {
        const graph = orderGraph()
        for (const each of profiles) {
          graph.cycleWith(each)
          graph.add(each)
        }
      })
    time(few)
    expect(time(many) / time(few)).toBeLessThan(8 * 4)
  })
})
