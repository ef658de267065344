import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { stringify } from 'yaml'
import { describeWithHelm, type Rendering, render } from './helm.ts'
import { installations } from './installations.ts'

/**
 * What the chart makes of values: with none of them all objects, otherwise those that are others then. Profiles and the
 * dashboard are tested where they come from. `UPDATE_GOLDEN=1` writes the files anew; the difference is then for review.
 */
const isUpdate = process.env['UPDATE_GOLDEN'] === '1'
const directory = join(import.meta.dirname, 'golden')
const golden = ['default', 'least', 'most'] as const

describeWithHelm('the chart', () => {
  it.each(golden)('makes of the values "%s" what golden/ has', async name => {
    const usual = name === 'default' ? [] : await documents({})
    const text = (await documents(installations[name])).filter(each => !usual.includes(each)).join('---\n')
    const file = join(directory, `${name}.yaml`)
    if (isUpdate) writeFileSync(file, text)
    expect(existsSync(file), 'run with UPDATE_GOLDEN=1 to write it').toBe(true)
    expect(text).toBe(readFileSync(file, 'utf8'))
  })

  it('has no golden file of values that are not tried', () => {
    const files = readdirSync(directory).map(file => basename(file, '.yaml'))
    expect(files.sort()).toEqual([...golden])
  })
})

async function documents(rendering: Rendering): Promise<readonly string[]> {
  const manifests = await render(rendering)
  return manifests
    .filter(({ kind, data }) => kind !== 'ClusterSidecarProfile' && data === undefined)
    .map(write)
}

const write = (object: object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })
