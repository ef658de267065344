import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { limits } from '../limits/limits.ts'
import { asUsual, fragmentOf, most, mostInLink, type Shared, sharedIn, shortFragmentOf } from './share.ts'

const shared: Shared = {
  manifest: 'kind: Pod\n# ünï ☸ 🚢\n',
  edited: { 'own/x.yaml': 'kind: ClusterSidecarProfile\n' },
  whatIf: { ...asUsual, kubernetesVersion: '1.28', namespaceLabels: { a: 'b' }, isSecondCall: true },
  workload: 2,
  output: 'diff',
  against: { file: 'own/x.yaml', text: 'kind: SidecarProfile\n' },
  samples: [{ name: 'A Job', manifest: 'kind: Job\n' }],
}

/** A text that cannot be compressed to less than three quarters. */
function noise(length: number): string {
  let seed = 1
  return Array.from({ length }, () => {
    seed = (seed * 48_271) % 2_147_483_647
    return String.fromCharCode(33 + (seed % 90))
  }).join('')
}

describe('the fragment of a link', () => {
  it('holds what it was made from, for any texts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', maxLength: 2_000 }),
        fc.dictionary(fc.string(), fc.string()),
        async (manifest, edited) => {
          const given = { ...shared, manifest, edited: { ...edited } }
          expect(await sharedIn(await fragmentOf(given))).toEqual(given)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('has the version of its format, and only characters that mail and chat programs leave alone', async () => {
    expect(await fragmentOf(shared)).toMatch(/^1\.[A-Za-z0-9_-]+$/)
  })

  it('is short', async () => {
    const lines = Array.from({ length: 200 }, (_, i) => `        - name: variable-${i}\n`).join('')
    expect((await fragmentOf({ manifest: lines })).length).toBeLessThan(lines.length / 4)
  })

  it('leaves out samples, and then revision A, only if it would be too long with them', async () => {
    const { fragment, leftOut } = await shortFragmentOf(shared)
    expect([await sharedIn(fragment), leftOut]).toEqual([shared, []])
    const many = { ...shared, samples: [{ name: 'a', manifest: noise(20_000) }] }
    const { samples: _, ...withoutSamples } = shared
    const shorter = await shortFragmentOf(many)
    expect(shorter.leftOut).toEqual(['the sample Pods'])
    expect(await sharedIn(shorter.fragment)).toEqual(withoutSamples)
    const both = { ...many, against: { file: 'a', text: noise(20_000) } }
    const shortest = await shortFragmentOf(both)
    expect(shortest.leftOut).toEqual(['the sample Pods', 'revision A of the comparison'])
    expect(shortest.fragment.length).toBeLessThan(mostInLink)
    // The manifest is what a link is for.
    const long = await shortFragmentOf({ ...shared, manifest: noise(40_000) })
    expect(await sharedIn(long.fragment)).toMatchObject({ manifest: noise(40_000) })
  })

  it('takes only samples and a revision A that are texts', async () => {
    const others = { manifest: 'a: 1\n', samples: [{ name: 1, manifest: 'b' }, 'c'], against: { file: 'x' } }
    const fragment = await fragmentOf(others as unknown as Partial<Shared>)
    expect(await sharedIn(fragment)).toEqual({ manifest: 'a: 1\n' })
  })

  it('may leave out everything but the manifest, for links in documents', async () => {
    expect(await sharedIn(await fragmentOf({ manifest: 'a: 1\n' }))).toEqual({ manifest: 'a: 1\n' })
  })

  it.each(['x', '1', '1.', '1.a b', '.AAAA', '1.AAAA%20'])(
    'that is cut off gets a sentence: %j',
    async fragment => {
      expect(await sharedIn(fragment)).toEqual({
        problem: 'The link to the playground is not complete: copy all of it.',
      })
    },
  )

  it('of another version gets a sentence', async () => {
    expect(await sharedIn('2.AAAA')).toEqual({
      problem: 'The link is of version 2 of the playground, and this page reads version 1.',
    })
  })

  it('that is damaged gets a sentence, wherever it is cut', async () => {
    const fragment = await fragmentOf(shared)
    for (let length = 3; length < fragment.length; length += 7)
      expect(await sharedIn(fragment.slice(0, length))).toHaveProperty('problem')
  })

  it('of a bomb says that it is too large, not that it is damaged', async () => {
    const bomb = await fragmentOf({ manifest: 'a'.repeat(40 * 1024 * 1024) })
    expect(bomb.length).toBeLessThan(100_000)
    expect(await sharedIn(bomb)).toEqual({ problem: 'The link has more in it than the playground takes.' })
  })

  it.each([
    { what: 'texts', link: { manifest: 'a'.repeat(most.texts), edited: { b: 'c' } } },
    {
      what: 'files',
      link: { edited: Object.fromEntries(Array.from({ length: most.files + 1 }, (_, i) => [i, ''])) },
    },
    { what: 'names of files', link: { edited: { ['a'.repeat(most.names)]: '' } } },
    {
      what: 'samples',
      link: { samples: Array.from({ length: most.files + 1 }, () => ({ name: 'a', manifest: '' })) },
    },
    { what: 'labels', link: { whatIf: { ...asUsual, namespaceLabels: { a: 'b'.repeat(most.names) } } } },
  ])('of more $what than the page takes gets a sentence', async ({ link }) => {
    expect(await sharedIn(await fragmentOf(link))).toEqual({
      problem: 'The link has more in it than the playground takes.',
    })
  })

  it('may have as much as the worker takes', () => {
    expect(most).toMatchObject({
      // The manifest, and the samples together.
      texts: 2 * limits.playgroundManifest + limits.playgroundProfiles,
      files: limits.playgroundFiles,
    })
  })

  it('with the names of members that every object has is read like any other', async () => {
    const json = '{"__proto__":{"manifest":"x"},"edited":{"__proto__":"a","constructor":"b"},"workload":-5}'
    const shared = await sharedIn(await fragmentOf(JSON.parse(json)))
    expect(Object.keys(shared)).toEqual(['edited', 'workload'])
    expect(Object.entries((shared as Shared).edited)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ])
    expect(shared).toHaveProperty('workload', 0)
  })

  it('with members of the wrong type is read without them', async () => {
    const wrong = {
      manifest: 1,
      edited: { a: 1, b: 'x' },
      whatIf: { namespace: 2 },
      workload: '1',
      output: [],
    }
    expect(await sharedIn(await fragmentOf(wrong as unknown as Shared))).toEqual({
      edited: { b: 'x' },
      whatIf: asUsual,
    })
  })
})
