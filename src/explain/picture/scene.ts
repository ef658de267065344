import { type Fitted, type Font, fitted } from './fit.ts'

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
  readonly anchor?: 'middle'
}

/** A text whose font follows from its style, whose first word is the name of a font. */
export function text(
  x: number,
  y: number,
  content: string,
  style: Font | `${Font} ${string}`,
  { maxWidth, anchor }: { readonly maxWidth?: number; readonly anchor?: 'middle' } = {},
): Text {
  const font = style.split(' ', 1)[0] as Font
  return { x, y, fitted: fitted(content, font, maxWidth), style, ...(anchor && { anchor }) }
}

export function together(...scenes: readonly Partial<Scene>[]): Scene {
  return {
    boxes: scenes.flatMap(({ boxes = [] }) => boxes),
    lines: scenes.flatMap(({ lines = [] }) => lines),
    dots: scenes.flatMap(({ dots = [] }) => dots),
    texts: scenes.flatMap(({ texts = [] }) => texts),
  }
}
