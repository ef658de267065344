import { globSync, readFileSync } from 'node:fs'
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

describe('the table of limits', () => {
  const root = join(import.meta.dirname, '..')
  const sources = globSync('src/**/*.ts', { cwd: root })
    .filter(path => !path.endsWith('profile/limits.ts') && !/\.(test|fixture)\.ts$/.test(path))
    .map(path => readFileSync(join(root, path), 'utf8'))

  it.each(limitRows.map(({ name }) => name))('has %s, which the code enforces', name => {
    const use = new RegExp(`\\blimits\\.${name}\\b`)
    const users = sources.filter(source =>
      source.split('\n').some(line => !/^\s*(\*|\/)/.test(line) && use.test(line)),
    )
    expect(users).not.toEqual([])
  })

  it('says of each what it is, differently from all others', () => {
    const what = limitRows.map(({ of }) => of)
    expect(new Set(what).size).toBe(what.length)
  })
})
