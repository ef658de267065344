import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Files, followFiles, readFiles } from './file-bytes.ts'
import { eventually, replaceFile, temporaryDirectory } from './server.fixture.ts'

async function watched(path: string) {
  const seen: string[] = []
  const read = vi.fn(() => readFiles([path]))
  const stopping = new AbortController()
  onTestFinished(() => stopping.abort())
  const parse = (files: Files) => text(files, path)
  const changed = (content: string) => seen.push(content)
  const first = await followFiles({ read, parse, changed, intervalMs: 5, signal: stopping.signal })
  return { first, seen, read }
}

function text(files: Files, path: string): string {
  const content = files.get(path)
  return Buffer.isBuffer(content) ? content.toString() : 'unreadable'
}

describe('followFiles', () => {
  it('tells of new bytes, of a file that goes, and of one that comes back', async () => {
    const path = join(await temporaryDirectory(), 'file')
    await writeFile(path, 'one')
    const { first, seen } = await watched(path)
    expect(first).toBe('one')
    await replaceFile(path, 'two')
    await eventually(() => expect(seen).toEqual(['two']))
    await rm(path)
    await eventually(() => expect(seen).toEqual(['two', 'unreadable']))
    await replaceFile(path, 'two')
    await eventually(() => expect(seen).toEqual(['two', 'unreadable', 'two']))
  })

  it('says nothing of the same bytes written again', async () => {
    const path = join(await temporaryDirectory(), 'file')
    await writeFile(path, 'one')
    const { seen, read } = await watched(path)
    await replaceFile(path, 'one')
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
    const read = vi.fn(() => slow.promise).mockResolvedValueOnce(new Map())
    const stopping = new AbortController()
    const changed = (files: Files) => seen.push(files)
    await followFiles({ read, parse: files => files, changed, intervalMs: 1, signal: stopping.signal })
    await eventually(() => expect(read).toHaveBeenCalledTimes(2))
    stopping.abort()
    slow.resolve(await readFiles([path]))
    await slow.promise
    await new Promise(setImmediate)
    expect(seen).toEqual([])
    expect(read).toHaveBeenCalledTimes(2)
  })
})
