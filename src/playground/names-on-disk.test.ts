import fc from 'fast-check'
import { expect, it } from 'vitest'
import { namesOnDisk } from './names-on-disk.ts'

it.each([
  { files: ['catalog/log-tail.yaml'], names: ['catalog-log-tail.yaml'] },
  { files: ['a/b.yaml', 'a-b.yaml', 'a b.yml'], names: ['a-b.yaml', 'a-b-2.yaml', 'a-b-3.yaml'] },
  { files: ['../../etc/passwd', '..', ''], names: ['etc-passwd.yaml', 'profile.yaml', 'profile-2.yaml'] },
  { files: ["'; rm -rf ~ #\u0003\n.yaml"], names: ['rm--rf-.yaml'] },
])('$files become $names', ({ files, names }) => {
  expect(namesOnDisk(files)).toEqual(names)
})

it('law: any names become different, short ones that pillion reads', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 200 })), files => {
      const names = namesOnDisk(files)
      expect(new Set(names.map(name => name.toLowerCase())).size).toBe(files.length)
      for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,49}\.yaml$/)
    }),
  )
})
