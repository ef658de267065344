import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'
import { describe, expect, it } from 'vitest'
import { sentences } from '../src/engine/reason.ts'
import { createAnalysis } from '../src/playground/analysis.ts'
import { asUsual, sharedIn } from '../src/playground/share.ts'
import { type Group, navigation, pagesIn } from '../tools/site/navigation.ts'
import { content, reasonExamples } from '../tools/site/pages.ts'
import { sections, withLinks } from '../tools/site/prose.ts'

// `npm run site` builds the site and checks the result. It needs the network; this test does not.
const root = join(import.meta.dirname.replaceAll('\\', '/'), '..')
const { files, pictures } = await content(root, true)

describe('the navigation of the site', () => {
  const groups: Group[] = JSON.parse(files['navigation.json'] ?? '')

  it('leads to every page in docs/', () => {
    const pages = globSync('docs/**/*.md', { cwd: root }).map(file => `/${file.replaceAll('\\', '/')}`)
    const found = pagesIn(groups)
    const missing = pages
      .filter(page => !page.startsWith('/docs/decisions/') && page !== '/docs/README.md')
      .filter(page => !found.includes(page.replace(/README\.md$/, 'index.md')))
    expect(missing, `docs/README.md: add a line for ${missing}`).toEqual([])
    expect(found).toContain('/docs/decisions/index.md')
  })

  it('leads only to pages of the site', () => {
    expect(pagesIn(groups).filter(page => !(page.slice(1) in files))).toEqual([])
  })

  it('has the second-level headings as groups, and the third-level headings as groups in them', () => {
    const text = '# A\n\n## B\n\n- [c](c.md): d\n- [`e`](../e.md#f)\n\n### G\n\n- [h](i/j.md)\n\n## K\n'
    expect(navigation(text, path => `/${path}`)).toEqual([
      {
        text: 'B',
        items: [
          { text: 'c', link: '/docs/c.md' },
          { text: 'e', link: '/e.md#f' },
          { text: 'G', items: [{ text: 'h', link: '/docs/i/j.md' }] },
        ],
      },
      { text: 'K', items: [] },
    ])
  })
})

describe('a link to the playground', () => {
  const links = Object.entries(files).flatMap(([file, text]) =>
    fragmentsIn(text).map((fragment, i) => ({ file, number: i + 1, fragment })),
  )

  it.each(links.filter(({ file }) => file !== 'docs/reasons.md'))(
    'opens a Pod that is injected, or says why not: $file, link $number',
    async ({ file, number, fragment }) => {
      const expected = notInjected[`${file} ${number}`] ?? 'Injected'
      const workloads = await opened(fragment)
      expect(workloads.map(({ reason }) => reason)).toContain(expected)
    },
  )

  // These documents explain the reason.
  const notInjected: Readonly<Record<string, string>> = {
    'docs/developer.md 3': 'UnknownRevision',
    'docs/tutorials/first-profile.md 9': 'RequirementNotMet',
    'source/examples/first-profile/08-a-condition/pod.yaml.md 1': 'RequirementNotMet',
    'source/examples/first-profile/08-a-condition/profiles/limiter.yaml.md 1': 'RequirementNotMet',
  }

  it('is beside every profile, and beside every manifest that asks for one', () => {
    const without: string[] = []
    let found = 0
    for (const [file, text] of Object.entries(files)) {
      // What a catalog page generates between these marks is the result of an injection.
      const written = text.replace(/<!-- pod -->[\s\S]*?<!-- \/pod -->/g, '')
      for (const [, block = '', after] of written.matchAll(/^```yaml\n([\s\S]*?)^```$(?:\n\n(.*))?/gm)) {
        if (!isOpened(file) || !/^apiVersion: pillion\.dev\/|^ +pillion\.dev\/inject: /m.test(block)) continue
        found++
        if (!after?.startsWith('[Open in the playground](')) without.push(`${file}: ${block.slice(0, 80)}`)
      }
    }
    expect(without).toEqual([])
    expect(found).toBeGreaterThan(60)
  })

  /** The pages of users, and the files that they lead to. The CRDs and their tests are for machines. */
  function isOpened(file: string): boolean {
    return /^(index|docs|source\/(examples|catalog))/.test(file) && !file.startsWith('docs/decisions/')
  }

  it('is in the section of every reason that a manifest can have', () => {
    const reasons = sections(files['docs/reasons.md'] ?? '', 2)
    const without = reasons.filter(({ text }) => !text.includes('](/playground/#'))
    expect(without.map(({ title }) => title)).toEqual(['NotCreated', 'InternalError'])
    expect(Object.keys(reasonExamples(root)).sort()).toEqual(
      Object.keys(sentences)
        .filter(name => name !== 'NotCreated' && name !== 'InternalError')
        .sort(),
    )
  })

  it.each(sections(files['docs/reasons.md'] ?? '', 2))('shows the reason $title', async ({ title, text }) => {
    for (const fragment of fragmentsIn(text))
      expect(await opened(fragment)).toMatchObject([{ reason: title }])
  })
})

describe('a page of the site', () => {
  const pages = Object.keys(files).filter(file => file.endsWith('.md'))

  it.each(pages)('links only to what is in the site: %s', file => {
    const dangling: string[] = []
    withLinks(files[file] ?? '', target => {
      const [path = ''] = target.split('#')
      const linked = path.startsWith('/') ? path.slice(1) : join(dirname(file), path)
      if (path !== '' && path !== '/playground/' && !(linked in files) && !pictures.includes(linked))
        dangling.push(target)
      return target
    })
    expect(dangling).toEqual([])
  })

  it('has what a document links to outside of docs/, as a page of its own', () => {
    expect(files['docs/catalog/log-tail.md']).toContain('(/source/examples/log-tail.yaml.md)')
    expect(files['source/examples/log-tail.yaml.md']).toContain('```yaml\n')
  })

  it('keeps code as it is', () => {
    const text = 'a [b](c.md) `[d](e.md)`\n\n```md\n[f](g.md)\n```\n\n[`h`](i.md#j) [k](https://l) [m](#n)\n'
    const moved = withLinks(text, target => `/x/${target}`)
    expect(moved).toBe(
      'a [b](/x/c.md) `[d](e.md)`\n\n```md\n[f](g.md)\n```\n\n[`h`](/x/i.md#j) [k](https://l) [m](#n)\n',
    )
  })
})

const analysis = createAnalysis()
const catalog = Object.fromEntries(
  globSync('catalog/*.yaml', { cwd: root }).map(file => [file, readFileSync(join(root, file), 'utf8')]),
)

/** The decisions that the playground shows for a link. */
async function opened(fragment: string) {
  const shared = await sharedIn(fragment)
  if ('problem' in shared) throw new Error(shared.problem)
  const { manifest = '', edited = {} } = shared
  const profiles = Object.entries({ ...catalog, ...edited }).map(([file, text]) => ({ file, text }))
  return analysis.answer({ id: 1, manifest, profiles, whatIf: asUsual }).workloads
}

function fragmentsIn(text: string): string[] {
  return [...text.matchAll(/\]\(\/playground\/#([\w.-]+)\)/g)].map(([, fragment = '']) => fragment)
}
