import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The file of Chromium: that of CHROMIUM, or the first on the PATH; undefined if there is none. */
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
