import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium as driver } from 'playwright-core'

/** The file of Chromium: that of CHROMIUM, or the first on the PATH; undefined if this machine has no Chromium. */
export function chromium(): string | undefined {
  const { CHROMIUM, PATH = '' } = process.env
  const names = ['chromium', 'chromium-browser', 'google-chrome']
  const found = PATH.split(delimiter).flatMap(directory => names.map(name => join(directory, name)))
  return [CHROMIUM, ...found].find(file => file !== undefined && isExecutable(file))
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export async function launchChromium(): Promise<Browser> {
  const executablePath = chromium()
  return driver.launch({ ...(executablePath && { executablePath }), args })
}

const args = [
  // A container has no user namespaces for the sandbox, and Chromium loads only what the tests give to it.
  '--no-sandbox',
  // A page that Chromium believes to be hidden draws once a second.
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
]
