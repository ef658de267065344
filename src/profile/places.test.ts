import { describe, expect, it } from 'vitest'
import {
  appPlaces,
  containerLists,
  itemAt,
  itemsAt,
  itemsOf,
  normalPath,
  podPlaces,
  sourceName,
} from './places.ts'

describe('the items at a place', () => {
  it.each([
    { what: 'members of a map', place: podPlaces.labels, value: { a: '1', b: '2' }, names: ['a', 'b'] },
    {
      what: 'items of a list, by their key',
      place: appPlaces.env,
      value: [{ name: 'A' }, 'odd', { name: 'B' }],
      names: ['A', 'B'],
    },
    { what: 'one value', place: podPlaces.runtimeClassName, value: 'gvisor', names: ['field'] },
    {
      what: 'one value that is false',
      place: podPlaces.shareProcessNamespace,
      value: false,
      names: ['field'],
    },
    { what: 'nothing, without a map', place: podPlaces.labels, value: undefined, names: [] },
    { what: 'nothing, in place of a map', place: podPlaces.labels, value: ['a'], names: [] },
    { what: 'nothing, without a list', place: appPlaces.env, value: undefined, names: [] },
    { what: 'nothing, without a value', place: podPlaces.runtimeClassName, value: undefined, names: [] },
  ])('are $what', ({ place, value, names }) => {
    const items = itemsAt('field', place, value)
    expect(items.map(([name]) => name)).toEqual(names)
    for (const [name, item] of items) expect(itemAt(place, name, value)).toBe(item)
  })

  it('are found by their names only', () => {
    expect(itemAt(podPlaces.labels, 'b', { a: '1' })).toBeUndefined()
    expect(itemAt(appPlaces.env, 'B', [{ name: 'A' }, null])).toBeUndefined()
    expect(itemAt(appPlaces.env, 'B', 'odd')).toBeUndefined()
  })

  it('need their key', () => {
    const [named, unnamed] = [{ name: 'A' }, [{}, { name: '' }, { name: null }]]
    expect(itemsOf(appPlaces.env, [named, ...unnamed])).toEqual([named])
    const all = [named, { name: 'B' }]
    expect(itemsOf(appPlaces.env, all)).toBe(all)
    const sources = [
      { secretRef: { name: 'a' } },
      { secretRef: {} },
      { prefix: 'A' },
      { configMapRef: { name: 'b' } },
    ]
    expect(itemsOf(appPlaces.envFrom, sources)).toEqual([sources[0], sources[3]])
    expect(itemsOf(podPlaces.tolerations, [{}])).toEqual([{}])
  })
})

describe('the name of an item', () => {
  it.each([
    { of: 'a source', name: sourceName({ secretRef: { name: 'a' } }), is: 'secret/a' },
    {
      of: 'a source with a prefix',
      name: sourceName({ configMapRef: { name: 'a' }, prefix: 'P_' }),
      is: 'configMap/a/P_',
    },
    { of: 'a source of nothing', name: sourceName({}), is: 'secret/' },
    { of: 'a mount', name: appPlaces.volumeMounts.nameOf({ mountPath: '/logs/' }), is: '/logs' },
    { of: 'a port', name: containerLists.ports.nameOf({ containerPort: 80 }), is: '80' },
    { of: 'a device', name: containerLists.volumeDevices.nameOf({ devicePath: '//dev/a' }), is: '/dev/a' },
    { of: 'an alias of a host', name: podPlaces.hostAliases.nameOf({ ip: '10.0.0.1' }), is: '10.0.0.1' },
    {
      of: 'a toleration',
      name: podPlaces.tolerations.nameOf({ key: 'a', operator: 'Exists', effect: 'NoExecute' }),
      is: 'a,Exists,,NoExecute',
    },
    { of: 'an item without a key', name: appPlaces.env.nameOf({}), is: '' },
  ])('of $of is $is', ({ name, is }) => {
    expect(name).toBe(is)
  })

  it.each([
    ['/', '/'],
    ['', ''],
    [undefined, ''],
    ['/a', '/a'],
    ['/a/', '/a'],
    ['//a///b//', '/a/b'],
  ])('of the path %j is %j', (path, is) => {
    expect(normalPath(path)).toBe(is)
  })
})
