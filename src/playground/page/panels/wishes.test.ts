import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { grouped, wishes } from './wishes.ts'

it('the chooser has a sentence for each profile of the catalog', () => {
  const files = globSync('*.yaml', { cwd: join(import.meta.dirname, '../../../../catalog') })
  expect(Object.keys(wishes).toSorted()).toEqual(files.map(file => basename(file, '.yaml')).toSorted())
})

it('each sentence goes on after "I want"', () => {
  for (const wish of Object.values(wishes))
    expect(wish).toMatch(/^(?:my |to |a |TLS|metrics |configuration ).*[^.]$/)
})

it('has what is requested first, then profiles of your own, then the catalog by need', () => {
  const items = ['ambassador', 'logging', 'mine', 'log-tail', 'proxy'].map(name => ({
    name,
    isOwn: name === 'mine',
  }))
  const shown = grouped(items, new Set(['proxy'])).map(group => [
    group.title,
    ...group.items.map(({ name }) => name),
  ])
  expect(shown).toEqual([
    ['Requested', 'proxy'],
    ['Your own profiles', 'mine'],
    ['Logs', 'log-tail', 'logging'],
    ['Network', 'ambassador'],
  ])
})
