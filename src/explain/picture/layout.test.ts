import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { layout } from './layout.ts'
import { pictures } from './pictured.fixture.ts'
import { podPicture } from './pod-picture.ts'
import type { Box, Scene } from './scene.ts'

const boxesOf = ({ boxes }: Scene, style: RegExp) => boxes.filter(box => style.test(box.style))
const isApart = (a: Box, b: Box) =>
  a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y

describe('the layout of a picture', () => {
  it('keeps boxes and labels apart and on the page, for any Pod', () => {
    fc.assert(
      fc.property(pictures, picture => {
        const { width, height, ...scene } = layout(picture)
        const boxes = boxesOf(scene, /^(card|end)/)
        for (const [i, box] of boxes.entries()) {
          expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height).toBe(
            true,
          )
          for (const other of boxes.slice(i + 1)) expect(isApart(box, other)).toBe(true)
        }
      }),
      { numRuns: 150 },
    )
  })

  it('keeps each text on the page, and those in a box inside it, for any Pod', () => {
    fc.assert(
      fc.property(pictures, picture => {
        const { width, height, ...scene } = layout(picture)
        const boxes = boxesOf(scene, /^(card|end|badge)/)
        for (const { x, y, fitted, anchor } of scene.texts) {
          const left = anchor === 'middle' ? x - fitted.width / 2 : x
          const right = left + fitted.width
          expect(left >= 0 && right <= width && y <= height).toBe(true)
          for (const box of boxes)
            if (x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height)
              expect(left >= box.x && right <= box.x + box.width).toBe(true)
        }
      }),
      { numRuns: 150 },
    )
  })

  it('is bounded, and says how much more there is', () => {
    const volumes = Array.from({ length: 200 }, (_, i) => ({ name: `v${i}`, emptyDir: {} }))
    const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/${name}` }))
    const named = (prefix: string, count: number) =>
      Array.from({ length: count }, (_, i) => ({ name: `${prefix}-${i}`, volumeMounts }))
    const pod = { spec: { initContainers: named('init', 30), containers: named('app', 70), volumes } }
    const profiles = [{ name: 'late', injected: { revision: '', containers: ['app-69'] } }]
    const { height, width, texts } = layout(podPicture(pod, profiles))
    const shown = texts.map(({ fitted }) => fitted.text)
    expect(height).toBeLessThan(6_000)
    expect(width).toBeLessThan(700)
    expect(shown).toContain('and 18 more containers')
    expect(shown).toContain('and 58 more containers')
    expect(shown.filter(text => text === 'and 197 more')).toHaveLength(24)
    // What was injected is shown before others.
    expect(shown).toContain('app-69')
    expect(shown).not.toContain('app-68')
  })
})
