const block = 512

/** A tar archive (POSIX ustar) of text files by path. Paths have at most 100 bytes. */
export function tarOf(files: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder()
  const entries = Object.entries(files).map(([path, text]) => {
    const content = encoder.encode(text)
    return { header: headerOf(encoder.encode(path), content.length), content }
  })
  const sizes = entries.map(({ content }) => block + Math.ceil(content.length / block) * block)
  // Two empty blocks end an archive.
  const archive = new Uint8Array(sizes.reduce((sum, size) => sum + size, 2 * block))
  let at = 0
  for (const [i, { header, content }] of entries.entries()) {
    archive.set(header, at)
    archive.set(content, at + block)
    at += sizes[i] ?? 0
  }
  return archive
}

function headerOf(path: Uint8Array, size: number): Uint8Array {
  if (path.length > 100) throw new Error('a path in the archive has more than 100 bytes')
  const header = new Uint8Array(block)
  const write = (text: string, at: number) => header.set(new TextEncoder().encode(text), at)
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0')
  header.set(path)
  write(`${octal(0o644, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0${octal(size, 11)}\0${octal(0, 11)}\0`, 100)
  write('        0', 148)
  write('ustar\u000000', 257)
  // The sum counts its own field as spaces.
  const sum = header.reduce((total, byte) => total + byte, 0)
  write(`${octal(sum, 6)}\0 `, 148)
  return header
}
