import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { mirror } from './mirror.ts'

/** An API server's objects of one kind; some of them make their handler throw. */
class Store {
  readonly objects = new Map<string, JsonObject>()
  #version = 0

  write(name: string, content: Content): JsonObject {
    this.#version += 1
    const object = { metadata: { name, resourceVersion: `${this.#version}` }, ...content }
    this.objects.set(name, object)
    return object
  }
}

interface Content extends JsonObject {
  readonly value: number
  readonly isBad: boolean
  /** How often the listener throws for this object. */
  readonly refusals: number
}

/** A listener that keeps a copy, as a consumer of the mirror does. */
function consumer() {
  const copy = new Map<string, number>()
  const refused = new Map<string, number>()
  const known = mirror({
    kind: 'Thing',
    keep({ value, isBad }) {
      if (isBad) throw new RangeError('cannot be kept')
      return Number(value)
    },
    changed(keys) {
      for (const key of keys) {
        const left = refused.get(key) ?? 0
        refused.set(key, left - 1)
        if (left > 0) throw new Error('not now')
        const value = known.get(key)
        if (value === undefined) copy.delete(key)
        else copy.set(key, value)
      }
    },
    troubled: () => {},
  })
  /** Lists everything again after an error, as the informer does. */
  function list(store: Store): void {
    for (;;) {
      const listing = known.list()
      for (const object of store.objects.values()) listing.take(object)
      try {
        listing.finish()
        return
      } catch {}
    }
  }
  function hear(store: Store, event: () => void): void {
    try {
      event()
    } catch {
      list(store)
    }
  }
  return { copy, refused, known, list, hear }
}

const name = fc.constantFrom('a', 'b', 'c', 'd')
const content: fc.Arbitrary<Content> = fc.record({
  value: fc.nat(9),
  isBad: fc.boolean(),
  refusals: fc.nat(2),
})
const step = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), name, content, isHeard: fc.boolean() }),
  fc.record({ kind: fc.constant('delete' as const), name, isHeard: fc.boolean() }),
  fc.record({ kind: fc.constant('list' as const) }),
)

describe('a mirror', () => {
  it('holds what a fresh list would give, after any sequence of events', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), steps => {
        const store = new Store()
        const running = consumer()
        running.list(store)
        for (const each of steps) {
          if (each.kind === 'list') running.list(store)
          else if (each.kind === 'write') {
            const object = store.write(each.name, each.content)
            running.refused.set(each.name, each.content.refusals)
            if (each.isHeard) running.hear(store, () => running.known.put(object))
          } else {
            const object = store.objects.get(each.name)
            store.objects.delete(each.name)
            if (object && each.isHeard) running.hear(store, () => running.known.remove(object))
          }
        }
        // An event that was lost is made good by the next list.
        running.list(store)

        const fresh = consumer()
        fresh.list(store)
        const good = [...store.objects].filter(([, { isBad }]) => !isBad)
        const expected = good.map(([key, { value }]) => [key, Number(value)] as const).sort()
        expect([...running.known.entries()].sort()).toEqual(expected)
        expect([...running.copy].sort()).toEqual(expected)
        expect([...fresh.copy].sort()).toEqual(expected)
        expect(running.known.isComplete()).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('changes nothing by a list that was not finished', () => {
    const { known, list } = consumer()
    const store = new Store()
    store.write('a', { value: 1, isBad: false, refusals: 0 })
    list(store)
    known.list().take(store.write('a', { value: 2, isBad: false, refusals: 0 }))
    expect(known.get('a')).toBe(1)
  })

  it('does not take objects without a version for the same', () => {
    const known = mirror({
      kind: 'Thing',
      keep: ({ spec }) => spec,
      changed: () => {},
      troubled: () => {},
    })
    known.put({ metadata: { name: 'a' }, spec: 1 })
    known.put({ metadata: { name: 'a' }, spec: 2 })
    expect(known.get('a')).toBe(2)
  })
})
