import { describe, expect, it } from 'vitest'
import { metered } from '../../limits/budget.ts'
import type { Order } from '../../order/graph.ts'
import {
  container,
  decideOn,
  injectInto,
  names,
  olderCluster,
  podAsking,
  profilesOf,
  statusIn,
} from '../decide.fixture.ts'
import { annotation } from '../pod.ts'
import type { Entry } from './order.ts'
import { order } from './order.ts'

const older = { cluster: olderCluster }

describe('Order', () => {
  it("The Pod's own containers keep their order.", () => {
    const own = { containers: ['z', 'a', 'm'], initContainers: ['y', 'b', 'n'] }
    const profiles = profilesOf({
      one: {
        order: { before: ['a'] },
        containers: [container('one')],
        initContainers: [container('one-init')],
      },
      two: {
        lifecycle: 'regular',
        order: { after: ['z'], before: ['m'] },
        containers: [container('two')],
        initContainers: [container('two-init')],
      },
    })
    const { spec } = injectInto(
      podAsking('one,two', {
        containers: own.containers.map(name => container(name)),
        initContainers: own.initContainers.map(name => container(name)),
      }),
      profiles,
    )
    const kept = (list: 'containers' | 'initContainers') =>
      names(spec?.[list]).filter(name => own[list].includes(name))
    expect({ containers: kept('containers'), initContainers: kept('initContainers') }).toEqual(own)
  })

  describe("Injected native sidecars come before the app's init containers, then injected init containers, then the app's; `order` moves them.", () => {
    const pod = (request: string) =>
      podAsking(request, { initContainers: [container('migrate'), container('seed')] })
    const inits = (request: string, specs: Parameters<typeof profilesOf>[0]) =>
      names(injectInto(pod(request), profilesOf(specs)).spec?.initContainers)
    const a = { containers: [container('a-side')], initContainers: [container('a-init')] }
    const b = { containers: [container('b-side')], initContainers: [container('b-init')] }

    it('all sidecars, then all init containers, in the order asked for', () => {
      expect(inits('b,a', { a, b })).toEqual(['b-side', 'a-side', 'b-init', 'a-init', 'migrate', 'seed'])
    })

    it.each([
      { order: { after: ['migrate'] }, is: ['b-side', 'b-init', 'migrate', 'a-side', 'a-init', 'seed'] },
      { order: { after: ['last'] }, is: ['b-side', 'b-init', 'migrate', 'seed', 'a-side', 'a-init'] },
      { order: { after: ['b-init'] }, is: ['b-side', 'b-init', 'a-side', 'a-init', 'migrate', 'seed'] },
      { order: { after: ['b'] }, is: ['b-side', 'b-init', 'a-side', 'a-init', 'migrate', 'seed'] },
      { order: { before: ['first'] }, is: ['a-side', 'a-init', 'b-side', 'b-init', 'migrate', 'seed'] },
      { order: { before: ['b'] }, is: ['a-side', 'a-init', 'b-side', 'b-init', 'migrate', 'seed'] },
      {
        order: { after: ['migrate'], before: ['seed'] },
        is: ['b-side', 'b-init', 'migrate', 'a-side', 'a-init', 'seed'],
      },
      { order: { after: ['no-such'] }, is: ['a-side', 'b-side', 'a-init', 'b-init', 'migrate', 'seed'] },
    ])('$order', ({ order, is }) => {
      expect(inits('a,b', { a: { ...a, order }, b })).toEqual(is)
    })

    it("another injector's container can be named like the Pod's own", () => {
      const foreign = podAsking('a', { initContainers: [container('istio-init'), container('migrate')] })
      const after = profilesOf({ a: { ...a, order: { after: ['istio-init'] } } })
      expect(names(injectInto(foreign, after).spec?.initContainers)).toEqual([
        'istio-init',
        'a-side',
        'a-init',
        'migrate',
      ])
    })
  })

  describe("Regular sidecars go after the app's containers; `kubectl.kubernetes.io/default-container` is set to the first app container when absent, so that `kubectl logs` and `exec` show the app.", () => {
    const two = { containers: [container('app'), container('helper')] }
    const given = (metadata: object | undefined) =>
      (metadata as { annotations: object }).annotations as Record<string, string>
    const profiles = profilesOf({ logging: { containers: [container('ship')] } })

    it('a regular sidecar', () => {
      const { metadata, spec } = injectInto(podAsking('logging', two), profiles, older)
      expect(names(spec?.containers)).toEqual(['app', 'helper', 'ship'])
      expect(given(metadata)[annotation.defaultContainer]).toBe('app')
    })

    it('a regular sidecar that is moved in front', () => {
      const first = profilesOf({ logging: { order: { before: ['first'] }, containers: [container('ship')] } })
      const injected = injectInto(podAsking('logging', two), first, older)
      expect(names(injected.spec?.containers)).toEqual(['ship', 'app', 'helper'])
      expect(given(injected.metadata)[annotation.defaultContainer]).toBe('app')
      expect(statusIn(injected)).toMatchObject({ defaultContainer: true })
    })

    it('what the Pod says of it stays', () => {
      const pod = podAsking('logging', two, { [annotation.defaultContainer]: 'helper' })
      const injected = injectInto(pod, profiles, older)
      expect(given(injected.metadata)[annotation.defaultContainer]).toBe('helper')
      expect(statusIn(injected)).not.toHaveProperty('defaultContainer')
    })

    it('it is not set where nothing else is added', () => {
      const pod = podAsking('logging', {
        ...two,
        initContainers: [container('ship', { restartPolicy: 'Always' })],
      })
      expect(given(injectInto(pod, profiles).metadata)).not.toHaveProperty([annotation.defaultContainer])
    })

    it('what a profile says of it stays too', () => {
      const saying = profilesOf({
        logging: {
          containers: [container('ship')],
          pod: { annotations: { [annotation.defaultContainer]: 'helper' } },
        },
      })
      const injected = injectInto(podAsking('logging', two), saying)
      expect(given(injected.metadata)[annotation.defaultContainer]).toBe('helper')
      expect(statusIn(injected)).not.toHaveProperty('defaultContainer')
    })
  })

  describe('a cycle is an error that prints itself', () => {
    const a = { containers: [container('a-side')] }
    const b = { containers: [container('b-side')] }

    it.each([
      {
        why: 'of two profiles',
        specs: { a: { ...a, order: { before: ['b'] } }, b: { ...b, order: { before: ['a'] } } },
        says: 'initContainers cannot be put in order: "a-side" before "b-side" (profile a: before b), "b-side" before "a-side" (profile b: before a)',
      },
      {
        why: "with the Pod's own order",
        specs: { a: { ...a, order: { before: ['migrate'], after: ['seed'] } }, b },
        says: 'initContainers cannot be put in order: "a-side" before "migrate" (profile a: before migrate), "migrate" before "seed" (the Pod\'s own order), "seed" before "a-side" (profile a: after seed)',
      },
      {
        why: 'with the edge of the list',
        specs: { a: { ...a, order: { before: ['first'] } }, b: { ...b, order: { before: ['a'] } } },
        says: 'initContainers cannot be put in order: "a-side" before first (profile a: before first), first before "b-side" (first is before all others), "b-side" before "a-side" (profile b: before a)',
      },
      {
        why: 'with the other edge',
        specs: { a: { ...a, order: { after: ['last'] } }, b: { ...b, order: { after: ['a'] } } },
        says: 'initContainers cannot be put in order: "a-side" before "b-side" (profile b: after a), "b-side" before last (all others are before last), last before "a-side" (profile a: after last)',
      },
    ])('$why', ({ specs, says }) => {
      const pod = podAsking('a,b', { initContainers: [container('migrate'), container('seed')] })
      const { outcome, reason, message, patch, profiles } = decideOn(pod, profilesOf(specs))
      expect({ outcome, reason, patch }).toEqual({ outcome: 'denied', reason: 'OrderCycle', patch: [] })
      expect(names(profiles)).toEqual(['a'])
      expect(steps(message)).toEqual(steps(says))
    })

    it('of what a Pod has, and what a profile has yet to add before it', () => {
      const pod = podAsking('a,b', {
        initContainers: [container('a-2', { restartPolicy: 'Always' })],
      })
      const { message } = decideOn(
        pod,
        profilesOf({
          a: { containers: [container('a-1'), container('a-2')] },
          b: { ...b, order: { after: ['a-2'], before: ['a-1'] } },
        }),
      )
      expect(steps(message)).toEqual(
        steps(
          'initContainers cannot be put in order: "a-1" before "a-2" (the order within profile a), "a-2" before "b-side" (profile b: after a-2), "b-side" before "a-1" (profile b: before a-1)',
        ),
      )
    })

    /** The steps of a cycle, which may be told from any of them. */
    function steps(message: string) {
      const [head, cycle = ''] = message.split(/: (.*)/s)
      return [
        head,
        ...cycle
          .split('), ')
          .map(step => step.replace(/\)$/, ''))
          .sort(),
      ]
    }

    it('does not hide what else is wrong', () => {
      const ports = { ports: [{ containerPort: 80 }] }
      const { message } = decideOn(
        podAsking('a,b', { containers: [container('app', ports)] }),
        profilesOf({
          a: { order: { before: ['b'] }, containers: [container('a-side')] },
          b: {
            order: { before: ['a'] },
            containers: [container('b-side'), container('app')],
          },
        }),
      )
      expect(message.split('\n')).toHaveLength(2)
    })
  })

  it('puts a container before those of its profile that the Pod has, if it is declared before them', () => {
    const profiles = profilesOf({ a: { containers: [container('a-1'), container('a-2')] } })
    const sidecar = { restartPolicy: 'Always' }
    const has = podAsking('a', { initContainers: [container('a-2', sidecar)] })
    expect(names(injectInto(has, profiles).spec?.initContainers)).toEqual(['a-1', 'a-2'])
  })

  it('of a Pod that has one of two profiles, each kind of container is behind those of its kind', () => {
    const profiles = profilesOf({
      a: { containers: [container('a-side')], initContainers: [container('a-init')] },
      b: { containers: [container('b-side')], initContainers: [container('b-init')] },
    })
    const has = (...own: readonly string[]) =>
      podAsking('a,b', {
        initContainers: [
          container('a-side', { restartPolicy: 'Always' }),
          container('a-init'),
          ...own.map(name => container(name)),
        ],
      })
    const ours = ['a-side', 'b-side', 'a-init', 'b-init']
    expect(names(injectInto(has(), profiles).spec?.initContainers)).toEqual(ours)
    expect(names(injectInto(has('migrate'), profiles).spec?.initContainers)).toEqual([...ours, 'migrate'])
  })

  describe('a half-injected Pod', () => {
    const profiles = profilesOf({
      a: {
        order: { before: ['first'] },
        containers: [container('a-1'), container('a-2'), container('a-3')],
      },
    })
    const standing = (...present: string[]) =>
      podAsking('a', {
        initContainers: present.map(name =>
          container(name, name.startsWith('a-') ? { restartPolicy: 'Always' } : {}),
        ),
      })

    it.each([
      { has: ['a-1', 'migrate'], gets: ['a-1', 'a-2', 'a-3', 'migrate'] },
      { has: ['a-2', 'migrate'], gets: ['a-1', 'a-2', 'a-3', 'migrate'] },
      { has: ['a-3', 'migrate'], gets: ['a-1', 'a-2', 'a-3', 'migrate'] },
      { has: ['istio-init', 'a-1', 'migrate'], gets: ['istio-init', 'a-1', 'a-2', 'a-3', 'migrate'] },
      { has: ['migrate', 'a-1', 'a-3'], gets: ['migrate', 'a-1', 'a-2', 'a-3'] },
      { has: ['a-3', 'a-1'], gets: ['a-3', 'a-1', 'a-2'] },
    ])('is completed where its parts stand: $has', ({ has, gets }) => {
      expect(names(injectInto(standing(...has), profiles).spec?.initContainers)).toEqual(gets)
    })
  })
})

