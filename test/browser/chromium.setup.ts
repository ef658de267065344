import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { chromium } from './chromium.ts'

/** Installs Debian's Chromium where there is none and the machine allows it. */
export default async function setup(): Promise<void> {
  if (chromium() || process.getuid?.() !== 0) return
  const apt = (...args: readonly string[]) =>
    promisify(execFile)('apt-get', ['-qq', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  try {
    await apt('update')
    await apt('install', '-y', '--no-install-recommends', 'chromium')
  } catch (error) {
    process.stderr.write(`Chromium could not be installed: ${(error as Error).message}\n`)
  }
}
