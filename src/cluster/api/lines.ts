/**
 * The lines of a UTF-8 stream that are not blank. Only `\n` ends a line: JSON text may contain the other line breaks of
 * Unicode. Throws when a line is longer than `maxLineLength`. `heard` is called for each chunk.
 */
export async function* linesOf(stream: AsyncIterable<Uint8Array>, heard = () => {}): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of stream) {
    heard()
    const lines = decoder.decode(chunk, { stream: true }).split('\n')
    const last = lines.length - 1
    for (const [i, line] of lines.entries()) {
      rest += line
      if (rest.length > maxLineLength) throw new Error('a line is too long')
      if (i === last) break
      if (rest.trim() !== '') yield rest
      rest = ''
    }
  }
  rest += decoder.decode()
  if (rest.trim() !== '') yield rest
}

// An object in etcd has 1.5 MiB at most, and its JSON is less than ten times as long.
const maxLineLength = 16 * 1024 * 1024
