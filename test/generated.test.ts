import { execFileSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { manifestFiles } from '../tools/chart/manifests.ts'
import { generated } from '../tools/generated-files.ts'

const root = join(import.meta.dirname, '..')
const isThere = (file: string) => existsSync(join(root, file))
const git = (args: readonly string[], input = '') =>
  execFileSync('git', args, { cwd: root, input, encoding: 'utf8' }).split('\n').filter(Boolean)

describe('.gitattributes', () => {
  it('marks each file that nobody edits as generated, and no other', async () => {
    const { files } = await generated(root)
    const byHand = globSync(['src/**/*.gen.json', 'test/chart/golden/*'], { cwd: root })
    const written = [...Object.keys(files), ...manifestFiles(), ...byHand]
    const expected = [...new Set(written)].filter(isThere)
    const all = git(['ls-files', '--cached', '--others', '--exclude-standard']).filter(isThere)
    const marked = git(['check-attr', '--stdin', 'linguist-generated'], all.join('\n')).flatMap(
      line => /^(.*): linguist-generated: set$/.exec(line)?.[1] ?? [],
    )
    expect([...new Set(marked)].sort()).toEqual(expected.sort())
  })
})
