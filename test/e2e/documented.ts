import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '../../tools/kind/run.ts'

/** A fenced block of a page, without the indentation of the list that it stands in. */
interface Block {
  readonly language: string
  readonly text: string
}

/** The blocks between a heading of a page and the next heading, in their order. */
export async function blocksBelow(page: string, heading: string): Promise<readonly Block[]> {
  const text = await readFile(join(root, page), 'utf8')
  const [, below] = text.split(new RegExp(`^#+ ${heading}$`, 'm'))
  if (below === undefined) throw new Error(`${page} has no heading "${heading}"`)
  const [section = ''] = below.split(/^#+ (?=\S.*\n\n)/m)
  return blocksIn(section)
}

/** The blocks of a page, in their order. */
export async function blocksOf(page: string): Promise<readonly Block[]> {
  return blocksIn(await readFile(join(root, page), 'utf8'))
}

function blocksIn(text: string): readonly Block[] {
  return [...text.matchAll(/^( *)```(\w+)\n([\s\S]*?)^\1```$/gm)].map(
    ([, indent = '', language = '', content = '']) => ({
      language,
      text: content
        .split('\n')
        .map(line => line.slice(indent.length))
        .join('\n'),
    }),
  )
}
