import { realTypes, type Schema, schemaAt } from '../json/schema.ts'
import { type Manifest, type ManifestDocument, parseManifest } from '../manifest/yaml/manifest.ts'
import type { Misspelt, Path, Problem } from '../problems/problem.ts'
import { ProfileObject } from '../profile/schema/schema.ts'
import { Fixer } from './fixes.ts'
import type { Edit, Fix, Span } from './protocol.ts'
import { type Member, memberAt } from './spans.ts'
import { lineStartAt } from './text-lines.ts'

/** Where a problem is in the text of a profile, and what corrects it. */
export interface Corrected {
  readonly span?: Span
  readonly fixes: readonly Fix[]
}

/** Finds what corrects the problems of a text. The text is read when there is a first problem. */
export function profileFixer(text: string): (problem: Problem, offset: number) => Corrected {
  let read: { readonly manifest: Manifest; readonly fixer: Fixer } | undefined
  return (problem, offset) => {
    if (!read) {
      const { manifest } = parseManifest(text, '')
      read = { manifest, fixer: new Fixer(manifest) }
    }
    const { manifest, fixer } = read
    const document = manifest.documents.find(({ node: { range = [0, 0, 0] } }) => {
      const [start, , end] = range
      return start <= offset && offset <= end
    })
    // A text that is not YAML has no documents.
    if (!document) return { fixes: quotedLine(text, offset) }
    const member = memberAt(document, problem.path)
    if (!member) return { fixes: [] }
    const { misspelt } = problem
    if (misspelt) return corrected(text, problem.path, member, misspelt)
    return { fixes: byType(document, problem.path, member, fixer) }
  }
}

/** The nearest word in place of a key, or wherever the value has the word. */
function corrected(text: string, path: Path, { key, value }: Member, { word, meant }: Misspelt): Corrected {
  const isKey = key !== undefined && path.at(-1) === word
  const place = isKey ? key : value
  const edits = place ? occurrences(text, place, word).map((span): Edit => ({ ...span, insert: meant })) : []
  const [first] = edits
  if (!first) return { fixes: [] }
  const label = isKey
    ? `Rename it to ${meant}`
    : `Replace ${JSON.stringify(word)} by ${JSON.stringify(meant)}`
  return { span: { from: first.from, to: first.to }, fixes: [{ label, edits }] }
}

/** Where a part of a text has a word that is not a part of a longer one. */
function occurrences(text: string, { from, to }: Span, word: string): readonly Span[] {
  const found: Span[] = []
  for (let at = text.indexOf(word, from); at >= 0 && at + word.length <= to; ) {
    const end = at + word.length
    if (!isJoined(text, at) && !isJoined(text, end)) found.push({ from: at, to: end })
    at = text.indexOf(word, end)
  }
  return found
}

/** Whether the characters on both sides belong to one word. */
function isJoined(text: string, at: number): boolean {
  return /\w/.test(text[at - 1] ?? '') && /\w/.test(text[at] ?? '')
}

/** What a field is that does not exist, or that has a value of another type. */
function byType(document: ManifestDocument, path: Path, member: Member, fixer: Fixer): readonly Fix[] {
  const own = path[0] === 'items' ? path.slice(2) : path
  const { properties } = schemaAt(root, own.slice(0, -1)) ?? {}
  if (properties && !Object.hasOwn(properties, String(own.at(-1)))) return fixer.removed(document, path)
  const schema = schemaAt(root, own)
  const { scalar, value } = member
  if (!schema || !scalar || !value) return []
  const types = realTypes(schema)
  const isText = types.includes('string')
  if (isText && typeof scalar.value !== 'string' && scalar.value !== null) return fixer.quoted(document, path)
  if (isText || typeof scalar.value !== 'string') return []
  const text = scalar.value
  if (!types.some(type => isUnquoted[type]?.(text))) return []
  return [{ label: `Write ${text} without quotes`, edits: [{ ...value, insert: text }] }]
}

const root = ProfileObject as unknown as Schema

/** Whether YAML reads a text as a value of a type if it has no quotes. */
const isUnquoted: Readonly<Record<string, (text: string) => boolean>> = {
  integer: text => /^-?(0|[1-9]\d{0,14})$/.test(text),
  number: text => /^-?(0|[1-9]\d{0,14})(\.\d{1,15})?$/.test(text),
  boolean: text => text === 'true' || text === 'false',
}

/** A value with an expression that YAML does not read as one text: `value: $(params.a ? "b: c" : "d")`. */
function quotedLine(text: string, offset: number): readonly Fix[] {
  const start = lineStartAt(text, offset)
  const end = text.indexOf('\n', start)
  const line = text.slice(start, end < 0 ? undefined : end).trimEnd()
  const colon = line.indexOf(': ')
  const value = line.slice(colon + 2).trimStart()
  if (colon < 0 || !value.includes('$(') || /^["'|>{[]/.test(value)) return []
  const insert = `'${value.replaceAll("'", "''")}'`
  const to = start + line.length
  return [{ label: 'Put the value into quotes', edits: [{ from: to - value.length, to, insert }] }]
}
