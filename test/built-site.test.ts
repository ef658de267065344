import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { problemsOf } from '../tools/site/built.ts'

/** The problems of a site with these files, which is served below a path. */
function problems(files: Readonly<Record<string, string>>, base = '/'): string[] {
  const site = mkdtempSync(join(tmpdir(), 'pillion-site-'))
  onTestFinished(() => rmSync(site, { recursive: true }))
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(site, file)), { recursive: true })
    writeFileSync(join(site, file), text)
  }
  return problemsOf(site, base)
}

const sound = {
  'index.html': `<a href="/docs/a.html#b">b</a> <a href="https://kubernetes.io">Kubernetes</a> <img src="/a.svg">
    <a href="/playground/#abc">p</a> <a href="#here">h</a> <h2 id="here">here</h2>`,
  'docs/a.html': '<h2 id="b">b</h2> <a href="../">up</a> <a href="./a">a</a> <link href="/s.css">',
  'playground/index.html': '<script src="./page.js"></script>',
  'playground/page.js': '',
  'a.svg': '<svg xmlns="http://www.w3.org/2000/svg"></svg>',
  's.css': '@font-face { src: url("/f.woff2"); }',
}

it('a site whose links all lead somewhere has no problem', () => {
  expect(problems(sound)).toEqual([])
})

it.each([
  {
    what: 'a page that is not there',
    html: '<a href="/docs/c.html">',
    says: 'the link /docs/c.html leads nowhere',
  },
  {
    what: 'an anchor that is not there',
    html: '<a href="/docs/a.html#c">',
    says: 'docs/a.html has no anchor #c',
  },
  { what: 'an anchor of the page itself', html: '<a href="#c">', says: 'x.html has no anchor #c' },
  { what: 'a picture that is not there', html: '<img src="/b.svg">', says: 'the link /b.svg leads nowhere' },
  { what: 'a picture that is a page', html: '<img src="/docs/a.html">', says: '/docs/a.html is no picture' },
  {
    what: 'a script of another host',
    html: '<script src="https://a.example/b.js">',
    says: 'loads https://a.example/b.js',
  },
  {
    what: 'a font of another host',
    html: '<link rel="preload" href="//a.example/f">',
    says: 'loads //a.example/f',
  },
  {
    what: 'a style of another host',
    html: '<style>@import "https://a.example/s"</style>',
    says: 'loads https://a.example/s',
  },
])('a page is told of $what', ({ html, says }) => {
  expect(problems({ ...sound, 'x.html': html })).toEqual([expect.stringMatching(/^x\.html/)])
  expect(problems({ ...sound, 'x.html': html })[0]).toContain(says)
})

it('a style sheet may load nothing from another host', () => {
  expect(problems({ ...sound, 't.css': 'a { background: url(http://a.example/b) }' })).toEqual([
    't.css loads http://a.example/b',
  ])
})

it('a link must lead below the path at which the site is served', () => {
  const files = {
    'index.html': '<a href="/pillion/docs/a.html">a</a>',
    'docs/a.html': '<a href="/docs/a.html">a</a>',
  }
  expect(problems(files, '/pillion/')).toEqual(['docs/a.html: the link /docs/a.html leads nowhere'])
})
