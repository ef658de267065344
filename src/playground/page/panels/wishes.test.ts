import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { wishes } from './wishes.ts'

it('the chooser has a sentence for each profile of the catalog', () => {
  const files = globSync('*.yaml', { cwd: join(import.meta.dirname, '../../../../catalog') })
  expect(Object.keys(wishes).toSorted()).toEqual(files.map(file => basename(file, '.yaml')).toSorted())
})

it('each sentence goes on after "I want"', () => {
  for (const wish of Object.values(wishes))
    expect(wish).toMatch(/^(?:my |to |a |TLS|metrics |configuration ).*[^.]$/)
})
