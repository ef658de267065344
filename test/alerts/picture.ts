import type { QueriedSeries } from '../prometheus/prometheus.ts'
import type { Panel } from './queries.ts'

/** A panel with the result of each of its queries. */
export interface DrawnPanel extends Panel {
  readonly results: readonly (readonly QueriedSeries[])[]
}

/** The dashboard as an SVG of Grafana's layout, without Grafana. */
export function pictureOf(panels: readonly DrawnPanel[], range: Range): string {
  const bottom = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h)) * unit.y
  const width = 24 * unit.x
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${bottom}" viewBox="0 0 ${width} ${bottom}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${bottom}" fill="#f4f5f5"/>`,
    ...panels.map(panel => panelOf(panel, range)),
    '</svg>',
    '',
  ].join('\n')
}

/** In seconds. */
export interface Range {
  readonly from: number
  readonly to: number
}

const unit = { x: 50, y: 26 }
const colours = ['#3274d9', '#e0752d', '#37872d', '#c4162a', '#8f3bb8', '#b877d9', '#806eb7', '#5f6a72']

function panelOf(panel: DrawnPanel, range: Range): string {
  const { title, type, gridPos } = panel
  const [width, height] = [gridPos.w * unit.x - 6, gridPos.h * unit.y - 6]
  return [
    `<g transform="translate(${gridPos.x * unit.x + 3} ${gridPos.y * unit.y + 3})">`,
    `<rect width="${width}" height="${height}" rx="2" fill="#fff" stroke="#dcdcde"/>`,
    `<text x="8" y="17" font-weight="bold"${title.length * 6.4 > width ? ` textLength="${width - 16}" lengthAdjust="spacingAndGlyphs"` : ''}>${escaped(title)}</text>`,
    type === 'stat' ? stat(panel, width, height) : lines(panel, range, width, height),
    '</g>',
  ].join('\n')
}

function stat({ results, fieldConfig }: DrawnPanel, width: number, height: number): string {
  const last = results[0]?.[0]?.points.at(-1)?.[1]
  const text = last === undefined ? 'No data' : valueText(last, fieldConfig.defaults.unit)
  return `<text x="${width / 2}" y="${height / 2 + 18}" font-size="26" text-anchor="middle" fill="#37872d">${text}</text>`
}

function lines(panel: DrawnPanel, { from, to }: Range, width: number, height: number): string {
  const named = panel.results.flatMap((series, i) =>
    series.map(each => ({ ...each, name: nameOf(each, panel.targets[i]?.legendFormat ?? '') })),
  )
  if (named.length === 0)
    return `<text x="${width / 2}" y="${height / 2}" text-anchor="middle">No data</text>`
  const area = { left: 78, top: 28, right: width - 12, bottom: height - 38 }
  const top = Math.max(...named.flatMap(({ points }) => points.map(([, value]) => value))) || 1
  const x = (second: number) => area.left + ((second - from) / (to - from)) * (area.right - area.left)
  const y = (value: number) => area.bottom - (value / top) * (area.bottom - area.top)
  const grid = [0, 0.5, 1].map(part => {
    const at = y(part * top).toFixed(1)
    const label = valueText(part * top, panel.fieldConfig.defaults.unit)
    return `<path d="M${area.left} ${at}H${area.right}" stroke="#e7e7e9"/><text x="${area.left - 5}" y="${Number(at) + 4}" text-anchor="end" fill="#52545c">${label}</text>`
  })
  const hours = Array.from({ length: Math.floor((to - from) / 3_600) + 1 }, (_, hour) => {
    return `<text x="${x(from + hour * 3_600).toFixed(0)}" y="${area.bottom + 14}" text-anchor="middle" fill="#52545c">${hour}:00</text>`
  })
  const drawn = named.map(({ points }, i) => {
    const path = pathOf(points.map(([second, value]) => [x(second), y(value)]))
    return `<path d="${path}" fill="none" stroke="${colours[i % colours.length]}" stroke-width="1.3"/>`
  })
  let at = area.left
  const legend = named.flatMap(({ name }, i) => {
    const start = at
    at += 22 + name.length * 5.6
    if (at > width) return []
    const colour = colours[i % colours.length]
    return `<rect x="${start.toFixed(0)}" y="${height - 14}" width="10" height="3" fill="${colour}"/><text x="${(start + 13).toFixed(0)}" y="${height - 9}" font-size="10">${escaped(name)}</text>`
  })
  return [...grid, ...hours, ...drawn, ...legend].join('\n')
}

/** Only the points at which the line bends; a new line after a gap of more than two steps. */
function pathOf(points: readonly (readonly [x: number, y: number])[]): string {
  const steps = points.slice(1).map(([x], i) => x - (points[i]?.[0] ?? x))
  const gap = 2.5 * Math.min(...steps)
  let path = ''
  points.forEach(([x, y], i) => {
    const [before, after] = [points[i - 1], points[i + 1]]
    const isStart = !before || x - before[0] > gap
    const isEnd = !after || after[0] - x > gap
    const bends = isStart || isEnd || Math.abs((before[1] + after[1]) / 2 - y) > 0.05
    if (bends) path += `${isStart ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`
  })
  return path
}

/** As Grafana fills in a legend. */
function nameOf({ labels }: QueriedSeries, legend: string): string {
  return legend.replace(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? '').trim() || 'none'
}

function valueText(value: number, unitName: string): string {
  if (unitName === 'bool_yes_no') return value === 0 ? 'No' : 'Yes'
  if (unitName === 'bytes' && value < 2 ** 10) return `${round(value)} B`
  if (unitName === 'bytes')
    return `${round(value / 2 ** (value < 2 ** 20 ? 10 : 20))} ${value < 2 ** 20 ? 'KiB' : 'MiB'}`
  if (unitName === 's') {
    if (value >= 86_400) return `${round(value / 86_400)} days`
    if (value >= 120) return `${round(value / 60)} min`
    return value >= 1 || value === 0 ? `${round(value)} s` : `${round(value * 1_000)} ms`
  }
  return unitName === 'reqps' ? `${Number(value.toPrecision(2))} req/s` : `${round(value)}`
}

function round(value: number): number {
  return Number(value.toPrecision(3))
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
