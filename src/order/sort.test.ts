import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cycleThrough } from './cycles.ts'
import { inOrder } from './sort.ts'

interface Node {
  readonly rank: number
  readonly edges: Node[]
}

function graphOf(ranks: readonly number[], edges: readonly (readonly [number, number])[]): readonly Node[] {
  const nodes = ranks.map((rank): Node => ({ rank, edges: [] }))
  for (const [from, to] of edges) nodes[from]!.edges.push(nodes[to]!)
  return nodes
}

const successors = ({ edges }: Node) => edges
const sorted = (nodes: readonly Node[]) => inOrder(nodes, successors, ({ rank }) => rank)

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
        expect(sorted(graphOf(given, [])).map(({ rank }) => rank)).toEqual(given.toSorted((a, b) => a - b))
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
          const free = [...rest].filter(node => ![...rest].some(other => other.edges.includes(node)))
          const [least] = free.toSorted((a, b) => a.rank - b.rank)
          if (!least) break
          expected.push(least)
          rest.delete(least)
        }
        expect(sorted(nodes)).toEqual(expected)
        const isLoop = nodes.some(node => node.edges.includes(node))
        expect(isLoop || cycleThrough(nodes, successors) !== undefined).toBe(rest.size > 0)
      }),
    )
  })
})

describe('cycleThrough', () => {
  it('gives nodes of which each is before the next, and the last before the first', () => {
    fc.assert(
      fc.property(ranks, edges, (given, pairs) => {
        const nodes = graphOf(given, pairs)
        const cycle = cycleThrough(nodes, successors) ?? []
        for (const [i, node] of cycle.entries()) expect(node.edges).toContain(cycle[(i + 1) % cycle.length])
      }),
    )
  })
})
