/**
 * The lines of a stream of UTF-8, without the blank ones; a last line may lack its break. Only `\n` ends a
 * line: a JSON text may hold every other character that some take for a line break. Throws when a line gets
 * longer than `maxLineLength` and whatever the stream throws. `heard` is called for each piece of it.
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
      if (rest.length > maxLineLength) throw new Error('a line has no end')
      if (i === last) break
      if (rest.trim() !== '') yield rest
      rest = ''
    }
  }
  rest += decoder.decode()
  if (rest.trim() !== '') yield rest
}

// etcd holds no object over 1.5 MiB, and its JSON is not ten times as long.
const maxLineLength = 16 * 1024 * 1024
