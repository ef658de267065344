import { fitted } from './fit.ts'
import type { PicturedContainer } from './pod-picture.ts'
import type { End, Row } from './rows.ts'
import { type Scene, text, together } from './scene.ts'
import { requestsText } from './words.ts'

/** A container's box, and the rows in it from which lines go. */
export interface Card {
  readonly scene: Scene
  readonly height: number
  readonly rows: readonly PlacedRow[]
}

/** A row with the height at which its line leaves the box. */
export interface PlacedRow {
  readonly row: Row
  readonly y: number
  /** The label of its end that stands beside it. */
  readonly end: End | undefined
}

export const cardWidths = { min: 212, max: 288 } as const
const inset = 14

/** The widest text that the box of a container has to hold. */
export function wantedWidth(
  { name, profile, image, kind, requests }: PicturedContainer,
  rows: readonly Row[],
): number {
  const widths = [
    fitted(name, 'name').width + badgeWidth(profile, name),
    fitted(image, 'image').width,
    fitted(subtitle(kind, requests), 'note').width,
    ...rows.flatMap(({ label, note }) => [fitted(label, 'row').width, fitted(note, 'note').width]),
  ]
  return Math.max(...widths) + 2 * inset
}

export function card(
  container: PicturedContainer,
  rows: readonly { readonly row: Row; readonly end: End | undefined }[],
  hidden: number,
  { x, y, width }: { readonly x: number; readonly y: number; readonly width: number },
): Card {
  const { name, kind, image, requests, profile } = container
  const inner = width - 2 * inset
  const badge = badgeWidth(profile, name)
  const lines = [
    text(x + inset, y + 22, name, 'name', { maxWidth: inner - badge }),
    text(x + inset, y + 40, subtitle(kind, requests), 'note', { maxWidth: inner }),
    ...(image === '' ? [] : [text(x + inset, y + 56, image, 'image', { maxWidth: inner })]),
  ]
  let bottom = y + (image === '' ? 50 : 66)
  const top = bottom
  const placed = rows.map(({ row, end }): PlacedRow => {
    const at = bottom
    bottom += isDouble(row, end) ? 40 : 26
    return { row, end, y: (at + bottom) / 2 }
  })
  const rowTexts = placed.flatMap(({ row: { label, note, isInjected }, y }) => {
    const style = isInjected ? 'row injected' : 'row'
    const label2 = text(x + inset, y + (note === '' ? 4 : -3), label, style, {
      maxWidth: inner,
    })
    return note === '' ? [label2] : [label2, text(x + inset, y + 12, note, 'note', { maxWidth: inner })]
  })
  const more = hidden === 0 ? [] : [text(x + inset, bottom + 15, `and ${hidden} more`, 'note')]
  bottom += hidden === 0 ? 0 : 24
  const height = bottom - y + (rows.length + hidden === 0 ? 2 : 6)
  const isInjected = profile !== undefined
  return {
    height,
    rows: placed,
    scene: together(
      { boxes: [{ x, y, width, height, radius: 8, style: isInjected ? 'card injected' : 'card' }] },
      rows.length + hidden > 0
        ? { lines: [{ d: `M${x + inset} ${top - 1}H${x + width - inset}`, style: 'rule' }] }
        : {},
      { texts: [...lines, ...rowTexts, ...more] },
      profile === undefined ? {} : badgeAt(x + width - inset + 6, y + 9, badgeText(profile, name)),
    ),
  }
}

/** The box that stands for containers without a box of their own. */
export function moreCard(hidden: number, { x, y, width }: { x: number; y: number; width: number }): Card {
  const height = 34
  const note = `and ${hidden} more container${hidden === 1 ? '' : 's'}`
  return {
    height,
    rows: [],
    scene: together({
      boxes: [{ x, y, width, height, radius: 8, style: 'card more' }],
      texts: [text(x + inset, y + 21, note, 'note')],
    }),
  }
}

/** A label of injected things, by its right edge. */
export function badgeAt(right: number, y: number, content: string, maxWidth = 180): Partial<Scene> {
  const width = fitted(content, 'badge-text', maxWidth).width + 14
  const label = text(right - width / 2, y + 13, content, 'badge-text', { anchor: 'middle', maxWidth })
  return { boxes: [{ x: right - width, y, width, height: 18, radius: 9, style: 'badge' }], texts: [label] }
}

function badgeText(profile: string, name: string): string {
  return profile === name ? 'injected' : `by ${profile}`
}

function badgeWidth(profile: string | undefined, name: string): number {
  if (profile === undefined) return 0
  return fitted(badgeText(profile, name), 'badge-text', 180).width + 24
}

function subtitle(kind: PicturedContainer['kind'], requests: PicturedContainer['requests']): string {
  return [kind, requestsText(requests)].filter(part => part !== '').join(' · ')
}

function isDouble({ note }: Row, end: End | undefined): boolean {
  return note !== '' || (end !== undefined && end.note !== '')
}
