import { describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { storedBytes } from '../../profile/accept/stored-size.ts'
import { answerJson, openWatch, startApi } from '../api/api.fixture.ts'
import { crowd, isPartial } from './crowd.ts'
import { watchProfiles } from './profiles.ts'

function profile(name: string, second: number, namespace = 'shop'): JsonObject {
  const creationTimestamp = `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`
  const metadata = { name, namespace, uid: name, generation: 1, resourceVersion: '1', creationTimestamp }
  return {
    metadata: { ...metadata, labels: { large: '' } },
    spec: { volumes: [] },
    status: { conditions: [] },
  }
}

function held(most: number, objects: readonly JsonObject[]) {
  const all = crowd(most)
  const entered = objects.map(object => {
    const { namespace, name } = object['metadata'] as { namespace: string; name: string }
    return [name, all.enter(`${namespace}/${name}`, object)] as const
  })
  return { all, whole: () => entered.filter(([, { object }]) => !isPartial(object)).map(([name]) => name) }
}

describe('of the profiles of a namespace', () => {
  const three = [profile('c', 3), profile('a', 1), profile('b', 2)]

  it.each([
    ['the oldest are held whole, in whatever order they come', three],
    ['the oldest are held whole, also when they come last', three.toReversed()],
  ])('%s', (_, objects) => {
    expect(held(2, objects).whole().toSorted()).toEqual(['a', 'b'])
  })

  it('others keep what says whose and how old they are, and their status', () => {
    const { metadata, ...rest } = crowd(0).enter('shop/c', three[0]!).object
    expect(rest).toEqual({ status: { conditions: [] } })
    expect(metadata).not.toHaveProperty('labels')
    expect(metadata).toMatchObject({ name: 'c', namespace: 'shop', uid: 'c', generation: 1 })
  })

  it('each namespace has its own, and one that left makes room', () => {
    const { all, whole } = held(2, [profile('a', 1), profile('b', 2), profile('x', 1, 'other')])
    expect(whole()).toEqual(['a', 'b', 'x'])
    all.leave('shop/a')
    expect(isPartial(all.enter('shop/c', profile('c', 3)).object)).toBe(false)
    expect(isPartial(all.enter('shop/d', profile('d', 4)).object)).toBe(true)
  })
})

describe('of profiles that are larger than what may be held', () => {
  const sized = (name: string, second: number, namespace: string, size: number): JsonObject => ({
    ...profile(name, second, namespace),
    spec: { text: 'x'.repeat(size) },
    status: { conditions: [] },
  })
  const bytes = { perNamespace: 10_000, ofAll: 20_000 }

  it('those of one namespace are held as far as they fit, the oldest first', () => {
    const all = crowd(50, bytes)
    const [young, large, old] = [
      all.enter('shop/young', sized('young', 3, 'shop', 4_000)),
      all.enter('shop/large', sized('large', 1, 'shop', 12_000)),
      all.enter('shop/old', sized('old', 2, 'shop', 8_000)),
    ]
    expect([young, large, old].map(({ object }) => isPartial(object))).toEqual([true, true, false])
    expect(young.object['status']).toEqual({ conditions: [] })
    expect(storedBytes(young.object)).toBeGreaterThan(4_000)
    expect([...all.takeStripped()]).toEqual(['shop/young'])
    expect([...all.takeStripped()]).toEqual([])
    all.leave('shop/old')
    expect(isPartial(all.enter('shop/young', sized('young', 3, 'shop', 4_000)).object)).toBe(false)
  })

  it('those of all namespaces are held as far as they fit, and the small ones of others always', () => {
    const all = crowd(50, bytes)
    const small = all.enter('small/a', sized('a', 59, 'small', 100))
    const held = Array.from({ length: 200 }, (_, i) => {
      const namespace = `hostile-${i % 20}`
      return all.enter(`${namespace}/${i}`, sized(`${i}`, i % 50, namespace, 900))
    })
    expect(isPartial(small.object)).toBe(false)
    const whole = held.filter(({ object }) => !isPartial(object))
    expect(whole.reduce((sum, { object }) => sum + storedBytes(object), 0)).toBeLessThan(22_500)
  })
})

const eventually = { timeout: 20_000, interval: 20 }

it('a profile that was held without its spec is used when others went and all are listed again', async () => {
  let stored = ['a', 'b', 'c', 'd'].map((name, i) => profile(name, i))
  const api = await startApi({
    list(response, request) {
      const isNamespaced = request.url?.includes('/sidecarprofiles')
      const list = { kind: 'List', metadata: { resourceVersion: '1' }, items: isNamespaced ? stored : [] }
      answerJson(list)(response, request)
    },
    watch: (response, request) => {
      openWatch(response, request)
      setTimeout(() => response.end(), 1_100).unref()
    },
    version: answerJson({}),
  })
  const controller = new AbortController()
  const profiles = watchProfiles(api.api, {
    changed() {},
    failed() {},
    signal: controller.signal,
    home: 'pillion',
    perNamespace: 1,
    relistMs: 500,
    labelsOf: () => ({}),
  })
  const used = () => profiles.current().profiles.all.map(({ name }) => name)
  try {
    await vi.waitFor(() => expect(used()).toEqual(['a']), eventually)
    expect([...profiles.current().verdicts.values()].map(({ object }) => 'spec' in object)).toEqual([
      true,
      true,
      false,
      false,
    ])
    stored = stored.slice(3)
    await vi.waitFor(() => expect(used()).toEqual(['d']), eventually)
  } finally {
    controller.abort()
  }
})
