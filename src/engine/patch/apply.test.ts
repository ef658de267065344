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
    { at: '/a/b', value: {}, says: 'there is no a' },
    { at: '/a/2', value: { a: [1] }, says: 'there is no place 2 in a list of 2' },
    { at: '/a/01', value: { a: [1] }, says: 'there is no place 01 in a list of 2' },
    { at: '/a/10x', value: { a: [1] }, says: 'there is no place 10x in a list of 2' },
    { at: '/a/-/b', value: { a: [{}] }, says: 'there is no place - in a list of 1' },
    { at: '/a/length/b', value: { a: [1] }, says: 'there is no place length in a list of 1' },
    { at: '/a/b/c', value: { a: { b: 1 } }, says: 'there is nothing that has a member c' },
    { at: '/a/b/c', value: { a: { b: null } }, says: 'there is nothing that has a member c' },
  ])('throws at $at of $value', ({ at, value, says }) => {
    expect(() => applied<Json>(value, [add(at, 1)])).toThrow(new Error(says))
  })

  it.each([
    { what: 'a member', value: { a: 1, b: 2 }, at: '/a', is: { b: 2 } },
    { what: 'an item', value: { a: [1, 2, 3] }, at: '/a/1', is: { a: [1, 3] } },
  ])('removes $what', ({ value, at, is }) => {
    const before = structuredClone(value)
    expect(applied<Json>(value, [{ op: 'remove', path: at }])).toEqual(is)
    expect(value).toEqual(before)
  })

  it.each([
    { path: '/a', says: 'there is no a' },
    { path: '/l/1', says: 'there is no place 1 in a list of 1' },
    { path: '/l/-', says: 'there is no place - in a list of 1' },
    { path: '/l/length', says: 'there is no place length in a list of 1' },
  ])('throws where there is nothing to remove: $path', ({ path, says }) => {
    expect(() => applied<Json>({ l: [1] }, [{ op: 'remove', path }])).toThrow(new Error(says))
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

  it('replaces and removes a key that is special in JavaScript like any other', () => {
    const twice = [add('/__proto__', 1), add('/__proto__', 2)]
    expect(Object.entries(applied({}, twice))).toEqual([['__proto__', 2]])
    expect(Object.entries(applied({}, [...twice, { op: 'remove', path: '/__proto__' }]))).toEqual([])
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