describe("A container's own order", () => {
  const inits = (spec: Parameters<typeof profilesOf>[0][string], request = 'a') =>
    names(
      injectInto(
        podAsking(request, { initContainers: [container('migrate')] }),
        profilesOf({ a: spec, b: { containers: [container('b-side')] } }),
      ).spec?.initContainers,
    )

  it.each([
    {
      why: 'puts an init container before a sidecar of the same profile',
      side: { after: ['prep'] },
      is: ['prep', 'side', 'seed', 'migrate'],
    },
    {
      why: 'is the same from the other side',
      prep: { before: ['side'] },
      is: ['prep', 'side', 'seed', 'migrate'],
    },
    {
      why: 'puts one before all others, and the rest where they are',
      prep: { before: ['first'] },
      is: ['prep', 'side', 'seed', 'migrate'],
    },
    {
      why: 'takes the place of that of the profile, field by field',
      order: { after: ['migrate'] },
      prep: { after: [] },
      side: { after: ['migrate', 'prep'] },
      is: ['prep', 'migrate', 'side', 'seed'],
    },
    {
      why: 'has what is before a third before what is after it',
      prep: { before: ['migrate'] },
      side: { after: ['migrate'] },
      seed: { after: ['migrate'] },
      is: ['prep', 'migrate', 'side', 'seed'],
    },
  ])('$why', ({ order, side, prep, seed, is }) => {
    const spec = {
      ...(order && { order }),
      containers: [container('side', side && { order: side })],
      initContainers: [
        container('prep', prep && { order: prep }),
        container('seed', seed && { order: seed }),
      ],
    }
    expect(inits(spec)).toEqual(is)
  })

  it('may name another profile', () => {
    const spec = {
      containers: [container('side', { order: { after: ['b'] } })],
      initContainers: [container('prep', { order: { before: ['b'] } })],
    }
    expect(inits(spec, 'a,b')).toEqual(['prep', 'b-side', 'side', 'migrate'])
  })

  it('does nothing between an init container and a regular sidecar, which starts after it anyway', () => {
    const profiles = profilesOf({
      a: {
        containers: [container('side', { order: { after: ['prep'] } })],
        initContainers: [container('prep')],
      },
    })
    const { spec } = injectInto(podAsking('a', { containers: [container('app')] }), profiles, older)
    expect([names(spec?.initContainers), names(spec?.containers)]).toEqual([['prep'], ['app', 'side']])
  })
})

