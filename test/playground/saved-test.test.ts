import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { pillionWith } from '../../src/cli/recorded.fixture.ts'
import { createAnalysis } from '../../src/playground/analysis.ts'
import type { WhatIf } from '../../src/playground/protocol.ts'
import { asUsual } from '../../src/playground/share.ts'
import { tarOf } from '../../src/playground/tar.ts'
import { catalog, examples } from '../../tools/playground/build.ts'

const { profiles } = await catalog()
const analysis = createAnalysis()
const all = await examples()

function saved(example: (typeof all)[number], whatIf: Partial<WhatIf> = {}) {
  const own = Object.entries(example.profiles).map(([file, text]) => ({ file, text }))
  const question = { id: 1, manifest: example.manifest, profiles: [...profiles, ...own] }
  return analysis.testFiles({ ...question, whatIf: { ...asUsual, ...whatIf } })
}

async function folderOf(reply: ReturnType<typeof saved>): Promise<string> {
  if ('problem' in reply) throw new Error(reply.problem)
  const folder = await mkdtemp(join(tmpdir(), 'pillion-saved-test-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'saved.tar'), tarOf(reply.files))
  execFileSync('tar', ['xf', 'saved.tar'], { cwd: folder })
  return folder
}

async function pillionTest(folder: string) {
  const { code, out, err } = await pillionWith(['test', folder])
  return { code, output: out + err }
}

describe('a test that the playground saves', () => {
  it.each(all)('passes: $title', async example => {
    const folder = await folderOf(saved(example))
    expect(await pillionTest(folder)).toEqual({ code: 0, output: expect.any(String) })
  })

  it.each(all)('passes with another version and namespace: $title', async example => {
    const what = {
      kubernetesVersion: '1.28',
      namespace: 'shop',
      namespaceLabels: { 'pillion.dev/inject': 'enabled' },
      namespaceAnnotations: { 'pillion.dev/inject': 'log-tail' },
    }
    const folder = await folderOf(saved(example, what))
    expect(await readFile(join(folder, 'namespace.yaml'), 'utf8')).toContain('name: shop')
    expect(await readFile(join(folder, 'expected-1.28.yaml'), 'utf8')).toMatch(/^outcome|^workload/)
    expect(await pillionTest(folder)).toEqual({ code: 0, output: expect.any(String) })
  })

  it('fails when its profile changes', async () => {
    const reply = saved(all[0]!)
    if ('problem' in reply) throw new Error(reply.problem)
    const file = 'profiles/catalog-log-tail.yaml'
    const changed = reply.files[file]!.replace('default: 32Mi', 'default: 33Mi')
    expect(changed).not.toBe(reply.files[file])
    const folder = await folderOf({ files: { ...reply.files, [file]: changed } })
    expect(await pillionTest(folder)).toMatchObject({ code: 1 })
  })

  it('is not made of a second call, of no workload, or of a manifest that is not YAML', () => {
    expect(saved(all[0]!, { isSecondCall: true })).toMatchObject({
      problem: expect.stringContaining('one call'),
    })
    const [example] = all
    expect(saved({ ...example!, manifest: '' })).toEqual({ problem: 'the manifest has no workload' })
    expect(saved({ ...example!, manifest: 'a: [' })).toMatchObject({ problem: expect.any(String) })
  })
})

describe('a tar archive', () => {
  it('has files of any length, in Unicode', async () => {
    const files = { 'a/empty.txt': '', 'a/block.txt': 'x'.repeat(512), 'b/ünïcode.txt': '→'.repeat(700) }
    const folder = await folderOf({ files })
    for (const [path, text] of Object.entries(files))
      expect(await readFile(join(folder, path), 'utf8')).toBe(text)
  })
})
