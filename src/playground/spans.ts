import { isAlias, isCollection, isPair, isScalar, type ParsedNode, type Scalar } from 'yaml'
import type { Manifest, ManifestDocument } from '../manifest/yaml/manifest.ts'
import { inline } from '../manifest/yaml/style.ts'
import type { Path } from '../problems/problem.ts'
import type { Edit, Span } from './protocol.ts'

/** The key and the value of a member, or an item, in a text. */
export interface Member {
  readonly key?: Span
  readonly value?: Span
  /** Undefined for a collection and for an alias. */
  readonly scalar?: Scalar.Parsed
  readonly isInFlow: boolean
}

/** What is at a path of a document; undefined if there is nothing. */
export function memberAt({ node }: ManifestDocument, path: Path): Member | undefined {
  let held: unknown = node.contents
  let member: Member = { isInFlow: false, ...spanned(held) }
  for (const step of path) {
    const target = isAlias(held) ? held.resolve(node) : held
    if (!isCollection(target)) return undefined
    const item: unknown = target.items.find((each, i) =>
      isPair(each) ? isScalar(each.key) && String(each.key.value) === step : i === step,
    )
    if (item === undefined) return undefined
    held = isPair(item) ? item.value : item
    member = {
      ...(isPair(item) && isScalar(item.key) && { key: spanOf(item.key as ParsedNode) }),
      ...spanned(held),
      isInFlow: target.flow === true,
    }
  }
  return member
}

function spanned(held: unknown): Pick<Member, 'value' | 'scalar'> {
  const node = held as ParsedNode | null
  if (!node?.range) return {}
  return { value: spanOf(node), ...(isScalar(node) && { scalar: node as Scalar.Parsed }) }
}

function spanOf({ range }: ParsedNode): Span {
  return { from: range[0], to: range[1] }
}

/** A name between the commas of a text in quotes or without; undefined if it is not written there letter by letter. */
export function entryIn(
  { text }: Pick<Manifest, 'text'>,
  { value, scalar }: Member,
  entry: string,
): Span | undefined {
  if (!value || !scalar || entry === '' || !isOneLine(scalar)) return undefined
  const quote = scalar.type === 'PLAIN' ? 0 : 1
  let at = value.from + quote
  for (const part of text.slice(at, value.to - quote).split(',')) {
    const start = at + part.length - part.trimStart().length
    if (part.trim() === entry) return { from: start, to: start + entry.length }
    at += part.length + 1
  }
  return undefined
}

function isOneLine({ type }: Scalar): boolean {
  return type === 'PLAIN' || type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE'
}

/** The edit that replaces the text of a scalar and keeps its quotes; undefined if it needs more than that. */
export function replacementOf({ value, scalar, isInFlow }: Member, text: string): Edit | undefined {
  if (!value || !scalar || !isOneLine(scalar)) return undefined
  if (scalar.type === 'PLAIN') {
    const isPlain = !isInFlow && scalar.tag === undefined && inline(text) === text
    return { ...value, insert: isPlain ? text : JSON.stringify(text) }
  }
  if (!isHarmless.test(text)) return undefined
  return { from: value.from + 1, to: value.to - 1, insert: text }
}

// No quotes, no escapes, and no line breaks: it means the same in both types of quotes.
const isHarmless = /^[\w ,./:@=+-]*$/
