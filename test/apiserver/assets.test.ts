import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { assets } from './assets.ts'
import { usualVersion } from './versions.ts'

describe('assets', () => {
  let home: string
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'pillion-assets-'))
    vi.stubEnv('KUBEBUILDER_ASSETS', '')
    vi.stubEnv('XDG_CACHE_HOME', home)
    vi.stubEnv('PATH', join(home, 'bin'))
    vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
    await rm(home, { recursive: true })
  })

  it('takes what KUBEBUILDER_ASSETS has, before all else', async () => {
    const directory = await withPrograms(join(home, 'given'))
    await withPrograms(join(home, 'pillion', version))
    vi.stubEnv('KUBEBUILDER_ASSETS', directory)
    expect(await assets()).toEqual(programsIn(directory))
  })

  it('does not look further when KUBEBUILDER_ASSETS is wrong', async () => {
    await withPrograms(join(home, 'pillion', version))
    vi.stubEnv('KUBEBUILDER_ASSETS', '/nowhere')
    expect(await assets()).toEqual({
      missing: 'KUBEBUILDER_ASSETS=/nowhere has no etcd or no kube-apiserver',
    })
  })

  it('takes what is in the cache, without Go', async () => {
    const directory = await withPrograms(join(home, 'pillion', version))
    expect(await assets()).toEqual(programsIn(directory))
  })

  it('says in one line what is missing and how to get it', async () => {
    const { missing } = await assets()
    expect(missing).toMatch(/^no kube-apiserver .* there is no go .*\$\(setup-envtest use 1\.37 -p path\)/)
    expect(missing).not.toContain('\n')
  })

  it('does not try with a Go that is too old', async () => {
    await withGo(home, { goVersion: 'go1.19.8' })
    expect((await assets()).missing).toContain('go1.19.8 is too old to build it')
  })

  it('builds once, however many ask at the same time, even over the lock of a build that was killed', async () => {
    await withGo(home)
    await mkdir(join(home, 'pillion'))
    await writeFile(join(home, 'pillion', `${version}.lock.1`), '999999999') // above any pid_max
    const expected = programsIn(join(home, 'pillion', version))
    expect(await Promise.all([assets(), assets(), assets()])).toEqual([expected, expected, expected])
    expect(await readFile(join(home, 'builds'), 'utf8')).toBe('one\n')
    expect(await readdir(join(home, 'pillion'))).toEqual([version])
  })

  it('leaves nothing of a build that fails, and says what Go said', async () => {
    await withGo(home, { fails: true })
    await expect(assets()).rejects.toThrow('go build ended with exit code 1\nno space left on device')
    expect(await readdir(join(home, 'pillion'))).toEqual([])
  })
})

const version = `apiserver-${usualVersion}`

function programsIn(directory: string) {
  return { etcd: join(directory, 'etcd'), kubeApiserver: join(directory, 'kube-apiserver') }
}

async function withPrograms(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true })
  for (const file of Object.values(programsIn(directory))) await writeExecutable(file, '')
  return directory
}

/** Stands in for Go, whose build takes minutes: it makes an empty program, or room for none. */
async function withGo(home: string, { goVersion = 'go1.26.8', fails = false } = {}): Promise<void> {
  await mkdir(join(home, 'bin'))
  const build = fails
    ? 'echo no space left on device >&2; exit 1'
    : `echo one >> ${home}/builds; while [ "$1" != -o ]; do shift; done; /bin/cp "$0" "$2"`
  await writeExecutable(
    join(home, 'bin', 'go'),
    `#!/bin/sh
    case $1 in
      env) echo ${goVersion} ;;
      mod) echo '{"GoMod":"/dev/null"}' ;;
      build) ${build} ;;
    esac\n`,
  )
}

async function writeExecutable(file: string, content: string): Promise<void> {
  await writeFile(file, content)
  await chmod(file, 0o755)
}
