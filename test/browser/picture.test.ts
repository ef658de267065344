import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pictures } from '../../src/explain/picture/pictured.fixture.ts'
import { pictureSvg } from '../../src/explain/picture/svg.ts'
import { launchChromium } from './chromium.fixture.ts'

describe('the picture of a Pod in a browser', () => {
  let browser: Browser
  let page: Page
  const requests: string[] = []
  beforeAll(async () => {
    browser = await launchChromium()
    page = await browser.newPage()
    page.on('request', request => requests.push(request.url()))
  })
  afterAll(() => browser.close())

  it('is XML, and its texts end inside their boxes and on the page, for any Pod', async () => {
    const svgs = fc
      .sample(pictures, { numRuns: 200, seed: Number(process.env['PILLION_SEED']) })
      .map(pictureSvg)
    expect(await page.evaluate(faultsOf, svgs)).toEqual([])
  })

  it('is XML in the documentation', async () => {
    const names = ['catalog/log-tail', 'catalog/ambassador', 'catalog/config-updater', 'multi-container-demo']
    const svgs = await Promise.all(names.map(name => readFile(`docs/${name}.svg`, 'utf8')))
    expect(await page.evaluate(faultsOf, svgs)).toEqual([])
  })

  it('finds faults', async () => {
    const svg = (content: string) => `<svg xmlns="http://www.w3.org/2000/svg" width="200">${content}</svg>`
    const faults = await page.evaluate(faultsOf, [
      svg('<text>a & b</text>'),
      svg('<text x="190" y="20">too far to the right</text>'),
      svg('<rect x="1" y="1" width="30" height="30"/><text x="5" y="20">too long for its box</text>'),
      svg('<text x="5" y="20">fine</text>'),
    ])
    expect(faults).toHaveLength(3)
  })

  it('has the colours that the reader prefers', async () => {
    const svg = await readFile('docs/multi-container-demo.svg')
    await page.setContent(`<img src="data:image/svg+xml;base64,${svg.toString('base64')}">`)
    const shots = []
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      shots.push(await page.locator('img').screenshot())
    }
    expect(shots[0]!.equals(shots[1]!)).toBe(false)
  })

  it('loads nothing', () => {
    expect(requests.filter(url => !url.startsWith('data:'))).toEqual([])
  })
})

/** Runs in the browser. */
function faultsOf(svgs: readonly string[]): readonly string[] {
  const { DOMParser, document } = globalThis as unknown as Dom
  return svgs.flatMap(text => {
    const parsed = new DOMParser().parseFromString(text, 'image/svg+xml')
    const error = parsed.querySelector('parsererror')
    if (error) return [`${error.textContent}`]
    document.body.replaceChildren(parsed.documentElement)
    const svg = document.body.firstElementChild!
    const width = Number(svg.getAttribute('width'))
    const boxes = [...svg.querySelectorAll('rect:not(.page)')].map(rect => rect.getBBox())
    return [...svg.querySelectorAll('text')].flatMap(element => {
      const { x, y, width: own, height } = element.getBBox()
      const [right, middle] = [x + own, y + height / 2]
      const around = boxes.filter(
        box => x + 1 > box.x && x < box.x + box.width && middle > box.y && middle < box.y + box.height,
      )
      const isInside = x >= 0 && right <= width && around.every(box => right <= box.x + box.width)
      return isInside ? [] : [`${element.textContent}`]
    })
  })
}

/** What this test needs of the DOM, whose types the tests for Node do not have. */
interface Dom {
  readonly DOMParser: new () => {
    parseFromString(text: string, type: string): DomElement & { documentElement: DomElement }
  }
  readonly document: { readonly body: DomElement & { replaceChildren(child: DomElement): void } }
}

interface DomElement {
  readonly textContent: string | null
  readonly firstElementChild: DomElement | null
  getAttribute(name: string): string | null
  querySelector(selector: string): DomElement | null
  querySelectorAll(selector: string): Iterable<DomElement>
  getBBox(): { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
}
