import { styleText } from 'node:util'
import { describe, expect, it } from 'vitest'
import { withoutControls } from './terminal.ts'

describe('withoutControls', () => {
  it('keeps text, tabs, line ends and the colours of Pillion', () => {
    const coloured = (['bold', 'red', 'green', 'yellow', 'cyan'] as const)
      .map(style => styleText(style, style, { validateStream: false }))
      .join(' ')
    for (const text of ['ä日🙂\tb\nc\r\n', coloured]) expect(withoutControls(text)).toBe(text)
  })

  it.each([
    { what: 'clears the screen', text: 'a\u001B[2Jb' },
    { what: 'writes to the clipboard', text: 'a\u001B]52;c;eA==\u0007b' },
    { what: 'writes over a line', text: 'evil\rgood' },
    { what: 'hides text', text: '\u001B[8mhidden\u001B[28m' },
    { what: 'is one character', text: 'a\u009B2Jb\u0085' },
    { what: 'turns the order of letters', text: 'a\u202Eb' },
  ])('replaces what $what', ({ text }) => {
    expect(withoutControls(text)).toMatch(/^[\w[;\]=\uFFFD]+$/)
  })
})
