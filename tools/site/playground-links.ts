import { fragmentOf, type Shared } from '../../src/playground/share.ts'
import { type Case, type Opened, openedFor, openedIn } from './opened.ts'

/** Adds a link to the playground below each block of YAML that is a profile, or that asks for one. */
export async function withPlaygroundLinks(text: string, cases: readonly Case[]): Promise<string> {
  // What is generated between these marks is the result of an injection.
  const parts = text.split(/(<!-- pod -->[\s\S]*?<!-- \/pod -->)/)
  const blocks = parts.flatMap((part, i) => (i % 2 === 0 ? blocksIn(part) : []))
  const opened = blocks.map(block => openedFor(block, blocks, cases))
  const links = await Promise.all(opened.map(one => one && link('Open in the playground', one)))
  let next = 0
  const withLink = (fenced: string) => {
    const added = links[next++]
    return added === undefined ? fenced : `${fenced}\n\n${added}`
  }
  return parts.map((part, i) => (i % 2 === 0 ? part.replace(fence, withLink) : part)).join('')
}

/** Adds a link to each section of docs/reasons.md for which `examples` has a manifest, by reason. */
export async function withReasonLinks(
  text: string,
  examples: Readonly<Record<string, string>>,
): Promise<string> {
  const links = new Map<string, string>()
  for (const [reason, example] of Object.entries(examples)) {
    const opened = { ...openedIn(example), output: 'explanation' }
    links.set(reason, await link('See a Pod with this reason in the playground', opened))
  }
  return text.replace(/^## (\w+)\n[\s\S]*?(?=^## |(?![\s\S]))/gm, (section, reason) => {
    const added = links.get(reason)
    return added === undefined ? section : `${section.trimEnd()}\n\n${added}\n\n`
  })
}

const fence = /^```yaml\n([\s\S]*?)^```$/gm

function blocksIn(text: string): string[] {
  return [...text.matchAll(fence)].map(([, block = '']) => block)
}

async function link(
  text: string,
  { manifest, profiles, ...rest }: Opened & Partial<Shared>,
): Promise<string> {
  const edited = Object.keys(profiles).length > 0 ? { edited: profiles } : {}
  const fragment = await fragmentOf({ manifest, ...edited, ...rest })
  return `[${text}](/playground/#${fragment}){.open-in-playground target="_self"}`
}
