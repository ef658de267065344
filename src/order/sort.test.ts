import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cycleIn, inOrder, type Ranked } from './sort.ts'

interface Node extends Ranked<Node> {
  readonly edges: { readonly to: Node }[]
}

function graphOf(ranks: readonly number[], edges: readonly (readonly [number, number])[]): readonly Node[] {
  const nodes = ranks.map((rank): Node => ({ rank, edges: [], waitsFor: 0 }))
  for (const [from, to] of edges) {
    nodes[from]!.edges.push({ to: nodes[to]! })
    nodes[to]!.waitsFor++
  }
  return nodes
}

const size = 12
const ranks = fc.shuffledSubarray(
  Array.from({ length: size }, (_, i) => i),
  { minLength: size },
)
const index = fc.nat(size - 1)
const edges = fc.array(fc.tuple(index, index), { maxLength: 30 })

describe('inOrder', () => {
  it('is the order of the ranks when there is nothing else', () => {
    fc.assert(
      fc.property(ranks, given => {
        expect(inOrder(graphOf(given, [])).map(({ rank }) => rank)).toEqual(given.toSorted((a, b) => a - b))
      }),
    )
  })

  it('takes, at each place, the least rank of those that wait for nothing', () => {
    fc.assert(
      fc.property(ranks, edges, (given, pairs) => {
        const nodes = graphOf(given, pairs)
        const rest = new Set(nodes)
        const expected: Node[] = []
        for (;;) {
          const free = [...rest].filter(
            node => ![...rest].some(other => other.edges.some(({ to }) => to === node)),
          )
          const [least] = free.toSorted((a, b) => a.rank - b.rank)
          if (!least) break
          expected.push(least)
          rest.delete(least)
        }
        expect(inOrder(nodes)).toEqual(expected)
        expect(cycleIn(nodes).length > 0).toBe(rest.size > 0)
      }),
    )
  })
})

describe('cycleIn', () => {
  it('gives nodes of which each is before the next, and the last before the first', () => {
    fc.assert(
      fc.property(ranks, edges, (given, pairs) => {
        const nodes = graphOf(given, pairs)
        inOrder(nodes)
        const cycle = cycleIn(nodes)
        for (const [i, node] of cycle.entries())
          expect(node.edges.some(({ to }) => to === cycle[(i + 1) % cycle.length])).toBe(true)
      }),
    )
  })
})
