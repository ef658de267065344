import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Files, readFiles, watchBytes } from './file-bytes.ts'
import { eventually, temporaryDirectory } from './server.fixture.ts'

async function watched(path: string) {
  const seen: string[] = []
  const read = vi.fn(() => readFiles([path]))
  const watch = watchBytes({
    read,
    known: await readFiles([path]),
    intervalMs: 5,
    changed: files => seen.push(text(files, path)),
  })
  onTestFinished(watch.stop)
  return { seen, read, watch }
}

function text(files: Files, path: string): string {
  const content = files.get(path)
  return Buffer.isBuffer(content) ? content.toString() : 'unreadable'
}

describe('watchBytes', () => {
  it('tells of new bytes, of a file that goes, and of one that comes back', async () => {
    const path = join(await temporaryDirectory(), 'file')
    await writeFile(path, 'one')
    const { seen } = await watched(path)
    await writeFile(`${path}.new`, 'two')
    await rename(`${path}.new`, path)
    await eventually(() => expect(seen).toEqual(['two']))
    await rm(path)
    await eventually(() => expect(seen).toEqual(['two', 'unreadable']))
    await writeFile(`${path}.new`, 'two')
    await rename(`${path}.new`, path)
    await eventually(() => expect(seen).toEqual(['two', 'unreadable', 'two']))
  })

  it('says nothing of the same bytes written again', async () => {
    const path = join(await temporaryDirectory(), 'file')
    await writeFile(path, 'one')
    const { seen, read } = await watched(path)
    await writeFile(`${path}.new`, 'one')
    await rename(`${path}.new`, path)
    const looks = read.mock.calls.length
    await eventually(() => expect(read.mock.calls.length).toBeGreaterThan(looks + 2))
    expect(seen).toEqual([])
  })

  it('follows the swap of a link above the file, as Kubernetes mounts do it', async () => {
    const directory = await temporaryDirectory()
    for (const version of ['one', 'two']) {
      await mkdir(join(directory, `..${version}`))
      await writeFile(join(directory, `..${version}`, 'file'), version)
    }
    await symlink('..one', join(directory, '..data'))
    await symlink(join('..data', 'file'), join(directory, 'file'))
    const { seen } = await watched(join(directory, 'file'))
    await symlink('..two', join(directory, '..data_tmp'))
    await rename(join(directory, '..data_tmp'), join(directory, '..data'))
    await eventually(() => expect(seen).toEqual(['two']))
  })

  it('is quiet once it is stopped, even when it is just looking', async () => {
    const path = join(await temporaryDirectory(), 'file')
    const seen: Files[] = []
    const slow = Promise.withResolvers<Files>()
    const read = vi.fn(() => slow.promise)
    const watch = watchBytes({ read, known: new Map(), intervalMs: 1, changed: files => seen.push(files) })
    await eventually(() => expect(read).toHaveBeenCalledOnce())
    watch.stop()
    slow.resolve(await readFiles([path]))
    await slow.promise
    await new Promise(setImmediate)
    expect(seen).toEqual([])
    expect(read).toHaveBeenCalledOnce()
  })
})
