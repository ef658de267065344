import { globSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path/posix'
import type { Files } from '../files.ts'
import { casesIn } from './cases.ts'
import { home } from './home.ts'
import { navigation } from './navigation.ts'
import { withPlaygroundLinks, withReasonLinks } from './playground-links.ts'
import { titleOf, withLinks, withoutContents } from './prose.ts'

/** What the generator of the site reads: `site/content/`. */
export interface Content {
  /** Pages and the navigation, by their paths below content/. */
  readonly files: Files
  /** Pictures to copy as they are, by their paths below the root. */
  readonly pictures: readonly string[]
}

/** Documents for users and contributors. Others become pages when one of these links to them. */
const documents = ['README.md', 'CONTRIBUTING.md', 'AGENTS.md', 'SECURITY.md', 'CHANGELOG.md', 'docs/**/*.md']
const pictures = ['docs/**/*.{svg,png}']

/**
 * The pages of the site. They have the paths that they have in the repository, so that a link between two documents
 * stays what it is. A file or a folder that a document links to becomes a page below `source/`.
 */
export async function content(root: string, hasPlayground: boolean): Promise<Content> {
  const files: Record<string, string> = {}
  const found = documents.flatMap(pattern => globSync(pattern, { cwd: root })).sort()
  const waiting = new Set(found.map(file => file.replaceAll('\\', '/')))
  // A Set is also iterated over what is added meanwhile.
  for (const path of waiting) {
    const follow = (target: string) => {
      waiting.add(target)
      return pageOf(root, target)
    }
    files[pageOf(root, path).slice(1)] = page(root, path, follow)
  }
  if (hasPlayground) {
    const cases = casesIn(root)
    for (const [file, text] of Object.entries(files))
      if (isAboutManifests(file)) files[file] = await withPlaygroundLinks(text, cases)
    files['docs/reasons.md'] = await withReasonLinks(files['docs/reasons.md'] ?? '', reasonExamples(root))
  }
  files['index.md'] = home(files['index.md'] ?? '', hasPlayground)
  files['docs/decisions/index.md'] = decisions(root)
  files['navigation.json'] = JSON.stringify(
    navigation(read(root, 'docs/README.md'), path => pageOf(root, path)),
  )
  return { files, pictures: pictures.flatMap(pattern => globSync(pattern, { cwd: root })) }
}

/** Where a file or folder of the repository is in the site: `/docs/admin.md`, `/source/test/docs.test.ts.md`. */
function pageOf(root: string, path: string): string {
  if (path === 'docs/decisions') return '/docs/decisions/index.md'
  // VitePress does not look into folders whose names begin with a dot.
  const visible = path.replace(/(^|\/)\./g, '$1')
  if (isFolder(root, path)) return `/source/${visible}/index.md`
  if (extname(path) !== '.md') return `/source/${visible}.md`
  return `/${basename(path) === 'README.md' ? join(dirname(path), 'index.md') : path}`
}

function page(root: string, path: string, follow: (target: string) => string): string {
  if (isFolder(root, path)) return folder(root, path, follow)
  if (extname(path) !== '.md') return source(path, read(root, path))
  return withLinks(withoutContents(read(root, path)), target => {
    if (/\.(svg|png)$/.test(target)) return target
    const [file = '', anchor] = target.split('#')
    return follow(join(dirname(path), file).replace(/\/$/, '')) + (anchor ? `#${anchor}` : '')
  })
}

function folder(root: string, path: string, follow: (target: string) => string): string {
  const items = readdirSync(join(root, path))
    .sort()
    .map(name => `- [${name}](${follow(join(path, name))})`)
  return [unsearched, `# ${path}`, items.join('\n'), ''].join('\n\n')
}

/** A file that is not a document, in a fence that is longer than any in the file. */
function source(path: string, text: string): string {
  const longest = Math.max(2, ...(text.match(/`{3,}/g) ?? []).map(fence => fence.length))
  const fence = '`'.repeat(longest + 1)
  return [unsearched, `# ${path}`, `${fence}${languageOf(path)}\n${text.trimEnd()}\n${fence}`, ''].join(
    '\n\n',
  )
}

/** Whether people may want to open the blocks of a page in the playground. */
function isAboutManifests(file: string): boolean {
  return /^(index|docs\/(?!decisions\/).*|source\/(examples|catalog)\/.*)\.md$/.test(file)
}

/** A manifest for each reason that a manifest alone can have. */
export function reasonExamples(root: string): Readonly<Record<string, string>> {
  const found = globSync('site/reasons/*.yaml', { cwd: root })
  return Object.fromEntries(found.map(file => [basename(file, '.yaml'), read(root, file)]))
}

const unsearched = '---\nsearch: false\noutline: false\n---'

const languages: Readonly<Record<string, string>> = {
  '.yaml': 'yaml',
  '.yml': 'yaml',
  '.ts': 'ts',
  '.json': 'json',
}

function languageOf(path: string): string {
  return basename(path) === 'Dockerfile' ? 'docker' : (languages[extname(path)] ?? 'text')
}

function decisions(root: string): string {
  const pages = globSync('docs/decisions/*.md', { cwd: root }).sort()
  const items = pages.map(file => `- [${titleOf(read(root, file))}](${basename(file)})`)
  const intro = 'Each page has the context of a decision, the decision, and its consequences.'
  return ['# Decisions', intro, items.join('\n'), ''].join('\n\n')
}

function isFolder(root: string, path: string): boolean {
  return statSync(join(root, path)).isDirectory()
}

function read(root: string, path: string): string {
  return readFileSync(join(root, path), 'utf8')
}