describe('order', () => {
  /** `name@profile` is new; `name` is the Pod's own. */
  const ordered = (entries: readonly string[], orders: Record<string, Partial<Order>>) => {
    const entry = (text: string): Entry => {
      const [name = '', profile] = text.split('@')
      if (!profile) return { container: container(name), isNew: false }
      const declared = { before: [], after: [], ...orders[profile] }
      return { container: container(name), profile, declared: 0, isNew: true, order: declared }
    }
    const result = order(entries.map(entry))
    return 'ordered' in result ? result.ordered.map(({ container: { name } }) => name) : result.cycle
  }

  const unitsOf = (action: () => unknown) => metered(action).units

  it('is the given one when nothing asks for another', () => {
    expect(ordered(['c@c', 'own', 'a@a', 'b@b'], {})).toEqual(['c', 'own', 'a', 'b'])
  })

  it('moves a container only as far as it must', () => {
    expect(ordered(['a@a', 'x', 'y', 'z'], { a: { after: ['x'] } })).toEqual(['x', 'a', 'y', 'z'])
    expect(ordered(['x', 'y', 'z', 'a@a'], { a: { before: ['z'] } })).toEqual(['x', 'y', 'a', 'z'])
  })

  it('puts several firsts and lasts in the given order', () => {
    const first = { before: ['first'] }
    expect(ordered(['own', 'b@b', 'a@a'], { a: first, b: first })).toEqual(['b', 'a', 'own'])
    const last = { after: ['last'] }
    expect(ordered(['b@b', 'a@a', 'own'], { a: last, b: last })).toEqual(['own', 'b', 'a'])
  })

  it('lets one that is first come after another that is', () => {
    expect(
      ordered(['a@a', 'b@b', 'own'], { a: { before: ['first'], after: ['b'] }, b: { before: ['first'] } }),
    ).toEqual(['b', 'a', 'own'])
  })

  it('is free for a container without constraints, and costs steps with them', () => {
    expect(unitsOf(() => ordered(['a@a', 'own'], {}))).toBe(0)
    const one = unitsOf(() => ordered(['a@a', 'own'], { a: { after: ['own'] } }))
    const many = unitsOf(() =>
      ordered(['a@a', ...Array.from({ length: 100 }, (_, i) => `own-${i}`)], { a: { after: ['own-99'] } }),
    )
    expect(one).toBeGreaterThan(100)
    expect(many).toBeGreaterThan(20 * one)
  })

  it('takes one after itself for nothing', () => {
    expect(ordered(['a@a', 'own'], { a: { before: ['a'], after: ['a'] } })).toEqual(['a', 'own'])
  })
})
