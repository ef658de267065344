import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { collect } from '../accept/profiles.ts'
import { accepted } from '../profile.fixture.ts'
import type { Profile } from '../profile.ts'
import { readProfile } from '../read.ts'
import { cycleProblem, inCycles, orderCycle, orderGraph } from './profile-cycles.ts'

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
      what: 'one between the containers of another in the wrong way',
      profiles: [
        profile('b', { after: ['three'], before: ['one'] }),
        profile('a', {}, { containers: containers('one', 'two', 'three') }),
      ],
      cycle: ['a', 'b', 'a'],
    },
    {
      what: 'one whose containers have another between them in the wrong way',
      profiles: [
        profile('a', {}, { containers: containers('one', 'two', 'three') }),
        profile('b', { after: ['three'], before: ['one'] }),
      ],
      cycle: ['a', 'b', 'a'],
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
    { what: 'a profile alone', profiles: [profile('a', ahead('b', 'c'))] },
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
      what: 'a container of another that has the name of its own',
      profiles: [
        profile(
          'a',
          {},
          {
            containers: [{ ...containers('one')[0], order: { before: ['two'] } }, ...containers('two')],
          },
        ),
        profile(
          'b',
          {},
          {
            containers: [{ ...containers('two')[0], order: { before: ['one'] } }],
          },
        ),
      ],
    },
    {
      what: 'a way through the earlier version of the profile',
      profiles: [
        profile('a', ahead('b')),
        profile('a', { after: ['b'], before: ['c'] }),
        profile('b'),
        profile('c', ahead('a')),
      ],
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

  it('is two of one namespace', () => {
    expect(orderCycle(shop('a', ahead('b')), [shop('b', ahead('a'))])).toEqual(['shop/a', 'shop/b', 'shop/a'])
  })

  it("is a namespace's and the cluster's", () => {
    expect(orderCycle(shop('a', ahead('b')), [profile('b', ahead('a'))])).toEqual(['b', 'shop/a', 'b'])
  })

  it("is nothing of a namespace for the cluster's: the namespace's gives way", () => {
    expect(orderCycle(profile('a', ahead('b')), [shop('b', ahead('a'))])).toBeUndefined()
  })

  it('is nothing of two namespaces', () => {
    expect(orderCycle(shop('a', ahead('b')), [bank('b', ahead('a'))])).toBeUndefined()
    expect(
      orderCycle(shop('a', ahead('b')), [profile('b', ahead('c')), bank('c', ahead('a'))]),
    ).toBeUndefined()
  })

  it("is a namespace's with the cluster's between them", () => {
    const others = [profile('b', ahead('c')), shop('c', ahead('a')), bank('c', ahead('b'))]
    expect(orderCycle(shop('a', ahead('b')), others)).toEqual(['b', 'shop/c', 'shop/a', 'b'])
  })
})

describe('inCycles', () => {
  const problems = (...profiles: Profile[]) =>
    inCycles(profiles).map(([{ name }, { path, message }]) => `${name}: ${path.join('.')}: ${message}`)
  const own = profile('b', ahead('a'), {}, 'shop')

  it('blames those that close a cycle, and cluster profiles last', () => {
    const [a, b] = [profile('a', ahead('b')), profile('b', ahead('a'))]
    const says = 'spec.order: makes a cycle with other profiles:'
    expect(problems(a, b)).toEqual([`b: ${says} a before b before a`])
    expect(problems(b, a)).toEqual([`a: ${says} a before b before a`])
    expect(problems(own, a)).toEqual([`b: ${says} a before shop/b before a`])
    expect(problems(a, profile('c'), own, profile('d', ahead('a')))).toEqual([
      `b: ${says} a before shop/b before a`,
    ])
    expect(inCycles([a, b])[0]?.[0]).toBe(b)
    expect(inCycles([a, b])[0]?.[1]).toEqual(cycleProblem(['a', 'b', 'a']))
  })

  it('has nothing against profiles without a cycle', () => {
    expect(problems(profile('a', ahead('b')), profile('c'), profile('b', {}, {}, 'shop'))).toEqual([])
  })
})

describe('orderGraph', () => {
  it('looks at what was added so far', () => {
    const [a, b] = [profile('a', ahead('b')), profile('b', ahead('a'))]
    const graph = orderGraph([a, b])
    expect(graph.cycleWith(a)).toBeUndefined()
    graph.add(a)
    expect(graph.cycleWith(b)).toEqual(['a', 'b', 'a'])
    expect(graph.cycleWith(a)).toBeUndefined()
  })
})

