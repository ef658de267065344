/** A container: a box of the picture. */
export interface Box {
  readonly name: string
  readonly kind: string
  readonly rows: readonly Row[]
}

/** What a container shares, at the right edge of its box. */
export interface Row {
  readonly label: string
  readonly note: string
  /** Start of its line; spaces if it has no line. */
  readonly mark: '──' | '<─' | '─>' | '  '
  /** End of the line. Rows with the same end share one line. */
  readonly to: string
}

/** The boxes, one above the other, with lines between those that share something; as plain text. */
export function picture(boxes: readonly Box[]): string {
  const rows = boxes.flatMap(box => box.rows)
  const lanes = lanesOf(rows)
  const width = Math.max(...boxes.map(({ name, kind }) => name.length + kind.length + 4), ...rows.map(inner))
  const lines = boxes.flatMap(({ name, kind, rows: own }, i) => {
    const [left, right] = i === 0 ? '┌┐' : '├┤'
    const above = boxes.slice(0, i).flatMap(box => box.rows).length
    const rule = '─'.repeat(width - name.length - kind.length - 3)
    return [
      `${left}─ ${name} ${rule} ${kind} ${right}${passing(lanes, above)}`,
      ...own.map((row, j) => `│ ${contents(row, width)} │${lineTo(row, above + j, lanes)}`),
    ]
  })
  return [...lines, `└${'─'.repeat(width + 2)}┘`].map(line => line.trimEnd()).join('\n')
}

/** A column with a vertical line from the first to the last row with the same end. */
interface Lane {
  readonly to: string
  readonly first: number
  readonly last: number
}

function lanesOf(rows: readonly Row[]): readonly Lane[] {
  const shared = [...new Set(rows.map(({ to }) => to))].map(to => ({
    to,
    first: rows.findIndex(row => row.to === to),
    last: rows.findLastIndex(row => row.to === to),
  }))
  // The longest lines are outermost, so that few lines cross.
  return shared
    .filter(({ first, last }) => first < last)
    .toSorted((a, b) => a.last - a.first - (b.last - b.first))
}

function inner({ label, note }: Row): number {
  return label.length + note.length + (note === '' ? 0 : 2)
}

function contents({ label, note }: Row, width: number): string {
  return `${label}${' '.repeat(width - label.length - note.length)}${note}`
}

/** The lanes between two rows: the one before `next` and `next`. */
function passing(lanes: readonly Lane[], next: number): string {
  return `  ${lanes.map(({ first, last }) => (first < next && next <= last ? ' │' : '  ')).join('')}`
}

function lineTo({ mark, to }: Row, at: number, lanes: readonly Lane[]): string {
  const own = lanes.findIndex(lane => lane.to === to)
  const isNamed = own < 0 || lanes[own]?.first === at
  const cells = lanes.map(({ first, last }, lane) => {
    const isPassing = first < at && at < last
    if (lane === own) return first === at ? '─┬' : last === at ? '─┘' : '─┤'
    const isCrossed = mark !== '  ' && (own < 0 || lane < own || isNamed)
    return isCrossed ? (isPassing ? '─┼' : '──') : isPassing ? ' │' : '  '
  })
  return `${mark}${cells.join('')}${isNamed && to !== '' ? `── ${to}` : ''}`
}
