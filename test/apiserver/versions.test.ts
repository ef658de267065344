import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { selectedVersions, usualMinor, usualVersion, versions } from './versions.ts'

it('tests every version without arguments, and with arguments those that they name', () => {
  expect(selectedVersions([])).toEqual(versions)
  expect(selectedVersions(['1.37', 'v1.28'])).toEqual(versions.filter(v => /^v1\.(28|37)\./.test(v)))
  expect(selectedVersions([usualVersion])).toEqual([usualVersion])
})

it('uses the newest version', () => {
  expect(usualVersion).toBe(versions.at(-1))
  expect(usualVersion).toMatch(`v${usualMinor}.`)
})

it('says which versions there are', () => {
  expect(() => selectedVersions(['1.3', '1.34', '2'])).toThrow(
    `1.3, 2 is not tested; the versions are ${versions.join(', ')}`,
  )
})

it('has every version in the workflow of the night', () => {
  const workflow = readFileSync(new URL('../../.github/workflows/matrix.yml', import.meta.url), 'utf8')
  const minors = versions.map(version => version.replace(/^v(\d+\.\d+)\..*/, '$1'))
  expect(parse(workflow).jobs.matrix.strategy.matrix.minor).toEqual(minors)
})
