import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, chromium as driver, type Page } from 'playwright-core'
import { assetsOf } from '../../src/cli/playground/assets.ts'
import { responder } from '../../src/cli/playground/respond.ts'
import { fragmentOf, type Shared } from '../../src/playground/share.ts'
import { catalog } from '../../tools/playground/build.ts'
import { chromium } from './chromium.ts'

/** The playground as `pillion playground` serves it, with a browser. */
export interface Served {
  readonly url: string
  readonly browser: Browser
  stop(): Promise<void>
}

export async function serve(directory: string): Promise<Served> {
  const server = createServer(responder(await assetsOf([directory]), await catalog()))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const executablePath = chromium()
  // A container has no user namespaces for the sandbox; the page is our own.
  const browser = await driver.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'] })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    browser,
    async stop() {
      await browser.close()
      server.closeAllConnections()
      server.close()
    },
  }
}

export interface Opened {
  readonly page: Page
  /** URLs of all requests, in their order. */
  readonly requests: readonly string[]
  /** What the browser complained about: errors of scripts, of the console and of the content security policy. */
  readonly complaints: readonly string[]
}

export interface Look {
  readonly width?: number
  readonly theme?: 'light' | 'dark'
}

/** Opens the page in a context of its own, and waits until it shows an outcome. */
export async function open(
  { browser, url }: Served,
  shared: Partial<Shared> = {},
  { width = 1280, theme = 'light' }: Look = {},
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme: theme })
  const page = await context.newPage()
  const requests: string[] = []
  const complaints: string[] = []
  page.on('request', request => void requests.push(request.url()))
  page.on('pageerror', error => void complaints.push(error.message))
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  await page.addInitScript(watchShifts)
  const fragment = Object.keys(shared).length > 0 ? `#${await fragmentOf(shared)}` : ''
  await page.goto(url + fragment)
  await outcome(page)
    .getByText(/injected|denied|skipped|unchanged|none|unreadable/)
    .first()
    .waitFor()
  return { page, requests, complaints }
}

export function outcome(page: Page) {
  return page.getByRole('status', { name: 'Outcome' })
}

/** Adds up how much of the page moved without anybody doing anything: https://web.dev/articles/cls */
function watchShifts(): void {
  const shifts = { sum: 0 }
  Object.assign(globalThis, { shifts })
  new PerformanceObserver(list => {
    for (const entry of list.getEntries() as (PerformanceEntry & {
      value: number
      hadRecentInput: boolean
    })[])
      if (!entry.hadRecentInput) shifts.sum += entry.value
  }).observe({ type: 'layout-shift', buffered: true })
}
