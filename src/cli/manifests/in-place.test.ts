import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { replaceFile } from './in-place.ts'

it('does not replace a file that somebody changed meanwhile, and leaves nothing behind', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pillion-in-place-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const file = join(directory, 'pod.yaml')
  await writeFile(file, 'changed')
  await expect(replaceFile(file, 'read', 'new')).rejects.toThrow('somebody changed the file meanwhile')
  expect(await readFile(file, 'utf8')).toBe('changed')
  expect(await readdir(directory)).toEqual(['pod.yaml'])
  await replaceFile(file, 'changed', 'new')
  expect(await readFile(file, 'utf8')).toBe('new')
})
