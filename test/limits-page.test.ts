import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { limitsPage } from '../docs/limits-page.ts'
import { limitRows } from '../src/profile/limits.ts'

describe('docs/limits.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../docs/limits.md'), 'utf8')

  it('is what generate.ts makes of the table', () => {
    expect(limitsPage()).toEqual({ 'docs/limits.md': page })
  })

  it('has each limit once, with its number and its reason', () => {
    const rows = page.split('\n').filter(line => line.startsWith('| `'))
    expect(rows).toEqual(
      limitRows.map(
        ({ name, max, of, reason }) => `| \`${name}\` | ${max.toLocaleString('en-US')} | ${of} | ${reason} |`,
      ),
    )
  })
})
