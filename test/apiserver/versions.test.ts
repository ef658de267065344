import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { oldestWithEverything, selectedVersions, usualMinor, usualVersion, versions } from './versions.ts'

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
  expect(workflow('matrix').jobs.matrix.strategy.matrix.minor).toEqual(versions.map(minorOf))
})

it('has the newest and the oldest version in the workflow of each change', () => {
  const { test, oldest } = workflow('test').jobs
  const commands = (steps: readonly { run?: string }[]) => steps.map(({ run }) => run)
  expect(commands(test.steps)).toContain('npm test')
  expect(commands(oldest.steps)).toContain(`npm run matrix -- ${minorOf(oldestWithEverything)}`)
})

const minorOf = (version: string) => version.replace(/^v(\d+\.\d+)\..*/, '$1')

function workflow(name: string) {
  return parse(readFileSync(new URL(`../../.github/workflows/${name}.yml`, import.meta.url), 'utf8'))
}
