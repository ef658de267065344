import { deflateRawSync } from 'node:zlib'
import { openedFor, type Shared, sharedOf } from './shared.ts'

/**
 * Adds a link to the playground below each block of YAML that is a profile, or that asks for one. `manifests` has the manifest to
 * open with a profile, by the text of the profile.
 */
export function withPlaygroundLinks(text: string, manifests: ReadonlyMap<string, string>): string {
  const generated = /<!-- pod -->[\s\S]*?<!-- \/pod -->/g
  const blocks = [...text.replace(generated, '').matchAll(fence)].map(([, block = '']) => block)
  return outside(generated, text, part =>
    part.replace(fence, (whole, block) => {
      const opened = openedFor(block, blocks, manifests.get(block))
      return opened ? `${whole}\n\n${link('Open in the playground', opened)}` : whole
    }),
  )
}

/** Adds a link to each section of docs/reasons.md for which `examples` has a manifest, by reason. */
export function withReasonLinks(text: string, examples: Readonly<Record<string, string>>): string {
  return text.replace(/^## (\w+)\n[\s\S]*?(?=^## |(?![\s\S]))/gm, (section, reason) => {
    const example = examples[reason]
    if (example === undefined) return section
    return `${section.trimEnd()}\n\n${link('See a Pod with this reason in the playground', sharedOf(example))}\n\n`
  })
}

const fence = /^```yaml\n([\s\S]*?)^```$/gm

function link(text: string, shared: Shared): string {
  return `[${text}](/playground/#${fragmentOf(shared)}){.open-in-playground target="_self"}`
}

function fragmentOf({ manifest, profiles }: Shared): string {
  const edited = Object.keys(profiles).length > 0 ? { edited: profiles } : {}
  return deflateRawSync(JSON.stringify({ manifest, ...edited }), { level: 9 }).toString('base64url')
}

function outside(pattern: RegExp, text: string, change: (part: string) => string): string {
  let end = 0
  let changed = ''
  for (const found of text.matchAll(pattern)) {
    changed += change(text.slice(end, found.index)) + found[0]
    end = found.index + found[0].length
  }
  return changed + change(text.slice(end))
}
