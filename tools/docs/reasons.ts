import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Files } from '../files.ts'

/** The sections of docs/reasons.md, by reason, for `pillion reasons`: so the page and the command say the same. */
export function reasonTexts(root: string): Files {
  const page = readFileSync(join(root, 'docs/reasons.md'), 'utf8')
  const sections = page.split(/^## /m).slice(1)
  const texts = sections.map(section => {
    const [name = '', ...lines] = section.split('\n')
    return [name, withoutLinks(lines.join('\n').trim())]
  })
  return { 'src/cli/reasons/reasons.gen.json': `${JSON.stringify(Object.fromEntries(texts), null, 2)}\n` }
}

/** A terminal shows the text of a link. */
function withoutLinks(markdown: string): string {
  return markdown.replaceAll(/\[([^\]]*)\]\([^)\s]*\)/g, '$1')
}