describe('the work', () => {
  /** How often profiles are looked at. */
  function counted(profiles: readonly Profile[], work: (profiles: readonly Profile[]) => void): number {
    let count = 0
    work(
      profiles.map(each => ({
        ...each,
        get placement() {
          count++
          return each.placement
        },
        get name() {
          count++
          return each.name
        },
      })),
    )
    return count
  }

  const crowd = (size: number) =>
    Array.from({ length: size }, (_, i) =>
      profile(`p${i}`, ahead(...Array.from({ length: 64 }, (_, j) => `x${j}`))),
    )
  const oneByOne = (profiles: readonly Profile[]) => {
    const graph = orderGraph(profiles)
    for (const each of profiles) {
      expect(graph.cycleWith(each)).toBeUndefined()
      graph.add(each)
    }
  }

  it('of putting profiles together is linear in them', () => {
    const [few, many] = [counted(crowd(50), oneByOne), counted(crowd(400), oneByOne)]
    expect(many / few).toBeLessThanOrEqual(8)
  })
})

describe('a tangle of more profiles than can be followed', () => {
  it('refuses what is in it after so many steps, and nothing else', () => {
    const size = 500
    const ring = Array.from({ length: size }, (_, i) =>
      profile(`p${i}`, ahead(...Array.from({ length: 64 }, (_, j) => `p${(i + j + 1) % size}`)), {}, 'shop'),
    )
    const others = [profile('x', ahead('y')), profile('y', behind('x'), {}, 'bank')]
    const graph = orderGraph([...others, ...ring])
    const cycles = ring.map(each => {
      const cycle = graph.cycleWith(each)
      if (!cycle) graph.add(each)
      return cycle
    })
    expect(cycles[0]).toBeUndefined()
    expect(cycles.at(-1)?.join(' ')).toContain('the search ended')
    expect(others.map(each => graph.cycleWith(each))).toEqual([undefined, undefined])
  })
})

describe('random profiles', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd')
  const order = fc.record({
    before: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'first'), { maxLength: 2 }),
    after: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'last'), { maxLength: 2 }),
  })
  const shape = fc.record({ name, order, namespace: fc.constantFrom(undefined, 'shop', 'bank') })
  const profilesOf = fc
    .uniqueArray(shape, { selector: ({ name, namespace }) => `${namespace}/${name}`, maxLength: 8 })
    .map(shapes =>
      shapes.flatMap(({ name, order, namespace }) => {
        const read = readProfile({
          apiVersion: 'pillion.dev/v1alpha1',
          kind: namespace ? 'SidecarProfile' : 'ClusterSidecarProfile',
          metadata: { name, ...(namespace && { namespace }) },
          spec: { containers: containers(`c-${name}`), order },
        })
        return 'profile' in read ? [read.profile] : []
      }),
    )

  it('are judged alike whether what comes later is known or not', () => {
    fc.assert(
      fc.property(profilesOf, profiles => {
        const clusterFirst = profiles.toSorted(
          (a, b) => Number(a.namespace !== undefined) - Number(b.namespace !== undefined),
        )
        const graph = orderGraph(clusterFirst)
        const standing: Profile[] = []
        for (const each of clusterFirst) {
          const cycle = orderCycle(each, standing)
          expect(graph.cycleWith(each)).toEqual(cycle)
          if (cycle) continue
          graph.add(each)
          standing.push(each)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('are in a cycle exactly when going from one to what comes after it comes back', () => {
    fc.assert(
      fc.property(profilesOf, all => {
        const profiles = all.filter(({ namespace }) => namespace !== 'bank')
        const names = profiles.map(({ name }) => name)
        fc.pre(new Set(names).size === names.length)
        const [inCluster, others] = [
          profiles.filter(({ namespace }) => !namespace),
          profiles.filter(({ namespace }) => namespace),
        ]
        const graph = orderGraph(profiles)
        const hasCycle = [...inCluster, ...others].some(each => {
          const cycle = graph.cycleWith(each)
          graph.add(each)
          return cycle !== undefined
        })
        const edges = edgesOf(profiles)
        expect(hasCycle).toBe(reaches(edges))
      }),
      { numRuns: 1_000 },
    )
  })
})

/** By the definition: every pair of profiles that one of the two puts in order. */
function edgesOf(profiles: readonly Profile[]): ReadonlyMap<string, readonly string[]> {
  const isFirst = ({ order }: Profile) => order.before.includes('first')
  const isLast = ({ order }: Profile) => order.after.includes('last')
  const comesBefore = (a: Profile, b: Profile) =>
    a.order.before.includes(b.name) ||
    b.order.after.includes(a.name) ||
    (isFirst(a) && !isFirst(b)) ||
    (!isLast(a) && isLast(b))
  return new Map(
    profiles.map(a => [a.name, profiles.filter(b => b !== a && comesBefore(a, b)).map(({ name }) => name)]),
  )
}

/** Whether some node comes back to itself; by trying every way. */
function reaches(edges: ReadonlyMap<string, readonly string[]>): boolean {
  return [...edges.keys()].some(start => {
    const reached = new Set(edges.get(start))
    for (const at of reached) for (const next of edges.get(at) ?? []) reached.add(next)
    return reached.has(start)
  })
}
