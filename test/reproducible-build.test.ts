import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundledFiles } from '../tools/build.ts'
import { licensesOf, packagesOf } from '../tools/release/licenses.ts'

const root = join(import.meta.dirname, '..')
const sources = ['src', 'catalog', 'tools', 'package.json', 'tsconfig.json']

let directory: string
let files: readonly string[]
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pillion-build-'))
  files = await bundledFiles()
})
afterAll(() => rm(directory, { recursive: true }))

it('two builds in different directories have the same bytes', async () => {
  const [one, other] = [join(directory, 'one'), join(directory, 'another/place')]
  await copyTo(one)
  await copyTo(other)
  const hashes = await built(one)
  expect(Object.keys(hashes)).toEqual(['LICENSES.txt', 'main.js', 'main.js.map', 'pillion.js'])
  expect(await built(other)).toEqual(hashes)
  const text = await readFile(join(other, 'dist/main.js'), 'utf8')
  expect(text).not.toContain(directory)
})

it('the bundle has fewer than 60 packages', async () => {
  const packages = await packagesOf(files)
  expect(packages.length).toBeGreaterThan(10)
  expect(packages.length).toBeLessThan(60)
})

it('no bundle is made with a package whose license does not allow to distribute it', async () => {
  expect(await licensesOf(files)).toContain('(Apache-2.0)')
  const other = join(directory, 'licenses/node_modules/other')
  await mkdir(other, { recursive: true })
  const manifest = { name: 'other', version: '1.0.0', license: 'GPL-3.0-only' }
  await writeFile(join(other, 'package.json'), JSON.stringify(manifest))
  const refusal = 'does not allow the license of other (GPL-3.0-only)'
  await expect(licensesOf([...files, join(other, 'index.js')])).rejects.toThrow(refusal)
})

/** The sources, and the files of packages that are bundled. The build resolves links, so these are copies. */
async function copyTo(checkout: string): Promise<void> {
  await mkdir(join(checkout, 'node_modules'), { recursive: true })
  for (const each of sources) await cp(join(root, each), join(checkout, each), { recursive: true })
  const directories = files.flatMap(file => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [])
  for (const each of new Set(directories)) {
    for (const file of await readdir(join(root, each), { withFileTypes: true })) {
      if (file.isFile()) await cp(join(root, each, file.name), join(checkout, each, file.name))
    }
  }
  for (const file of files) {
    if (!file.startsWith('node_modules/')) continue
    await mkdir(dirname(join(checkout, file)), { recursive: true })
    await cp(join(root, file), join(checkout, file))
  }
  for (const tool of ['esbuild', '@esbuild'])
    await symlink(join(root, 'node_modules', tool), join(checkout, 'node_modules', tool))
}

async function built(checkout: string): Promise<Readonly<Record<string, string>>> {
  await promisify(execFile)(process.execPath, ['tools/build.ts'], { cwd: checkout })
  const names = (await readdir(join(checkout, 'dist'))).sort()
  const hashes = names.map(async name => {
    const content = await readFile(join(checkout, 'dist', name))
    return [name, createHash('sha256').update(content).digest('hex')] as const
  })
  return Object.fromEntries(await Promise.all(hashes))
}
