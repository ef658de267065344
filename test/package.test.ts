import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { transform } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }

const run = promisify(execFile)
const asNode20 = `
  Object.defineProperty(process, 'versions', { value: { node: '20.20.2' } })
  Object.defineProperty(process, 'version', { value: 'v20.20.2' })`
const root = join(import.meta.dirname, '..')

describe('the package', () => {
  let directory: string
  let manifest: Record<string, object>

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pillion-package-'))
    const { stdout } = await run(process.execPath, [join(root, 'tools/release/package.ts'), directory])
    const archive = stdout.trim().split('\n').at(-1) ?? ''
    // Offline: whatever it needs is in it.
    await run('npm', ['install', '--offline', '--no-save', '--prefix', directory, archive])
    manifest = JSON.parse(await readFile(installed('pillion/package.json'), 'utf8'))
  })
  afterAll(() => rm(directory, { recursive: true }))

  const installed = (path: string) => join(directory, 'node_modules', path)
  const pillion = (...words: string[]) => run(installed('.bin/pillion'), words, { cwd: directory })

  it('needs no other package', () => {
    expect(Object.keys(manifest).filter(key => /dependencies$/i.test(key))).toEqual([])
  })

  it('runs no script when it is installed', () => {
    expect(manifest).not.toHaveProperty('scripts')
  })

  it('has its version', async () => {
    expect((await pillion('--version')).stdout.trim()).toBe(packageJson.version)
  })

  it('prints help', async () => {
    expect((await pillion('--help')).stdout).toContain('inject')
  })

  it('injects, with the catalog that comes with it', async () => {
    const { stdout } = await pillion('inject', '-f', installed('pillion/examples/multi-container-demo.yaml'))
    expect(stdout).toContain('pillion.dev/status')
  })

  it('names our sources where something breaks', async () => {
    const program = `
      const { main } = await import(${JSON.stringify(installed('pillion/dist/main.js'))})
      const io = { out() { throw new Error('a full disk') }, err() {}, isColoured: false }
      await main(['node', 'pillion', 'profiles'], io).catch(error => console.log(error.stack))`
    const { stdout } = await run(process.execPath, [
      '--enable-source-maps',
      '--input-type=module',
      '-e',
      program,
    ])
    expect(stdout).toMatch(/at run\d* \(.*src\/cli\/profiles\/run\.ts:\d+/)
  })

  it('has the licenses of what is bundled', async () => {
    const text = await readFile(installed('pillion/dist/LICENSES.txt'), 'utf8')
    expect(text).toMatch(/^fastify \d.*\(MIT\)\n {2}Copyright/m)
    expect(text).toContain('Permission is hereby granted, free of charge')
    expect(text).toContain('Apache License')
  })

  describe('with a Node that is too old', () => {
    it('has an entry point that it can read', async () => {
      const text = await readFile(installed('pillion/dist/pillion.js'), 'utf8')
      const [old, any] = await Promise.all([
        transform(text, { target: 'node12.20' }),
        transform(text, { target: 'esnext' }),
      ])
      expect(old.code).toBe(any.code)
      // It would be read before the first line runs.
      expect(text).not.toMatch(/\b(?:im|ex)port\b(?!\()/)
    })

    it.each(['.bin/pillion', '.bin/kubectl-pillion'])('says so in one sentence: %s', async name => {
      const flags = [`--import=data:text/javascript,${encodeURIComponent(asNode20)}`]
      const failed = await run(process.execPath, [...flags, installed(name), '--help']).catch(error => error)
      expect(failed).toMatchObject({
        code: 2,
        stdout: '',
        stderr: `pillion needs Node 22.19 or newer, and ${process.execPath} is v20.20.2: install a newer one\n`,
      })
    })

    it('says so on the Node of this machine, if that is too old', async () => {
      const path = (process.env['PATH'] ?? '').split(delimiter).filter(each => !each.includes('node_modules'))
      const env = { ...process.env, PATH: path.join(delimiter) }
      const { stdout } = await run('node', ['-p', 'process.versions.node'], { env }).catch(() => ({
        stdout: '24.0',
      }))
      const [major = 0, minor = 0] = stdout.split('.').map(Number)
      const isTooOld = major < 22 || (major === 22 && minor < 19)
      const ran = await run(installed('.bin/kubectl-pillion'), ['--help'], { env }).catch(error => error)
      const words = isTooOld
        ? {
            stderr: expect.stringMatching(
              /^pillion needs Node 22\.19 or newer, and .*: install a newer one\n$/,
            ),
          }
        : { stdout: expect.stringContaining('Usage: kubectl pillion') }
      expect(ran).toMatchObject(words)
    })
  })

  it('is a plugin of kubectl, too', async () => {
    expect((await run(installed('.bin/kubectl-pillion'), ['--help'])).stdout).toContain(
      'Usage: kubectl pillion',
    )
  })
})
