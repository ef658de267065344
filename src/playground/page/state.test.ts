import { describe, expect, it, vi } from 'vitest'
import { firstState } from './first-state.ts'
import { createStore, profilesOf, questionOf } from './state.ts'

const shipped = {
  from: 'the built-in catalog',
  flags: [],
  profiles: [
    { file: 'a.yaml', text: 'a' },
    { file: 'b.yaml', text: 'b' },
  ],
}

describe('the store', () => {
  it('calls those who watch what changed, and only them', () => {
    const store = createStore(firstState('x'), vi.fn())
    const [manifest, tab] = [vi.fn(), vi.fn()]
    store.watch(state => state.manifest, manifest)
    store.watch(state => state.output, tab)
    store.set({ manifest: 'y' })
    store.set({ manifest: 'y' })
    expect(manifest.mock.calls.map(([value]) => value)).toEqual(['x', 'y'])
    expect(tab.mock.calls.map(([value]) => value)).toEqual(['result'])
  })

  it('asks the worker about the present state', async () => {
    const call = vi.fn(async () => [3])
    const store = createStore(firstState('x'), call)
    store.set({ manifest: 'y', opened: 'a.yaml' })
    expect(await store.ask('linesFrom', 'a.yaml', 7)).toEqual([3])
    expect(call).toHaveBeenCalledWith(
      'linesFrom',
      expect.objectContaining({ manifest: 'y', opened: 'a.yaml' }),
      ['a.yaml', 7],
    )
  })
})

describe('the question about a state', () => {
  it('has the profiles as they are edited, and those of your own', () => {
    expect(profilesOf({ shipped, edited: { 'b.yaml': 'B', 'own/c.yaml': 'c' } })).toEqual([
      { file: 'a.yaml', text: 'a' },
      { file: 'b.yaml', text: 'B' },
      { file: 'own/c.yaml', text: 'c' },
    ])
  })

  it('has what panels put beside it, and an ascending number', () => {
    const state = { ...firstState('x'), besides: { against: { file: 'a.yaml', text: 'old' } } }
    const [first, second] = [questionOf(state as never), questionOf(state as never)]
    expect(first).toMatchObject({ against: { file: 'a.yaml', text: 'old' }, manifest: 'x' })
    expect(second.id).toBeGreaterThan(first.id)
  })
})
