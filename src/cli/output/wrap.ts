/** Breaks a text into lines at spaces, each of at most `width` characters with its indent, if its words allow. */
export function wrapped(text: string, indent: string, width = 100): readonly string[] {
  const lines: string[] = []
  let line = indent
  for (const word of text.split(/\s+/).filter(each => each !== '')) {
    const longer = line === indent ? `${indent}${word}` : `${line} ${word}`
    if (longer.length > width && line !== indent) {
      lines.push(line)
      line = `${indent}${word}`
    } else line = longer
  }
  return line === indent ? lines : [...lines, line]
}
