import { type Fitted, fitted } from './fit.ts'

/** What is drawn, with coordinates in pixels; the later parts cover the earlier ones. Classes are those of `style.ts`. */
export interface Scene {
  readonly boxes: readonly Box[]
  readonly lines: readonly Line[]
  readonly dots: readonly Dot[]
  readonly texts: readonly Text[]
}

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly radius: number
  readonly style: string
}

export interface Line {
  /** Path data. */
  readonly d: string
  readonly style: string
  /** It interrupts the lines that it crosses. */
  readonly isAbove?: boolean
}

export interface Dot {
  readonly x: number
  readonly y: number
  readonly r: number
  readonly style: string
}

export interface Text {
  readonly x: number
  /** Of the baseline. */
  readonly y: number
  readonly fitted: Fitted
  readonly style: string
  readonly anchor?: 'middle' | 'end'
}

export const size = { name: 14, row: 12, note: 11.5 } as const

export function text(
  x: number,
  y: number,
  content: string,
  style: string,
  { fontSize = size.note as number, maxWidth = 4_000, anchor = undefined as Text['anchor'] } = {},
): Text {
  return { x, y, fitted: fitted(content, fontSize, maxWidth), style, ...(anchor && { anchor }) }
}

export function together(...scenes: readonly Partial<Scene>[]): Scene {
  return {
    boxes: scenes.flatMap(({ boxes = [] }) => boxes),
    lines: scenes.flatMap(({ lines = [] }) => lines),
    dots: scenes.flatMap(({ dots = [] }) => dots),
    texts: scenes.flatMap(({ texts = [] }) => texts),
  }
}
