import { layout } from './layout.ts'
import type { PodPicture } from './pod-picture.ts'
import type { Box, Dot, Line, Text } from './scene.ts'
import { style } from './style.ts'
import { pictureText } from './words.ts'

/**
 * A picture of a Pod as one SVG document: without scripts, links or fonts of its own, in light or dark colours as the reader
 * prefers. It shows a limited number of containers and says how many more there are.
 */
export function pictureSvg(picture: PodPicture): string {
  const { width, height, boxes, lines, dots, texts } = layout(picture)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="pillion" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(`${picture.kind} ${picture.name}`.slice(0, 300))}</title>`,
    `<desc>${escaped(pictureText(picture))}</desc>`,
    `<style>${style}</style>`,
    `<rect class="page" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="12"/>`,
    ...boxes.map(boxSvg),
    ...lines.flatMap(lineSvg),
    ...dots.map(dotSvg),
    ...texts.map(textSvg),
    '</svg>\n',
  ].join('\n')
}

function boxSvg({ x, y, width, height, radius, style }: Box): string {
  return `<rect class="${style}" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${radius}"/>`
}

function lineSvg({ d, style, isAbove }: Line): readonly string[] {
  return [...(isAbove ? [`<path class="halo" d="${d}"/>`] : []), `<path class="${style}" d="${d}"/>`]
}

function dotSvg({ x, y, r, style }: Dot): string {
  return `<circle class="${style}" cx="${round(x)}" cy="${round(y)}" r="${r}"/>`
}

function textSvg({ x, y, fitted, style, anchor }: Text): string {
  const { text, width, full, isForced } = fitted
  const attributes = [
    `class="${style}"`,
    `x="${round(x)}"`,
    `y="${round(y)}"`,
    ...(anchor ? [`text-anchor="${anchor}"`] : []),
    ...(isForced ? [`textLength="${round(width)}"`, 'lengthAdjust="spacingAndGlyphs"'] : []),
  ]
  const title = full === undefined ? '' : `<title>${escaped(full)}</title>`
  return `<text ${attributes.join(' ')}>${title}${escaped(text)}</text>`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

/** As the content of an element. XML has no way to write some characters, and others turn the direction of a text. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\uFFFE\uFFFF]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
