import { describe, expect, it } from 'vitest'
import { fieldPath } from '../../problems/problem.ts'
import type { ProfileSpec } from '../schema/schema.ts'
import { orderProblems, placementIn } from './placement.ts'

type Containers = NonNullable<ProfileSpec['containers']>
const named = (...names: string[]): Containers => names.map(name => ({ name }))

function sequence(spec: ProfileSpec): string[] {
  return [...placementIn(spec)].sort(([, a], [, b]) => a.declared - b.declared).map(([name]) => name)
}

describe('the place of a container among those of its profile', () => {
  it('is where it is declared, sidecars first', () => {
    expect(sequence({ initContainers: named('z', 'y'), containers: named('x', 'a') })).toEqual([
      'x',
      'a',
      'z',
      'y',
    ])
  })

  it('changes only as far as an order needs it', () => {
    const containers: Containers = [
      ...named('a', 'b'),
      { name: 'c', order: { before: ['a'] } },
      ...named('d'),
    ]
    const order = sequence({ containers })
    expect(order.indexOf('c')).toBeLessThan(order.indexOf('a'))
    expect(order.filter(name => name !== 'a')).toEqual(['b', 'c', 'd'])
    const ahead = [...named('a', 'b'), { name: 'c', order: { after: ['a'] } }, ...named('d')]
    expect(sequence({ containers: ahead })).toEqual(['a', 'b', 'c', 'd'])
  })

  it('follows from the names of others that stand between two of them', () => {
    const containers: Containers = [
      { name: 'a', order: { after: ['proxy'] } },
      { name: 'b', order: { before: ['proxy'] } },
    ]
    expect(sequence({ containers })).toEqual(['b', 'a'])
  })

  it('comes with the order: its own, else that of the profile, field by field', () => {
    const spec: ProfileSpec = {
      order: { before: ['x'], after: ['y'] },
      containers: [...named('a'), { name: 'b', order: { before: ['z'] } }],
    }
    expect([...placementIn(spec).values()].map(({ order }) => order)).toEqual([
      { before: ['x'], after: ['y'] },
      { before: ['z'], after: ['y'] },
    ])
  })
})

describe('a cycle in a profile', () => {
  const problems = (spec: ProfileSpec) =>
    orderProblems(spec, 'logging').map(({ path, message }) => `${fieldPath(path)}: ${message}`)
  const ring = (size: number): Containers =>
    Array.from({ length: size }, (_, i) => ({ name: `c${i}`, order: { before: [`c${(i + 1) % size}`] } }))

  it('is named, at an order that makes it', () => {
    expect(problems({ containers: ring(3) })).toEqual([
      'spec.containers[0].order: makes a cycle: c0 before c1 before c2 before c0',
    ])
    const outside: Containers = [{ name: 'other', order: { after: ['x'] } }, ...ring(2)]
    expect(problems({ containers: outside })).toEqual([
      'spec.containers[1].order: makes a cycle: c0 before c1 before c0',
    ])
  })

  it('is a plain list of names if it is long', () => {
    expect(problems({ containers: ring(7) })[0]).toMatch(/before c6 before c0$/)
    expect(problems({ containers: ring(8) })[0]).toMatch(/: makes a cycle: c0, c1, /)
  })

  it('may go through the names of others', () => {
    const containers: Containers = [
      { name: 'a', order: { before: ['proxy'] } },
      { name: 'b', order: { before: ['a'], after: ['proxy'] } },
    ]
    expect(problems({ containers })).toEqual([
      'spec.containers[0].order: makes a cycle: a before proxy before b before a',
    ])
  })
})
