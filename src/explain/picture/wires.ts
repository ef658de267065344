import type { PlacedRow } from './cards.ts'
import { fitted } from './fit.ts'
import type { Lane } from './lanes.ts'
import type { End } from './rows.ts'
import { type Box, type Dot, type Line, type Scene, type Text, text, together } from './scene.ts'

/** Where the lines begin (the right edge of the boxes), and where their labels stand. */
interface Between {
  readonly from: number
  readonly to: number
}

export const laneWidth = 13
const firstLane = 22
const mostLabel = 196
const icon = 26

/** Width of the part with the lanes. */
export function lanesWidth(lanes: number): number {
  return lanes === 0 ? 30 : firstLane + lanes * laneWidth + 6
}

/** Width of a label with its icon. */
export function labelWidth({ name, note }: End): number {
  const [a, b] = [fitted(name, 'row').width, fitted(note, 'note').width]
  return Math.min(mostLabel, Math.max(a, b) + icon + 8)
}

/** The lines from the rows to the labels of what they share. `rows` are all rows, from top to bottom. */
export function wires(
  rows: readonly PlacedRow[],
  lanes: ReadonlyMap<string, Lane>,
  { from, to }: Between,
): Scene {
  const verticals: Line[] = []
  const horizontals: Line[] = []
  const dots: Dot[] = []
  const boxes: Box[] = []
  const texts: Text[] = []
  const xOf = ({ at }: Lane) => from + firstLane + at * laneWidth
  for (const [index, { row, y, end }] of rows.entries()) {
    if (row.line === 'none') continue
    const lane = lanes.get(row.to)
    const ink = row.isInjected ? ' injected' : ''
    const style = `line${row.line === 'read-only mount' ? ' read-only' : ''}${ink}`
    // Dashes only up to the lane: the rest of the line belongs to everybody who shares it.
    const start = row.line === 'calls' ? from + 5 : row.line === 'listens' ? from + 7 : from
    if (end) {
      const ownEnd = lane ? xOf(lane) : to
      horizontals.push({ d: `M${start} ${y}H${ownEnd}`, style, isAbove: true })
      const shared = `line${end.isInjected ? ' injected' : ''}`
      if (lane) {
        horizontals.push({ d: `M${ownEnd} ${y}H${to}`, style: shared, isAbove: true })
        verticals.push({ d: `M${ownEnd} ${y}V${rows[lane.last]!.y - 6}`, style: shared })
        dots.push({ x: ownEnd, y, r: 3, style: `dot${end.isInjected ? ' injected' : ''}` })
      }
      const label = labelAt(to, y, end)
      boxes.push(...label.boxes)
      texts.push(...label.texts)
      verticals.push(...label.lines)
    } else if (lane) {
      const x = xOf(lane)
      const isLast = lane.last === index
      const d = isLast ? `M${start} ${y}H${x - 6}Q${x} ${y} ${x} ${y - 6}` : `M${start} ${y}H${x}`
      horizontals.push({ d, style, isAbove: true })
      if (!isLast) dots.push({ x, y, r: 3, style: `dot${ink}` })
    }
    if (row.line === 'listens') horizontals.push({ d: `M${from + 1} ${y}l8 -4.5v9z`, style: `arrow${ink}` })
    if (row.line === 'calls') dots.push({ x: from + 1, y, r: 4, style: `call${ink}` })
    if (row.line === 'mount' || row.line === 'read-only mount')
      dots.push({ x: from, y, r: 2.5, style: `dot${ink}` })
  }
  return { boxes, lines: [...verticals, ...horizontals], dots, texts }
}

function labelAt(x: number, y: number, end: End): Scene {
  const height = end.note === '' ? 22 : 34
  const width = labelWidth(end)
  const ink = end.isInjected ? ' injected' : ''
  const name = { maxWidth: width - icon - 8 }
  return together({
    boxes: [
      { x, y: y - height / 2, width, height, radius: end.kind === 'volume' ? 6 : 12, style: `end${ink}` },
    ],
    lines: [iconAt(x + 8, y, end)],
    texts: [
      text(x + icon, y + (end.note === '' ? 4 : -2), end.name, `row${ink}`, name),
      ...(end.note === '' ? [] : [text(x + icon, y + 12, end.note, 'note', { maxWidth: width - icon - 8 })]),
    ],
  })
}

/** A cylinder for a volume, a socket for a port, a person's head and shoulders for the rest. */
function iconAt(x: number, y: number, { kind, isInjected }: End): Line {
  const paths = {
    volume: `M${x} ${y - 4}c0 -3 10 -3 10 0v8c0 3 -10 3 -10 0zc0 3 10 3 10 0`,
    port: `M${x + 5} ${y - 5}a5 5 0 1 1 -0.1 0zM${x + 5} ${y - 1.2}a1.2 1.2 0 1 1 -0.1 0z`,
    outside: `M${x} ${y + 5}c0 -6 10 -6 10 0zM${x + 5} ${y - 5}a2.5 2.5 0 1 1 -0.1 0z`,
  }
  return { d: paths[kind], style: `icon${isInjected ? ' injected' : ''}` }
}
