import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse } from 'yaml'
import { accepts } from '../../src/profile/parameters.ts'
import type { Parameter, ProfileObject } from '../../src/profile/schema.ts'

/**
 * The pages of docs/catalog/, by their paths below the root: what is written of each profile, with the table of
 * its parameters between two marks, and an index. A profile without a page throws.
 */
export function catalogPages(root: string): Readonly<Record<string, string>> {
  const profiles = globSync('catalog/*.yaml', { cwd: root })
    .sort()
    .map(file => parse(readFileSync(join(root, file), 'utf8')) as ProfileObject)
  const pages = profiles.map(profile => {
    const file = `${folder}/${profile.metadata.name}.md`
    return [file, withTable(readFileSync(join(root, file), 'utf8'), profile)] as const
  })
  return { ...Object.fromEntries(pages), [`${folder}/README.md`]: index(profiles) }
}

const folder = 'docs/catalog'
const [begin, end] = ['<!-- parameters -->', '<!-- /parameters -->']

function withTable(page: string, profile: ProfileObject): string {
  const [before = '', after = ''] = page.replace(new RegExp(`${begin}[^]*${end}`), begin).split(begin)
  return `${before}${begin}\n\n${table(profile)}\n\n${end}${after}`
}

function table({ metadata: { name }, spec: { parameters = {} } }: ProfileObject): string {
  const rows = Object.entries(parameters).map(([parameter, declared]) =>
    row([
      `\`pillion.dev/${name}.${parameter}\``,
      fallback(declared),
      `${declared.description ?? ''} ${allowed(declared)}`.trim(),
    ]),
  )
  return [row(['Annotation', 'Default', 'What']), row(['---', '---', '---']), ...rows].join('\n')
}

function fallback({ default: value, required }: Parameter): string {
  if (value === undefined) return required ? 'required' : ''
  return value === '' ? 'empty' : `\`${value}\``
}

function allowed(declared: Parameter): string {
  const { pattern, ...rest } = declared
  return `It takes ${accepts(rest)}${pattern === undefined ? '' : `, as \`${pattern}\``}.`
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
}

function index(profiles: readonly ProfileObject[]): string {
  const rows = profiles.map(({ metadata: { name }, spec: { description = '' } }) =>
    row([`[${name}](${basename(name)}.md)`, description]),
  )
  return `# The catalog

Profiles that come with Pillion. \`kubectl apply -k catalog/\` brings all of them into a cluster; the table is made by
\`npm run generate\`.

${[row(['Profile', 'What it does']), row(['---', '---']), ...rows].join('\n')}
`
}
