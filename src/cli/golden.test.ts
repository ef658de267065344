import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { main } from './main.ts'

/**
 * Each manifest of golden/ gives, injected with golden/profiles/, the file of its name in golden/expected/,
 * to the byte. `UPDATE_GOLDEN=1` writes those anew; the difference is then for review.
 */
const golden = new URL('golden/', import.meta.url)
const isUpdate = process.env['UPDATE_GOLDEN'] === '1'

describe('golden', () => {
  it.each(readdirSync(golden).filter(name => name.includes('.')))('%s', async name => {
    const written = readFileSync(new URL(name, golden), 'utf8')
    const expected = new URL(`expected/${name}`, golden)
    const injected = await pillion(
      written,
      'inject',
      '--profiles',
      fileURLToPath(new URL('profiles', golden)),
    )
    if (isUpdate) writeFileSync(expected, injected)
    expect(existsSync(expected), 'run with UPDATE_GOLDEN=1 to write it').toBe(true)
    expect(injected).toBe(readFileSync(expected, 'utf8'))
    expect(await pillion(injected, 'uninject')).toBe(written)
  })
})

async function pillion(stdin: string, ...args: readonly string[]): Promise<string> {
  let out = ''
  const io = {
    out: (text: string) => {
      out += text
    },
    err: () => {},
    stdin: async () => stdin,
    isColoured: false,
  }
  expect(await main(['node', 'pillion', ...args, '-f', '-'], io)).toBe(0)
  return out
}
