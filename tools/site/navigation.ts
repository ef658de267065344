import { join } from 'node:path/posix'
import { sections } from './prose.ts'

export interface Entry {
  readonly text: string
  /** Page of the site: `/docs/admin.md#settings` */
  readonly link: string
}

export interface Group {
  readonly text: string
  readonly items: readonly (Entry | Group)[]
}

/**
 * The navigation of the site: the lists of docs/README.md. Its second-level headings are the groups, and its third-level
 * headings the groups in them. `pageOf` gives the page of a path below the root.
 */
export function navigation(index: string, pageOf: (path: string) => string): Group[] {
  return sections(index, 2).map(({ title, text }) => {
    const groups = sections(text, 3).map(inner => ({ text: inner.title, items: entries(inner.text, pageOf) }))
    const [before = ''] = text.split(/^### /m)
    return { text: title, items: [...entries(before, pageOf), ...groups] }
  })
}

/** The pages that the navigation leads to, without anchors. */
export function pagesIn(groups: readonly (Entry | Group)[]): string[] {
  return groups.flatMap(one => ('items' in one ? pagesIn(one.items) : (one.link.split('#')[0] ?? '')))
}

/** The first link of each item of a list. */
function entries(text: string, pageOf: (path: string) => string): Entry[] {
  return [...text.matchAll(/^- \[([^\]]+)\]\(([^)\s#]+)(#[^)\s]+)?\)/gm)].map(
    ([, name = '', target = '', anchor = '']) => ({
      text: name.replaceAll('`', ''),
      link: pageOf(join('docs', target)) + anchor,
    }),
  )
}
