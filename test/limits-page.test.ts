import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { limitRows, limits } from '../src/limits/limits.ts'
import { limitsPage } from '../tools/docs/limits-page.ts'

describe('docs/limits.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../docs/limits.md'), 'utf8')

  it('is what tools/generate.ts makes of the table', () => {
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

describe('docs/admin.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../docs/admin.md'), 'utf8')
  const [, section = ''] = page.split('## What happens under overload\n')
  const bounds = new Map(
    [...section.matchAll(/^\| (.+?) \| (.+?) \| .+ \|$/gm)].map(([, what = '', bound = '']) => [what, bound]),
  )
  const mebibytes = (bytes: number) => `${bytes / 1_024 / 1_024} MiB`

  it.each([
    ['TLS handshakes', `${limits.handshakes}`],
    ['connections with a request', `${limits.openConnections}`],
    ['idle connections', `${limits.idleConnections}`],
    ['connections without a client certificate', `${limits.strangerConnections}`],
    ['connections of the port of `/metrics`', `${limits.metricsConnections}`],
    ['memory for all requests together', mebibytes(limits.bytesInFlight)],
    ['a request, from its first byte', `${limits.requestMs / 1_000} s`],
    ['a handshake, or a connection', `${limits.requestMs / 1_000} s`],
    ['bytes of a body', mebibytes(limits.bodyBytes)],
    ['values of a body', limits.bodyValues.toLocaleString('en-US')],
  ])('says of %s under overload what the table says', (start, bound) => {
    expect([...bounds].find(([what]) => what.startsWith(start))?.[1]).toBe(bound)
  })
})

describe('the table of limits', () => {
  const root = join(import.meta.dirname, '..')
  const sources = globSync('src/**/*.ts', { cwd: root })
    .filter(path => !path.includes('profile/limits') && !/\.(test|fixture)\.ts$/.test(path))
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
