import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Pod } from '../src/engine/pod.ts'
import { resultingPod } from '../tools/docs/resulting-pod.ts'
import { generated } from '../tools/generated-files.ts'

describe('the Pod that an example becomes', () => {
  it('says what was injected, and leaves the status out', () => {
    const pod = podOf(
      {
        containers: [{ name: 'app', image: 'app:1', env: [{ name: 'A', value: '1' }] }],
        initContainers: [{ name: 'first', image: 'first:1' }],
      },
      { 'pillion.dev/status': '{}', own: 'a', new: 'b' },
    )
    const injected = { revision: '', initContainers: ['first'], app: { app: { env: ['A'] } } }
    expect(resultingPod(pod, injected, { annotations: { own: 'a' } })).toBe(
      `
apiVersion: v1
kind: Pod
metadata:
  annotations:
    own: a
    new: b # injected
spec:
  containers:
    - name: app
      image: app:1
      env:
        - { name: A, value: "1" } # injected
  initContainers:
    # injected
    - name: first
      image: first:1`.trim(),
    )
  })

  it.each([
    { text: 'short', shown: 'short' },
    { text: `${'x'.repeat(1110)}y`, shown: `${'x'.repeat(110)} … 1,001 more characters` },
    { text: 'line\n'.repeat(40), shown: `${'line\n'.repeat(4)}# … 36 more lines\n` },
    { text: 'line\n'.repeat(10), shown: 'line\n'.repeat(10) },
  ])('says how much of a long text is left out', ({ text, shown }) => {
    const pod = podOf({ containers: [{ name: 'app', env: [{ name: 'A', value: text }] }] })
    const expected = podOf({ containers: [{ name: 'app', env: [{ name: 'A', value: shown }] }] })
    expect(resultingPod(pod, { revision: '' })).toBe(resultingPod(expected, { revision: '' }))
  })
})

describe('node tools/generate.ts --check', () => {
  let copy: string

  // All of the checkout that it reads, with pages and profiles of its own.
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'pillion-generate-'))
    for (const entry of ['tools', 'package.json', 'README.md', 'docs', 'catalog', 'examples'])
      cpSync(join(root, entry), join(copy, entry), { recursive: true })
    for (const entry of ['charts', 'src', 'node_modules', 'deploy', 'test'])
      symlinkSync(join(root, entry), join(copy, entry))
  })
  afterAll(() => rmSync(copy, { recursive: true }))

  /** What it says about the catalog and its pages, line by line. */
  const complaints = () => {
    const { stderr } = spawnSync(process.execPath, ['tools/generate.ts', '--check'], {
      cwd: copy,
      env: { NODE_NO_WARNINGS: '1' }, // No PATH, and so no Helm: what it renders is not looked at here.
      encoding: 'utf8',
    })
    return stderr.split('\n').filter(line => /^(docs\/)?catalog\/|^examples\//.test(line))
  }
  const isStale = (file: string) => `${file} is out of date: run \`npm run generate\``

  let found: readonly string[]

  it('finds the pages of the catalog as they would be made', () => {
    found = complaints()
    expect(found).toEqual([])
  })

  it('names the page of a profile that has changed since it was made', () => {
    const file = join(copy, 'catalog/log-tail.yaml')
    const profile = readFileSync(file, 'utf8')
    writeFileSync(
      file,
      profile.replace('mountPath: $(params.path), readOnly', 'mountPath: /elsewhere, readOnly'),
    )
    const more = complaints().filter(line => !found.includes(line))
    expect(more).toEqual(['svg', 'md'].map(type => isStale(`docs/catalog/log-tail.${type}`)))
    writeFileSync(file, profile)
  })

  describe('leads somebody who adds a profile', () => {
    const profile = `
apiVersion: pillion.dev/v1alpha1
kind: ClusterSidecarProfile
metadata: { name: new-profile }
spec: { containers: [{ name: new-profile, image: busybox:1.37 }] }
`
    const write = (file: string, text: string) => writeFileSync(join(copy, file), text)
    const problems = async () => (await generated(copy)).problems

    it('to its place in what is wrong', async () => {
      write('catalog/new-profile.yaml', profile.replace('image', 'imag'))
      expect(await problems()).toEqual([
        expect.stringMatching(/^catalog\/new-profile\.yaml:5:\d+: spec\.containers\[0\].*"image"/),
      ])
    })

    it('to the page that is missing', async () => {
      write('catalog/new-profile.yaml', profile)
      expect(await problems()).toEqual([
        'docs/catalog/new-profile.md is missing: write what new-profile is for, with the lines <!-- pod --> and ' +
          '<!-- parameters --> where the Pod of examples/new-profile.yaml and the table of parameters go',
      ])
    })

    it('to the marks that the page lacks', async () => {
      write('docs/catalog/new-profile.md', '# new-profile\n\n<!-- pod -->\n')
      expect(await problems()).toContain('docs/catalog/new-profile.md needs the line <!-- parameters -->')
    })

    it('to the example that is missing', async () => {
      write('docs/catalog/new-profile.md', '# new-profile\n\n<!-- pod -->\n\n<!-- parameters -->\n')
      expect(await problems()).toContain(
        'examples/new-profile.yaml is missing: write a Pod with the annotation pillion.dev/inject: new-profile',
      )
    })

    it('to the example that does not opt in', async () => {
      write(
        'examples/new-profile.yaml',
        'metadata: {}\nspec: { containers: [{ name: app, image: app:1 }] }\n',
      )
      expect(await problems()).toContainEqual(
        expect.stringMatching(/^examples\/new-profile\.yaml: its first Pod must get new-profile, but: ./),
      )
    })

    it('no further: the rest is written for them', async () => {
      write(
        'examples/new-profile.yaml',
        'metadata: { annotations: { pillion.dev/inject: new-profile } }\nspec: { containers: [{ name: app, image: app:1 }] }\n',
      )
      const { files, pages, problems } = await generated(copy)
      expect(problems).toEqual([])
      expect(pages['docs/catalog/new-profile.md']).toContain('](new-profile.svg)')
      expect(files['docs/catalog/new-profile.svg']).toMatch(/^<svg .*>new-profile<\/text>/s)
      expect(files['catalog/Kustomization']).toContain('- new-profile.yaml')
      expect(files['docs/catalog/README.md']).toContain('[new-profile](new-profile.md)')
    })
  })
})

const root = join(import.meta.dirname, '..')

function podOf(spec: Pod['spec'], annotations?: Readonly<Record<string, string>>): Pod {
  return { metadata: { ...(annotations && { annotations }) }, spec: spec ?? {} }
}
