import {
  type Document,
  isCollection,
  isNode,
  isPair,
  isSeq,
  type ParsedNode,
  stringify,
  type Tags,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import type { Json } from '../../json/json.ts'
import { number } from '../../profile/yaml/scalars.ts'

/** The layout of a text, so that additions look like the rest. */
export interface Style {
  /** Spaces for each level. */
  readonly indent: number
  /** Whether the dashes of a list are indented more than its key. */
  readonly indentSeq: boolean
  readonly newline: string
}

/** The most frequent layout of a text; by default that of kubectl: two spaces, and lists not indented. */
export function styleOf(text: string, documents: readonly Document<ParsedNode>[]): Style {
  const indents = new Map<number, number>()
  let deeper = 0
  for (const document of documents) {
    visit(document, {
      Pair(_, { key, value }) {
        if (!isCollection(value)) return
        const [outer, inner] = [columnOf(key, text), columnOf(startOf(value), text)]
        if (outer === undefined || inner === undefined) return
        if (isSeq(value) && !value.flow) deeper += inner > outer ? 1 : -1
        else if (inner > outer) indents.set(inner - outer, (indents.get(inner - outer) ?? 0) + 1)
      },
    })
  }
  const [indent = 2] = [...indents].sort(([, a], [, b]) => b - a)[0] ?? []
  return { indent, indentSeq: deeper > 0, newline: text.includes('\r\n') ? '\r\n' : '\n' }
}

/** What can be first on a line in a collection: its first key, dash, or item in `[ ]`. */
function startOf(node: YAMLMap | YAMLSeq): unknown {
  const first: unknown = node.items[0]
  if (isPair(first)) return first.key
  return node.flow ? first : node
}

/** The column of a node that is first on its line, apart from dashes. */
function columnOf(node: unknown, text: string): number | undefined {
  const start = isNode(node) ? node.range?.[0] : undefined
  if (start === undefined) return undefined
  let at = start
  while (at > 0 && (text[at - 1] === ' ' || text[at - 1] === '-')) at--
  return at === 0 || text[at - 1] === '\n' ? start - at : undefined
}

/** A value as block YAML; each line is indented by `column` spaces and has a line break. */
export function block(value: Json, column: number, { indent, indentSeq, newline }: Style): string {
  const text = stringify(value, { indent, indentSeq, ...plain })
  return text.replace(/^(?=[^\n])/gm, ' '.repeat(column)).replaceAll('\n', newline)
}

/** A scalar, or an empty map or list, on one line. */
export function inline(value: Json): string {
  const text = stringify(value, plain).trimEnd()
  return text.includes('\n') ? JSON.stringify(value) : text
}

const plain = {
  lineWidth: 0,
  aliasDuplicateObjects: false,
  // Strings are quoted when YAML 1.1 or 1.2 would read another value.
  version: '1.1',
  compat: 'core',
  customTags: (tags: Tags): Tags => [...tags, number],
} as const
