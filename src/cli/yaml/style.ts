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

/** How a text is laid out, so that what is added looks as if its author had written it. */
export interface Style {
  /** Spaces a level. */
  readonly indent: number
  /** Whether the dashes of a list stand deeper than its key. */
  readonly indentSeq: boolean
  readonly newline: string
}

/** What most of a text does; two spaces and lists as deep as their key, as kubectl writes, when in doubt. */
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

/** What of a collection may stand at the start of a line: its first key, dash, or item in `[ ]`. */
function startOf(node: YAMLMap | YAMLSeq): unknown {
  const first: unknown = node.items[0]
  if (isPair(first)) return first.key
  return node.flow ? first : node
}

/** The column of what starts a line, but for dashes before it. */
function columnOf(node: unknown, text: string): number | undefined {
  const start = isNode(node) ? node.range?.[0] : undefined
  if (start === undefined) return undefined
  let at = start
  while (at > 0 && (text[at - 1] === ' ' || text[at - 1] === '-')) at--
  return at === 0 || text[at - 1] === '\n' ? start - at : undefined
}

/** A value as block YAML, each line indented by `column` spaces and ended. */
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
  // Quoted wherever one of the two would read something else than this string.
  version: '1.1',
  compat: 'core',
  customTags: (tags: Tags): Tags => [...tags, number],
} as const
