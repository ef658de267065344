import { describe, expect, it } from 'vitest'
import { linesOf } from './lines.ts'

async function* streamOf(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const line of lines) all.push(line)
  return all
}

describe('linesOf', () => {
  it.each([
    { what: 'a line a piece', chunks: ['a\n', 'b\n'], lines: ['a', 'b'] },
    { what: 'many lines a piece', chunks: ['a\nb\nc\n'], lines: ['a', 'b', 'c'] },
    { what: 'a line in many pieces', chunks: ['a', 'b', 'c\nd', '\n'], lines: ['abc', 'd'] },
    { what: 'a last line without a break', chunks: ['a\nb'], lines: ['a', 'b'] },
    { what: 'blank lines', chunks: ['\n\r\na\n \n'], lines: ['a'] },
    {
      what: 'what only others take for a break',
      chunks: ['a\u2028b\u0085c\rd\n'],
      lines: ['a\u2028b\u0085c\rd'],
    },
    { what: 'nothing', chunks: [], lines: [] },
  ])('reads $what', async ({ chunks, lines }) => {
    expect(await collect(linesOf(streamOf(...chunks)))).toEqual(lines)
  })

  it('puts a character together that was cut anywhere', async () => {
    const bytes = Buffer.from('é€😀\n')
    for (let cut = 0; cut <= bytes.length; cut++) {
      const stream = streamOf(bytes.subarray(0, cut), bytes.subarray(cut))
      expect(await collect(linesOf(stream))).toEqual(['é€😀'])
    }
  })

  it('reports each chunk', async () => {
    let heard = 0
    const stream = streamOf('a', 'b', '\n')
    await collect(
      linesOf(stream, () => {
        heard++
      }),
    )
    expect(heard).toBe(3)
  })

  it('does not keep a line that has no end', async () => {
    const mebibyte = Buffer.alloc(1024 * 1024, 'x')
    let taken = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (; ; taken++) yield mebibyte
    }
    await expect(collect(linesOf(endless()))).rejects.toThrow('a line is too long')
    expect(taken).toBeLessThan(20)
  })
})
