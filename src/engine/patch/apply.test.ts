import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { Json } from '../../json/json.ts'
import { collect } from '../../profile/accept/profiles.ts'
import { parseProfiles } from '../../profile/yaml/parse.ts'
import { apply, decideOn } from '../decide.fixture.ts'
import type { Pod } from '../pod.ts'
import type { Operation } from './apply.ts'
import { applied } from './apply.ts'

const add = (path: string, value: Operation['value']): Operation => ({ op: 'add', path, value })

describe('applied', () => {
  it.each([
    { what: 'a member', value: {}, at: '/a', is: { a: 1 } },
    { what: 'a member in place of another', value: { a: 0, b: 2 }, at: '/a', is: { a: 1, b: 2 } },
    { what: 'a deep member', value: { a: [{ b: {} }] }, at: '/a/0/b/c', is: { a: [{ b: { c: 1 } }] } },
    { what: 'the first item', value: { a: [2] }, at: '/a/0', is: { a: [1, 2] } },
    { what: 'the last item', value: { a: [2] }, at: '/a/-', is: { a: [2, 1] } },
    { what: 'an item behind the last', value: { a: [2] }, at: '/a/1', is: { a: [2, 1] } },
    { what: 'a key with a slash', value: {}, at: '/a~1b~0', is: { 'a/b~': 1 } },
  ])('adds $what', ({ value, at, is }) => {
    const before = structuredClone(value)
    expect(applied(value, [add(at, 1)])).toEqual(is)
    expect(value).toEqual(before)
  })

  it.each([
    { at: '/a/b', value: {} },
    { at: '/a/2', value: { a: [1] } },
    { at: '/a/01', value: { a: [1] } },
    { at: '/a/-/b', value: { a: [{}] } },
    { at: '/a/b/c', value: { a: { b: 1 } } },
  ])('throws at $at of $value', ({ at, value }) => {
    expect(() => applied(value, [add(at, 1)])).toThrow(/nothing|no/)
  })

  it.each([
    { what: 'a member', value: { a: 1, b: 2 }, at: '/a', is: { b: 2 } },
    { what: 'an item', value: { a: [1, 2, 3] }, at: '/a/1', is: { a: [1, 3] } },
  ])('removes $what', ({ value, at, is }) => {
    const before = structuredClone(value)
    expect(applied<Json>(value, [{ op: 'remove', path: at }])).toEqual(is)
    expect(value).toEqual(before)
  })

  it.each(['/a', '/l/1', '/l/-', '/l/x'])('throws where there is nothing to remove: %s', path => {
    expect(() => applied<Json>({ l: [1] }, [{ op: 'remove', path }])).toThrow(/no/)
  })

  it('leaves what it put in as it was', () => {
    const value = { list: [1] }
    expect(applied<Json>({}, [add('/a', value), add('/a/list/-', 2)])).toEqual({ a: { list: [1, 2] } })
    expect(value).toEqual({ list: [1] })
  })

  it('keeps a key that is special in JavaScript a key', () => {
    const result = applied({}, [add('/__proto__', { polluted: true })])
    expect(Object.keys(result)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype)
  })

  it('gives what a library gives, for every golden case', () => {
    const golden = join(import.meta.dirname, '../../cli/test/golden')
    const read = (file: string) => readFileSync(join(golden, file), 'utf8')
    const pods = globSync('*/pod.yaml', { cwd: golden }).flatMap(file => {
      const objects = parseAllDocuments(read(file)).map(document => document.toJS() as Pod | null)
      const folder = dirname(file)
      return objects.flatMap(pod => (pod?.kind === 'Pod' ? [{ folder, pod }] : []))
    })
    expect(pods.length).toBeGreaterThan(5)
    for (const { folder, pod } of pods) {
      const files = globSync(`${folder}/profiles/*.yaml`, { cwd: golden })
      const { profiles } = collect(files.flatMap(file => parseProfiles(read(file), file).profiles))
      const { patch } = decideOn(pod, profiles)
      expect(applied(pod, patch)).toEqual(apply(pod, patch))
    }
  })
})
