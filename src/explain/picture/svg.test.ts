import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pictures } from './pictured.fixture.ts'
import { podPicture } from './pod-picture.ts'
import { style } from './style.ts'
import { pictureSvg } from './svg.ts'

describe('the SVG of a picture', () => {
  it('has names as text, also those that are markup or no characters of XML', () => {
    const svg = pictureSvg(
      podPicture({
        metadata: { name: '<script>alert("1")</script>' },
        spec: { containers: [{ name: 'a&b', image: '\u0001\u202E\uD800\uFFFF]]>' }] },
      }),
    )
    expect(svg).toContain('>&lt;script&gt;alert("1")&lt;/script&gt;</text>')
    expect(svg).toContain('>a&amp;b</text>')
    expect(svg).toContain(']]&gt;</text>')
    for (const bad of ['\u0001', '\u202E', '\uFFFF']) expect(svg).not.toContain(bad)
    expect(svg.isWellFormed()).toBe(true)
  })

  // test/browser reads these with the parser of a browser.
  it('has only the elements of a picture, each with its end, for any Pod', () => {
    const element = /<(\/?)([a-z]+)((?: [a-zA-Z-]+="[^"<]*")*)(\/?)>/g
    const allowed = ['svg', 'title', 'desc', 'style', 'rect', 'path', 'circle', 'text']
    const attributes =
      /^(?: (?:xmlns|class|width|height|viewBox|role|x|y|rx|d|cx|cy|r|text-anchor|textLength|lengthAdjust)="[^"]*")*$/
    fc.assert(
      fc.property(pictures, picture => {
        const svg = pictureSvg(picture)
        const open: string[] = []
        for (const [, end, name = '', given = '', isEmpty] of svg.matchAll(element)) {
          expect(allowed).toContain(name)
          expect(given).toMatch(attributes)
          if (end) expect(open.pop()).toBe(name)
          else if (!isEmpty) open.push(name)
        }
        expect(open).toEqual([])
        expect(svg.replaceAll(element, '')).not.toMatch(/[<\uFFFE\uFFFF]|&(?!amp;|lt;|gt;)/)
        expect([...svg].filter(character => character < ' ' && character !== '\n')).toEqual([])
      }),
      { numRuns: 150 },
    )
  })

  it('says in words what it shows', () => {
    const svg = pictureSvg(podPicture({ metadata: { name: 'web' }, spec: { containers: [{ name: 'app' }] } }))
    expect(svg).toMatch(
      /^<svg [^>]*role="img">\n<title>Pod web<\/title>\n<desc>Pod web\. .*1\. app, app container/,
    )
  })

  it('loads nothing', () => {
    expect(style).not.toMatch(/url\(|@import|@font-face|https?:/)
  })
})

describe('the colours of a picture', () => {
  const themes = [...style.matchAll(/\{((?:--\w+:#\w{6};)+)/g)].map(([, colours = '']) =>
    Object.fromEntries([...colours.matchAll(/--(\w+):(#\w{6})/g)].map(([, name, colour]) => [name, colour])),
  )
  const texts = [
    ...['ink', 'note', 'accent'].flatMap(text => ['card', 'tint'].map(ground => ({ text, ground }))),
    ...['ink', 'note', 'init', 'sidecar', 'app', 'never'].map(text => ({ text, ground: 'page' })),
  ]

  it('are those of a light and a dark theme', () => {
    expect(themes).toHaveLength(2)
  })

  it.each(themes.flatMap((theme, i) => texts.map(pair => ({ theme, is: ['light', 'dark'][i], ...pair }))))(
    'have a contrast of at least 4.5: $text on $ground, $is',
    ({ theme, text, ground }) => {
      const [a = 0, b = 0] = [theme[text]!, theme[ground]!].map(luminance).sort((a, b) => b - a)
      expect((a + 0.05) / (b + 0.05)).toBeGreaterThanOrEqual(4.5)
    },
  )
})

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map(at => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
