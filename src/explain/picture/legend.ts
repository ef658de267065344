import type { PodPicture } from './pod-picture.ts'
import type { Row } from './rows.ts'
import { type Scene, text, together } from './scene.ts'

/** What the signs mean, of those that the picture has. */
export function legend(
  { containers, volumes }: PodPicture,
  rows: readonly Row[],
  { x, y, width }: { readonly x: number; readonly y: number; readonly width: number },
): { readonly scene: Scene; readonly height: number } {
  const isInjected = [...containers, ...volumes, ...containers.flatMap(({ mounts }) => mounts)].some(
    ({ profile }) => profile !== undefined,
  )
  const has = (line: Row['line']) => rows.some(row => row.line === line)
  const signs = [
    ...(isInjected ? [{ words: 'injected', sign: injectedSign }] : []),
    ...(has('read-only mount') ? [{ words: 'read-only', sign: readOnlySign }] : []),
    ...(has('calls') ? [{ words: 'connects', sign: callSign }] : []),
    ...(has('listens') ? [{ words: 'listens', sign: listensSign }] : []),
  ]
  if (signs.length === 0) return { scene: together(), height: 0 }
  let at = x
  const scenes = signs.map(({ words, sign }) => {
    const label = text(at + 22, y + 22, words, 'note')
    const drawn = together(sign(at, y + 18), { texts: [label] })
    at += label.fitted.width + 40
    return drawn
  })
  return { scene: together({ lines: [{ d: `M${x} ${y}h${width}`, style: 'rule' }] }, ...scenes), height: 26 }
}

function injectedSign(x: number, y: number): Partial<Scene> {
  return { boxes: [{ x, y: y - 6, width: 16, height: 12, radius: 3, style: 'card injected' }] }
}

function readOnlySign(x: number, y: number): Partial<Scene> {
  return { lines: [{ d: `M${x} ${y}h17`, style: 'line read-only' }] }
}

function callSign(x: number, y: number): Partial<Scene> {
  return { lines: [{ d: `M${x + 8} ${y}h8`, style: 'line' }], dots: [{ x: x + 4, y, r: 4, style: 'call' }] }
}

function listensSign(x: number, y: number): Partial<Scene> {
  return {
    lines: [
      { d: `M${x + 8} ${y}h8`, style: 'line' },
      { d: `M${x} ${y}l8 -4.5v9z`, style: 'arrow' },
    ],
  }
}
