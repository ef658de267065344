import { describe, expect, it } from 'vitest'
import { colouredDiff } from './coloured-diff.ts'

describe('colouredDiff', () => {
  it('is coloured where colours are wanted', () => {
    const shown = colouredDiff('x', 'a\nb\n', 'a\nc\n', true)
    expect(shown).toContain('\u001B[31m-b\u001B[39m\n\u001B[32m+c\u001B[39m')
  })
})
