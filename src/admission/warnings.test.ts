import { describe, expect, it } from 'vitest'
import { headerWarnings } from './warnings.ts'

describe('headerWarnings', () => {
  it('keeps what fits as it is', () => {
    expect(headerWarnings(['profile logging: uses volume "logs"', 'größer ✓'])).toEqual([
      'profile logging: uses volume "logs"',
      'größer ✓',
    ])
  })

  it('puts a warning on one line, without control characters and halves of characters', () => {
    expect(headerWarnings([' one\r\n- two\u0000\u009b[31m \ud800 '])).toEqual(['one - two [31m \ufffd'])
  })

  it('shortens a warning to 256 characters, and counts an emoji as one', () => {
    expect(headerWarnings(['😀'.repeat(256)])).toEqual(['😀'.repeat(256)])
    expect(headerWarnings(['😀'.repeat(257)])).toEqual([`${'😀'.repeat(255)}…`])
  })

  it('stays within 4,096 characters in all, and says how many are left out', () => {
    const warnings = headerWarnings(Array.from({ length: 100 }, (_, i) => `${i} ${'x'.repeat(200)}`))
    expect(warnings.join('').length).toBeLessThanOrEqual(4_096)
    expect(warnings).toHaveLength(20)
    expect(warnings.at(-1)).toBe('81 more; pillion explain shows all')
  })
})
