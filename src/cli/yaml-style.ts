import { type Document, isMap, isSeq, type ParsedNode, stringify, visit } from 'yaml'
import type { Json } from '../profile/json.ts'

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
  const column = (offset: number) => offset - (text.lastIndexOf('\n', offset - 1) + 1)
  const indents = new Map<number, number>()
  let deeper = 0
  for (const document of documents) {
    visit(document, {
      Pair(_, { key, value }) {
        const keyed = (key as ParsedNode | null)?.range
        if (!keyed || !(isMap(value) || isSeq(value)) || value.flow || !value.range) return
        const difference = column(value.range[0]) - column(keyed[0])
        if (isSeq(value)) deeper += difference > 0 ? 1 : -1
        else indents.set(difference, (indents.get(difference) ?? 0) + 1)
      },
    })
  }
  const [indent = 2] = [...indents].sort(([, a], [, b]) => b - a)[0] ?? []
  return { indent, indentSeq: deeper > 0, newline: text.includes('\r\n') ? '\r\n' : '\n' }
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
} as const
