import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { apply } from '../../src/engine/decide.fixture.ts'
import { withoutClaimed } from '../../src/engine/original/original-pod.ts'
import { uninject } from '../../src/engine/patch/uninject.ts'
import type { Pod } from '../../src/engine/pod.ts'
import { isStillInjected, type Status, statusOf } from '../../src/engine/status/status.ts'
import type { JsonObject } from '../../src/json/json.ts'
import { limits } from '../../src/limits/limits.ts'
import { decideOn, pods, profiles } from './arbitrary.ts'

const special = fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'alpha', 'app', '')

/** JSON with the names that JavaScript has a meaning for, where a status has members. */
const odd: fc.Arbitrary<string> = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom('null', 'true', '0', '""', '"app"', '["app","ship","__proto__"]'),
    fc.array(tie('value') as fc.Arbitrary<string>, { maxLength: 3 }).map(items => `[${items.join()}]`),
    tie('object') as fc.Arbitrary<string>,
  ),
  object: fc
    .array(
      fc.tuple(
        fc.oneof(
          special,
          fc.constantFrom('profiles', 'revision', 'containers', 'volumes', 'labels', 'app', 'env', 'empty'),
        ),
        tie('value') as fc.Arbitrary<string>,
      ),
      { maxLength: 5 },
    )
    .map(members => `{${members.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join()}}`),
})).object as fc.Arbitrary<string>

const hostile = fc.oneof(
  fc.string({ maxLength: 200 }),
  odd,
  odd.map(value => `{"profiles":{"alpha":${value},"__proto__":${value}}}`),
  fc
    .tuple(special, odd)
    .map(
      ([name, value]) =>
        `{"profiles":{"alpha":{"revision":"0","containers":["app"],"app":{${JSON.stringify(name)}:${value}}}}}`,
    ),
  // As deep and as long as it may be, and longer.
  fc
    .constantFrom(1_000, 20_000, limits.statusLength, 1_000_000)
    .chain(length =>
      fc.constantFrom(
        '['.repeat(length),
        `{"profiles":${'['.repeat(length / 2)}${']'.repeat(length / 2)}}`,
        `{"profiles":{"alpha":{"revision":"0","app":${'{"app":'.repeat(length / 8)}1${'}'.repeat(length / 8)}}}}`,
        `{"profiles":{"alpha":{"revision":"0","volumes":[${'"a",'.repeat(length / 5)}"a"]}}}`,
      ),
    ),
)

describe('a hostile status', () => {
  it('is read, believed and taken away without a bug, and leaves objects as they are', () => {
    fc.assert(
      fc.property(pods, profiles, hostile, (pod, all, text) => {
        const annotations = { ...pod.metadata?.annotations, 'pillion.dev/status': text }
        const forged: Pod = { ...pod, metadata: { ...pod.metadata, annotations } }
        const status = statusOf(forged)
        expect(apply(forged, uninject(forged))).toEqual(status ? withoutClaimed(forged, status) : forged)
        expect(['injected', 'unchanged', 'skipped', 'denied']).toContain(decideOn(forged, all).outcome)
        expect(Object.keys(Object.prototype)).toEqual([])
      }),
      { numRuns: 1_000 },
    )
  })

  it.each<{ what: string; act: (pod: Pod, status: Status) => unknown }>([
    { what: 'uninject', act: uninject },
    { what: 'taking away what is claimed', act: withoutClaimed },
    { what: 'whether all of it is there', act: (pod, { profiles }) => isStillInjected(profiles['p0']!, pod) },
  ])('costs $what no more than twice for twice as much', ({ act }) => {
    const work = (size: number) => {
      const count = { reads: 0 }
      const [pod, status] = [large(size), claimingAll(size)].map(value => counted(value, count))
      act(pod as Pod, status as Status)
      return count.reads
    }
    const [once, twice] = [work(200), work(400)]
    expect(once).toBeGreaterThan(200)
    expect(twice / once).toBeLessThan(2.3)
  })
})

function times<T>(size: number, item: (i: number) => T): T[] {
  return Array.from({ length: size }, (_, i) => item(i))
}

function large(size: number): Pod {
  const lists = (count: number) => ({
    env: times(count, i => ({ name: `e${i}`, value: '' })),
    envFrom: times(count, i => ({ configMapRef: { name: `s${i}` } })),
    volumeMounts: times(count, i => ({ name: 'v0', mountPath: `/m${i}` })),
  })
  return {
    metadata: { labels: Object.fromEntries(times(size, i => [`l${i}`, ''])), annotations: {} },
    spec: {
      volumes: times(size, i => ({ name: `v${i}` })),
      initContainers: times(size, i => ({ name: `i${i}` })),
      containers: [{ name: 'app', ...lists(size) }, ...times(size, i => ({ name: `c${i}`, ...lists(1) }))],
    },
  } as Pod
}

function claimingAll(size: number): Status {
  const app = (count: number) => ({
    env: times(count, i => `e${i}`).reverse(),
    envFrom: times(count, i => `configMap/s${i}`).reverse(),
    volumeMounts: times(count, i => `/m${i}`).reverse(),
  })
  const whole = {
    revision: '0',
    volumes: times(size, i => `v${i}`).reverse(),
    initContainers: times(size, i => `i${i}`).reverse(),
    labels: times(size, i => `l${i}`).reverse(),
    app: { app: app(size), ...Object.fromEntries(times(size, i => [`c${i}`, app(1)])) },
  }
  const small = (i: number) => ({ revision: '0', app: { [`c${i}`]: app(1) } })
  return {
    profiles: { p0: whole, ...Object.fromEntries(times(size, i => [`p${i + 1}`, small(i)])) },
  } as unknown as Status
}

/** A value whose members are counted each time that somebody reads one. */
function counted<T extends object>(value: T, count: { reads: number }): T {
  return new Proxy(value, {
    get(target, key) {
      count.reads++
      const member: unknown = Reflect.get(target, key)
      return typeof member === 'object' && member !== null ? counted(member as JsonObject, count) : member
    },
  })
}
