/** Offsets of a text by line and column, which count from 1, as in the messages of Pillion. */
export interface TextLines {
  /** The offset of a line and a column; the end of the text if there is no such line. */
  offsetAt(line: number, column: number): number
  /** The line of an offset. */
  lineAt(offset: number): number
  /** The end of the line of an offset, without its line break. */
  endOfLine(offset: number): number
}

export function textLines(text: string): TextLines {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  const isMarked = text.startsWith('\uFEFF')
  return {
    offsetAt: (line, column) => {
      const start = starts[line - 1] ?? text.length
      // A byte order mark has no column.
      return Math.min(text.length, start + column - 1 + (line === 1 && isMarked ? 1 : 0))
    },
    lineAt: offset => {
      let [low, high] = [0, starts.length - 1]
      while (low < high) {
        const middle = Math.ceil((low + high) / 2)
        if (starts[middle]! <= offset) low = middle
        else high = middle - 1
      }
      return low + 1
    },
    endOfLine: offset => {
      const end = text.indexOf('\n', offset)
      if (end < 0) return text.length
      return text[end - 1] === '\r' ? Math.max(offset, end - 1) : end
    },
  }
}

/** The start of the line of an offset. */
export function lineStartAt(text: string, offset: number): number {
  // At 0, lastIndexOf would find a line break behind the offset.
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1
}
