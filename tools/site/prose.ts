/** Changes the prose of a Markdown text. Fenced blocks and inline code stay as they are. */
export function inProse(text: string, change: (prose: string) => string): string {
  return text
    .split(/(^```[^\n]*\n[\s\S]*?^```$|`[^`\n]*`)/gm)
    .map((part, i) => (i % 2 === 0 ? change(part) : part))
    .join('')
}

/** Changes where the relative links of a Markdown text lead. Inline code may be part of a link's text. */
export function withLinks(text: string, change: (target: string) => string): string {
  return inProse(text, prose =>
    prose.replace(/\]\(([^)\s]+)\)/g, (link, target) =>
      /^([a-z]+:|#)/.test(target) ? link : `](${change(target)})`,
    ),
  )
}

export interface Section {
  readonly title: string
  readonly text: string
}

/** The sections of a level, without what stands before the first of them. */
export function sections(text: string, level: number): Section[] {
  const mark = `${'#'.repeat(level)} `
  const found: { title: string; lines: string[] }[] = []
  let isCode = false
  for (const line of text.split('\n')) {
    if (line.startsWith('```')) isCode = !isCode
    if (!isCode && line.startsWith(mark)) found.push({ title: line.slice(mark.length), lines: [] })
    else found.at(-1)?.lines.push(line)
  }
  return found.map(({ title, lines }) => ({ title, text: lines.join('\n') }))
}

/** The first heading, in plain text. */
export function titleOf(text: string): string {
  return (/^# (.*)$/m.exec(text)?.[1] ?? '').replaceAll('`', '')
}

/** Leaves out the list of the sections of a page, because the site shows it beside the page. */
export function withoutContents(text: string): string {
  return text.replace(/^(- \[[^\]\n]*\]\(#[^)\n]*\)\n){3,}\n/m, '')
}
