import fc from 'fast-check'
import { expect, it } from 'vitest'
import { countValues } from './json-size.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

it.each([
  ['7', 1],
  ['[1,2,3]', 4],
  ['{"a":1,"b":[{}]}', 5],
  ['"[,{[,{"', 1],
  ['["\\"[,{", 1]', 3],
  ['["a\\\\", 1]', 3],
  ['["é,[", 1]', 3],
  ['[[[[', 5],
])('counts the values of %s as %d', (json, values) => {
  expect(countValues(bytes(json))).toBe(values)
})

it('counts no fewer values than there are, and no more than two for each', () => {
  const count = (value: unknown): number =>
    typeof value === 'object' && value !== null
      ? 1 + Object.values(value).reduce((sum: number, each) => sum + count(each), 0)
      : 1
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const counted = countValues(bytes(JSON.stringify(value)))
      expect(counted).toBeGreaterThanOrEqual(count(value) / 2)
      expect(counted).toBeLessThanOrEqual(2 * count(value))
    }),
  )
})
