import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Files } from '../files.ts'

/**
 * The meaning of each field of `spec` by its path, from the table in docs/profiles.md, for the CRDs: `kubectl explain` prints
 * it.
 */
export function fieldDescriptions(root: string): Readonly<Record<string, string>> {
  const rows = readFileSync(join(root, 'docs/profiles.md'), 'utf8').matchAll(row)
  return Object.fromEntries(
    [...rows].map(([, field = '', meaning = '', standard = '']) => {
      const text = plain(meaning).replace(/^[a-z](?!ore\/v1)/, letter => letter.toUpperCase())
      const ending = standard.trim() === '' ? '.' : `. Default: ${plain(standard)}.`
      return [field, `${text}${ending}`.replace(/\.\.(?=$| )/, '.')]
    }),
  )
}

export function descriptionsFile(descriptions: Readonly<Record<string, string>>): Files {
  return { 'src/profile/schema/descriptions.gen.json': `${JSON.stringify(descriptions, undefined, 2)}\n` }
}

const row = /^\| `(spec\b[^`]*)` \| (.*?) \| ?(.*?) ?\|$/gm

/** Removes links: a link in parentheses to a section of the page has no meaning outside of the page. */
function plain(markdown: string): string {
  return markdown
    .trim()
    .replaceAll(/ \(\[[^\]]*\]\(#[^)]*\)\)/g, '')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
}
