import { globSync, readFileSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { annotation } from '../../engine/pod.ts'
import { pillionWith } from '../recorded.fixture.ts'

/**
 * The folders of golden/ are test cases of `pillion test`. `npx pillion test src/cli/test/golden --update` writes anew what
 * they expect; the difference is then for review.
 */
const golden = join(import.meta.dirname, 'golden')
const cases = globSync('*/pod.yaml', { cwd: golden })
  .map(file => dirname(file))
  .sort()

describe('golden', () => {
  it('passes', async () => {
    const { code, out } = await pillionWith(['test', golden])
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining(`\n${cases.length} cases passed`) })
  })

  it('is to the byte what --update writes', async () => {
    const copy = await mkdtemp(join(tmpdir(), 'pillion-golden-'))
    onTestFinished(() => rm(copy, { recursive: true }))
    await cp(golden, copy, { recursive: true, filter: file => basename(file) !== 'expected.yaml' })
    await pillionWith(['test', copy, '--update'])
    for (const name of cases)
      expect(read(join(copy, name, 'expected.yaml')), name).toBe(read(join(golden, name, 'expected.yaml')))
  })

  it.each(cases)('%s: a second call changes nothing, and uninject gives the manifest again', async name => {
    const folder = join(golden, name)
    const manifest = read(join(folder, 'pod.yaml'))
    const profiles = ['--profiles', join(folder, 'profiles')]
    const injected = await pillionWith(['inject', '-f', '-', ...profiles], manifest)
    if (injected.code !== 0) return
    expect((await pillionWith(['inject', '-f', '-', ...profiles], injected.out)).out).toBe(injected.out)
    if (manifest.includes(annotation.status)) return
    expect((await pillionWith(['uninject', '-f', '-'], injected.out)).out).toBe(manifest)
  })
})

const read = (file: string) => readFileSync(file, 'utf8')
