import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { reviewWalk, walkFrom } from '../tools/walk.ts'

const folder = mkdtempSync(join(tmpdir(), 'pillion-walk-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('a walk', () => {
  it('reads each function at its first call, and counts how often it comes back to a file', () => {
    const files = {
      'a.ts': `
import { later, leaf, type Shape, table } from './b.ts'
import { one } from './c.ts'
export function start(leaf: Shape) {
  return [1].map(x => own(x)).filter(one) + leaf(table)
}
function own(x: number) {
  return later(x) + later(x)
}
`,
      'b.ts': `
export type Shape = typeof leaf
export const table = { one: 1 }
export const later = (x: number) => x
export function leaf() {}
`,
      'c.ts': `
import { leaf } from './b.ts'
export function one({ leaf: other = leaf }) {
  return other
}
`,
    }
    mkdirSync(folder, { recursive: true })
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    const { stays, returns } = walkFrom(folder, 'a.ts', 'start', () => true)
    expect(stays).toEqual(['a.ts', 'b.ts', 'c.ts', 'b.ts'])
    expect(returns).toBe(1)
    const counted = walkFrom(folder, 'a.ts', 'start', file => file !== 'c.ts')
    expect(counted.stays).toEqual(['a.ts', 'b.ts'])
  })
})

/** Why these numbers: docs/decisions/0028-plan-then-reconcile.md. */
describe('the walk of one review through the engine', () => {
  const { stays, files, returns } = reviewWalk(join(import.meta.dirname, '..'), 'src/engine/')

  it('begins with the decision and ends with the patch', () => {
    expect(stays[0]).toBe('src/engine/decide.ts')
    expect(stays.at(-1)).toBe('src/engine/patch/patch.ts')
  })

  it('touches at most 26 files', () => {
    expect(files.size).toBeLessThanOrEqual(26)
  })

  it('comes back to a file at most 21 times', () => {
    expect(returns).toBeLessThanOrEqual(21)
  })
})
