import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** What a link opens in the playground. */
export interface Opened {
  readonly manifest: string
  /** Texts of profiles besides those of the catalog, by file. */
  readonly profiles: Readonly<Record<string, string>>
}

/** A folder of an example: a Pod, its profiles, and its namespace. */
export interface Case {
  /** The texts of its files. */
  readonly texts: readonly string[]
  readonly opened: Opened
}

/** Separates the profiles of a YAML text from its other documents. */
export function openedIn(text: string): Opened {
  const documents = text.split(/^---\n/m)
  return {
    manifest: documents.filter(each => !isProfile(each)).join('---\n'),
    profiles: Object.fromEntries(documents.filter(isProfile).map(each => [fileOf(nameOf(each)), each])),
  }
}

/**
 * What to open for a block of YAML in a document; undefined if it neither is a profile nor asks for one. A block that is only a
 * part of a Pod is completed. A block that is a file of one of `cases` is opened with the other files there, and any other
 * profile with a Pod that asks for it. `others` are all blocks of the document.
 */
export function openedFor(
  block: string,
  others: readonly string[],
  cases: readonly Case[],
): Opened | undefined {
  const own = cases.find(({ texts }) => texts.includes(block))
  if (own) return own.opened
  const { manifest, profiles } = openedIn(others.filter(isProfile).join('---\n'))
  if (isProfile(block)) {
    const name = nameOf(block)
    const asking = others.find(each => /^kind: Pod$/m.test(each) && asksFor(each).includes(name))
    return { manifest: asking ?? podAskingFor(name), profiles: openedIn(block).profiles }
  }
  const asked = asksFor(block)
  if (asked.length === 0 || manifest !== '') return undefined
  const used = Object.entries(profiles).filter(([, text]) => asked.includes(nameOf(text)))
  return { manifest: completed(block), profiles: Object.fromEntries(used) }
}

/** A profile with the name of one in the catalog takes its place. */
function fileOf(profile: string): string {
  const inCatalog = `catalog/${profile}.yaml`
  return existsSync(join(import.meta.dirname, '../..', inCatalog)) ? inCatalog : `profiles/${profile}.yaml`
}

function completed(block: string): string {
  if (block.startsWith('metadata:\n'))
    return `apiVersion: v1\nkind: Pod\n${block.replace('metadata:\n', 'metadata:\n  name: app\n')}${spec}`
  if (/^kind: Namespace$/m.test(block))
    return `${block}---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: app\n  namespace: ${nameOf(block)}\n${spec}`
  return block
}

const spec = 'spec:\n  containers:\n    - name: app\n      image: registry.example/app:1\n'

function podAskingFor(profile: string): string {
  return completed(`metadata:\n  annotations:\n    pillion.dev/inject: ${profile}\n`)
}

function asksFor(text: string): string[] {
  return (/^ +pillion\.dev\/inject: (.*)$/m.exec(text)?.[1] ?? '').split(', ').filter(Boolean)
}

function isProfile(document: string): boolean {
  return /^apiVersion: pillion\.dev\//m.test(document)
}

function nameOf(document: string): string {
  return /^metadata:\n(?: {2}.*\n)*? {2}name: (\S+)$/m.exec(document)?.[1] ?? ''
}
