import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { chromium } from './chromium.ts'

/** Installs Debian's Chromium if the machine has no Chromium and the user may install packages. */
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
