import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cpuMsOf } from '../../../test/cpu-time.ts'
import { parseQuantity } from './quantity.ts'

describe('parseQuantity', () => {
  it.each([
    ['1', '1000m'],
    ['0.5', '500m'],
    ['.5', '0.5'],
    ['1.', '1'],
    ['+1', '1'],
    ['007', '7'],
    ['1Ki', '1024'],
    ['1.5Mi', '1536Ki'],
    ['1Gi', '1024Mi'],
    ['1Ei', '1024Pi'],
    ['1Ti', '1099511627776'],
    ['1k', '1e3'],
    ['1M', '1E6'],
    ['1E', '1e18'],
    ['1E3', '1k'],
    ['1G', '1000M'],
    ['1T', '1000G'],
    ['1P', '1000T'],
    ['100e-3', '100m'],
    ['1u', '1000n'],
    ['-1', '-1000m'],
    ['-0', '0'],
  ])('%s = %s', (a, b) => {
    expect(parseQuantity(a)).toBeTypeOf('bigint')
    expect(parseQuantity(a)).toBe(parseQuantity(b))
  })

  it.each([
    ['0.1n', '1n'],
    ['1.0000000001', '1000000001n'],
    ['0.9999999999n', '1n'],
    ['1e-10', '1n'],
    ['-0.1n', '-1n'],
    ['0.0n', '0'],
  ])('rounds %s away from zero to %s, as the API server does', (fine, coarse) => {
    expect(parseQuantity(fine)).toBe(parseQuantity(coarse))
  })

  it.each([
    '',
    ' ',
    'abc',
    '1 Gi',
    '1KiB',
    '1K',
    '1ki',
    '1mi',
    '1,5',
    '.',
    '-',
    '1..2',
    '1e',
    '1e100',
    '0x10',
    '1\n',
    '1m m',
    '٣',
  ])('refuses %j', text => {
    expect(parseQuantity(text)).toBeUndefined()
  })

  it('refuses a long text that is nearly a quantity in no time', () => {
    const cpuMs = cpuMsOf(() => {
      expect(parseQuantity(`${'1'.repeat(250_000)}x`)).toBeUndefined()
    })
    expect(cpuMs).toBeLessThan(500)
  })

  it('orders as numbers do: a thousandth is a milli, a 1024th of a Ki is one', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (a, b) => {
        expect(parseQuantity(`${a}m`)! < parseQuantity(`${b}m`)!).toBe(a < b)
        expect(parseQuantity(`${a}`)).toBe(parseQuantity(`${a}000m`))
        expect(parseQuantity(`${a}Ki`)).toBe(parseQuantity(`${a}`)! * 1024n)
        expect(parseQuantity(`${a}`)! + parseQuantity(`${b}`)!).toBe(parseQuantity(`${a + b}`))
      }),
    )
  })
})
