import type { ContainerEnd, PodPicture } from './pod-picture.ts'
import { type Scene, text } from './scene.ts'
import { endingOf } from './words.ts'

/** How long containers run: lines from the place where the first of them starts down to the place where they end. */
const pitch = 20
const radius = 9

export interface Station {
  readonly y: number
  /** Of the bottom of its box. */
  readonly bottom: number
  readonly end: ContainerEnd
  readonly step: number
}

/** The line of each container, and the width that the lines take. Init containers have ended before the app starts, so they share its line. */
export function lifelinesOf({ containers }: PodPicture) {
  const ends = new Set(containers.map(({ end }) => (end === 'before' ? 'first' : end)))
  const columns = (['after', 'first', 'never'] as const).filter(end => ends.has(end))
  return {
    columnOf: (end: ContainerEnd) => columns.indexOf(end === 'before' ? 'first' : end),
    width: Math.max(1, columns.length) * pitch + 16,
  }
}

/** The lines with a station for each container, and what ends, from `y` on. */
export function lifelines(
  picture: PodPicture,
  stations: readonly Station[],
  {
    x,
    boxes,
    y,
    width,
  }: { readonly x: number; readonly boxes: number; readonly y: number; readonly width: number },
): { readonly scene: Scene; readonly height: number } {
  const { columnOf } = lifelinesOf(picture)
  const xOf = (end: ContainerEnd) => x + radius + columnOf(end) * pitch
  const { title, steps } = endingOf(picture)
  const endings = steps.map((step, i) => ({ ...step, y: y + 36 + i * 24 }))
  const bottomOf = (end: ContainerEnd) => endings.find(step => step.end === end)?.y ?? y
  const first = new Map(stations.toReversed().map(station => [station.end, station.y]))
  const running = [...first.keys()].filter(end => end !== 'before')
  const scene: Scene = {
    boxes: [],
    lines: [
      ...endings.map(({ end, y }) => ({ d: `M${xOf(end) + 10} ${y}H${boxes - 6}`, style: 'leader' })),
      ...running.map(end => ({
        d: `M${xOf(end)} ${first.get(end)}V${bottomOf(end) + (end === 'never' ? 16 : 0)}`,
        style: `life ${end}`,
      })),
      ...stations.flatMap(({ end, y, bottom }) => [
        { d: `M${xOf(end)} ${y}H${boxes}`, style: `join ${end}`, isAbove: true },
        ...(end === 'before'
          ? [{ d: `M${xOf(end)} ${y}V${bottom - 8}M${xOf(end) - 5} ${bottom - 8}h10`, style: `life ${end}` }]
          : []),
      ]),
      ...endings.map(({ end, y }) => ({
        d: end === 'never' ? `M${xOf(end) - 5} ${y + 12}l5 6 5 -6` : `M${xOf(end) - 6} ${y}h12`,
        style: `life ${end}`,
      })),
    ],
    dots: stations.map(({ end, y }) => ({ x: xOf(end), y, r: radius, style: `station ${end}` })),
    texts: [
      ...stations.map(({ end, y, step }) =>
        text(xOf(end), y + 4, String(step), `step ${end}`, { anchor: 'middle' }),
      ),
      ...(steps.length > 0 ? [text(boxes, y + 10, title, 'section')] : []),
      ...endings.map(step => text(boxes, step.y + 4, step.text, 'note ending', { maxWidth: width })),
    ],
  }
  return { scene, height: steps.length === 0 ? 0 : 36 + steps.length * 24 }
}
