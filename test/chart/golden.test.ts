import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { stringify } from 'yaml'
import { describeWithHelm, type Manifest, render } from './helm.ts'
import { installations } from './installations.ts'

/**
 * What the chart makes of values, object by object; of profiles and the dashboard only that they are there.
 * `UPDATE_GOLDEN=1` writes the files anew; the difference is then for review.
 */
const isUpdate = process.env['UPDATE_GOLDEN'] === '1'
const directory = join(import.meta.dirname, 'golden')

describeWithHelm('the chart', () => {
  it.each(Object.entries(installations))(
    'makes of the values "%s" what golden/ has',
    async (name, rendering) => {
      const text = (await render(rendering)).map(without).map(write).join('---\n')
      const file = join(directory, `${name}.yaml`)
      if (isUpdate) writeFileSync(file, text)
      expect(existsSync(file), 'run with UPDATE_GOLDEN=1 to write it').toBe(true)
      expect(text).toBe(readFileSync(file, 'utf8'))
    },
  )

  it('has no golden file of values that are not tried', () => {
    const files = readdirSync(directory).map(file => basename(file, '.yaml'))
    expect(files.sort()).toEqual(Object.keys(installations).sort())
  })
})

/** Their content is generated, and tested where it comes from. */
function without({ spec, data, ...manifest }: Manifest): object {
  const isGenerated = manifest.kind === 'ClusterSidecarProfile' || data !== undefined
  return { ...manifest, ...(!isGenerated && spec !== undefined && { spec }) }
}

const write = (object: object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })
