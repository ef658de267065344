import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describe as describeProblem } from '../problems/problem.ts'
import type { Files } from './file-bytes.ts'
import { catalogDirectory, type Loaded, load, readProfiles } from './profile-directory.ts'
import { temporaryDirectory } from './server.fixture.ts'

const profile = (name: string, description = '1', namespace?: string) =>
  JSON.stringify({
    apiVersion: 'pillion.dev/v1alpha1',
    kind: namespace ? 'SidecarProfile' : 'ClusterSidecarProfile',
    metadata: { name, ...(namespace && { namespace }) },
    spec: { description, containers: [{ name, image: 'x' }] },
  })
const both = (...documents: string[]) => documents.join('\n---\n')
const bad = (name: string) => profile(name).replace('"image"', '"imgae"')

/** The profiles' names with their descriptions. */
function descriptionsOf({ profiles }: Loaded): Record<string, unknown> {
  return Object.fromEntries(profiles.all.map(({ name, description }) => [name, description]))
}
const problemsOf = ({ problems }: Loaded) => problems.map(describeProblem)

describe('readProfiles', () => {
  it('reads YAML and JSON files, in the order of their names, and nothing else', async () => {
    const directory = await temporaryDirectory()
    await writeFile(join(directory, 'b.yaml'), both(profile('b'), profile('c')))
    await writeFile(join(directory, 'a.json'), profile('a'))
    await writeFile(join(directory, 'd.yml'), profile('d'))
    await writeFile(join(directory, 'README.md'), 'not a profile')
    await writeFile(join(directory, '.b.yaml.swp'), 'not a profile')
    await mkdir(join(directory, '..data'))
    await writeFile(join(directory, '..data', 'e.yaml'), profile('e'))
    await symlink(join('..data', 'e.yaml'), join(directory, 'e.yaml'))
    const loaded = await readProfiles(directory)
    expect(problemsOf(loaded)).toEqual([])
    expect(loaded.profiles.all.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('says where each mistake is, and gives the good profiles all the same', async () => {
    const directory = await temporaryDirectory()
    await writeFile(join(directory, 'good.yaml'), profile('good'))
    await writeFile(join(directory, 'bad.yaml'), both(profile('fine'), `\n${bad('bad')}`))
    await writeFile(join(directory, 'fine.yaml'), profile('fine'))
    await mkdir(join(directory, 'folder.yaml'))
    const loaded = await readProfiles(directory)
    expect(loaded.profiles.namesIn('shop')).toEqual(['fine', 'good'])
    expect(problemsOf(loaded)).toEqual([
      expect.stringMatching(
        /bad\.yaml:4:\d+: spec\.containers\[0\]\.imgae: unknown field; did you mean "image"/,
      ),
      expect.stringMatching(/folder\.yaml: cannot be read: EISDIR/),
      expect.stringMatching(/fine\.yaml: metadata\.name: "fine" is taken/),
    ])
  })

  it('says that a directory is missing', async () => {
    const loaded = await readProfiles(join(await temporaryDirectory(), 'nowhere'))
    expect(loaded.profiles.all).toEqual([])
    expect(problemsOf(loaded)).toEqual([expect.stringMatching(/nowhere: cannot be read: ENOENT/)])
  })

  it('finds nothing wrong with the catalog', async () => {
    const loaded = await readProfiles(catalogDirectory())
    expect(problemsOf(loaded)).toEqual([])
    expect(loaded.profiles.namesIn('shop')).toContain('log-tail')
  })
})

describe('load, after an edit', () => {
  type Texts = Readonly<Record<string, string | Error>>
  const filesOf = (texts: Texts): Files =>
    new Map(
      Object.entries(texts).map(([file, text]) => [
        file,
        typeof text === 'string' ? Buffer.from(text) : text,
      ]),
    )

  const before = { 'p/a.yaml': both(profile('one'), profile('two')), 'p/b.yaml': profile('three') }
  it.each<{ why: string; after: Texts; gives: Record<string, string>; problems: number }>([
    {
      why: 'a good edit counts',
      after: { ...before, 'p/b.yaml': profile('three', '2') },
      gives: { one: '1', two: '1', three: '2' },
      problems: 0,
    },
    {
      why: 'a bad edit leaves the last good version of the profile, and takes the others of the file',
      after: { ...before, 'p/a.yaml': both(profile('one', '2'), bad('two')) },
      gives: { one: '2', two: '1', three: '1' },
      problems: 1,
    },
    {
      why: 'a file that is no YAML any more keeps all that it had',
      after: { ...before, 'p/a.yaml': '\t{' },
      gives: { one: '1', two: '1', three: '1' },
      problems: 1,
    },
    {
      why: 'a file that cannot be read keeps all that it had',
      after: { ...before, 'p/a.yaml': new Error('EACCES') },
      gives: { one: '1', two: '1', three: '1' },
      problems: 1,
    },
    {
      why: 'a directory that cannot be read keeps all that it had',
      after: { p: new Error('ENOENT') },
      gives: { one: '1', two: '1', three: '1' },
      problems: 1,
    },
    {
      why: 'a profile that was taken out goes',
      after: { ...before, 'p/a.yaml': profile('one') },
      gives: { one: '1', three: '1' },
      problems: 0,
    },
    {
      why: 'a file that was removed takes its profiles with it',
      after: { 'p/b.yaml': profile('three') },
      gives: { three: '1' },
      problems: 0,
    },
    {
      why: 'a profile moved out of a bad file is taken from its new one',
      after: { 'p/a.yaml': bad('two'), 'p/b.yaml': both(profile('three'), profile('one', '2')) },
      gives: { one: '2', two: '1', three: '1' },
      problems: 1,
    },
  ])('$why', ({ after, gives, problems }) => {
    const loaded = load(filesOf(after), load(filesOf(before)))
    expect(descriptionsOf(loaded)).toEqual(gives)
    expect(loaded.problems).toHaveLength(problems)
  })

  it('keeps the last good version over any number of bad edits, until a good one', () => {
    let loaded = load(filesOf(before))
    for (const text of [bad('three'), '{', bad('three')]) {
      loaded = load(filesOf({ ...before, 'p/b.yaml': text }), loaded)
      expect(descriptionsOf(loaded)).toMatchObject({ three: '1' })
    }
    loaded = load(filesOf({ ...before, 'p/b.yaml': profile('three', '9') }), loaded)
    expect(descriptionsOf(loaded)).toMatchObject({ three: '9' })
  })

  it('keeps a profile of a namespace apart from one of the same name in another', () => {
    const texts = { 'p/n.yaml': both(profile('mine', '1', 'shop'), profile('mine', '2', 'front')) }
    const edited = { 'p/n.yaml': both(profile('mine', '3', 'shop'), bad('mine')) }
    const { profiles } = load(filesOf(edited), load(filesOf(texts)))
    const find = (namespace: string) => profiles.find('mine', namespace)?.description
    expect([find('shop'), find('front')]).toEqual(['3', '2'])
  })
})
