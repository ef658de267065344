import { StringStream } from '@codemirror/language'
import { describe, expect, it } from 'vitest'
import { token } from './yaml-colours.ts'

/** The tokens of a text that have a colour. */
function coloured(text: string): readonly string[] {
  const state = { block: undefined, quote: undefined, depth: 0, column: 0 }
  return text.split('\n').flatMap(line => {
    const stream = new StringStream(line, 2, 2)
    const found: string[] = []
    while (!stream.eol()) {
      stream.start = stream.pos
      const tag = token(stream, state)
      expect(stream.pos).toBeGreaterThan(stream.start)
      if (tag) found.push(`${tag} ${stream.current()}`)
    }
    return found
  })
}

describe('the colours of YAML', () => {
  it('tell keys from values and comments', () => {
    expect(coloured('a: b # c\n"d e" : \'f\'\nimage: busybox:1.37\nurl: http://x#y\n---')).toEqual([
      'propertyName a',
      'comment # c',
      'propertyName "d e"',
      "string 'f'",
      'propertyName image',
      'propertyName url',
      'meta ---',
    ])
  })

  it('know where a block scalar ends, below a key of a list, too', () => {
    expect(coloured('- run: |\n    a: 1\n\n    # b\n  next: 1\n- >-\n  c\nd: 2')).toEqual([
      'propertyName run',
      'meta |',
      'string     a: 1',
      'string     # b',
      'propertyName next',
      'meta >-',
      'string   c',
      'propertyName d',
    ])
  })

  it('know flow collections, anchors and strings of several lines', () => {
    expect(coloured('{ a: b, c: [*d, &e f] }\ng: "h\n  i: \\" j"\nk: l')).toEqual([
      'propertyName a',
      'propertyName c',
      'labelName *d',
      'labelName &e',
      'propertyName g',
      'string "h',
      'string   i: \\" j"',
      'propertyName k',
    ])
  })

  it('are those of JSON', () => {
    expect(coloured('{ "op": "add", "value": 1 }')).toEqual([
      'propertyName "op"',
      'string "add"',
      'propertyName "value"',
    ])
  })
})
