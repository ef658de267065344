import {
  type Document,
  isAlias,
  isCollection,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  type ParsedNode,
  parseAllDocuments,
  type Tags,
  type YAMLError,
} from 'yaml'
import type { Json } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { kubectlTags } from './scalars.ts'

/** What is wrong with a text, at an offset in it. */
interface YamlMistake {
  readonly message: string
  readonly offset: number
}

interface YamlDocument {
  readonly node: Document.Parsed<ParsedNode>
  /** Null for an empty document, and where there are mistakes. */
  readonly value: Json
  /** Whether there is nothing in it. */
  readonly isEmpty: boolean
  readonly mistakes: readonly YamlMistake[]
  /** Unknown tags and the like. */
  readonly warnings: readonly YamlMistake[]
}

interface Yaml {
  readonly documents: readonly YamlDocument[]
  /** The line and column of an offset, counted from 1. */
  placeOf(offset: number): { readonly line: number; readonly column: number }
}

/**
 * The documents in a text, as kubectl reads them: `yes` is true, `0644` is octal, `<<` merges, a date is text. A duplicate
 * key in a map is a mistake, although kubectl silently takes the last one. The length of a text, its documents, their
 * depth and their aliases have limits, so that reading one is never expensive. https://github.com/kubernetes-sigs/yaml
 */
export function readYaml(text: string): Yaml {
  const lines = new LineCounter()
  const isMarked = text.startsWith(byteOrderMark)
  const placeOf = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    const column = line === 1 && isMarked ? col - 1 : col
    return { line: Math.max(line, 1), column: Math.max(column, 1) }
  }
  return { documents: documentsIn(text, lines), placeOf }
}

/** It comes before the first column. */
export const byteOrderMark = '\uFEFF'

function documentsIn(text: string, lines: LineCounter): readonly YamlDocument[] {
  if (text.length > limits.yamlLength) {
    return [unread(`is longer than ${limits.yamlLength} characters`)]
  }
  // For an empty text the library returns an array with other members.
  const nodes = Array.from(parseAllDocuments(text, { ...asKubectl, lineCounter: lines }) as Documents)
  const read = nodes.slice(0, limits.yamlDocuments).map(documentOf)
  if (nodes.length <= limits.yamlDocuments) return read
  const offset = nodes[limits.yamlDocuments]!.range[0]
  return [...read, unread(`there are more than ${limits.yamlDocuments} documents`, offset)]
}

type Documents = Iterable<Document.Parsed<ParsedNode>>

const asKubectl = {
  schema: 'failsafe',
  version: '1.1',
  customTags: (tags: Tags): Tags => [...tags, ...kubectlTags],
  merge: true,
  resolveKnownTags: false,
  // The library would compare each key with each other key; `mistakesIn` checks them instead.
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const

const tooDeep = `is nested more than ${limits.yamlDepth} levels deep`

function unread(message: string, offset = 0): YamlDocument {
  const [node] = parseAllDocuments('null', asKubectl) as Documents
  return { node: node!, value: null, isEmpty: false, mistakes: [{ message, offset }], warnings: [] }
}

function documentOf(node: Document.Parsed<ParsedNode>): YamlDocument {
  const { contents } = node
  const offset = offsetOf(contents)
  const isEmpty = isScalar(contents) && contents.value === null
  const document = { node, value: null, isEmpty, warnings: node.warnings.map(located) }
  const mistakes = mistakesOf(node, offset)
  if (mistakes.length > 0) return { ...document, mistakes }
  try {
    return { ...document, value: node.toJS({ maxAliasCount: 100 }) as Json, mistakes }
  } catch (error) {
    return { ...document, mistakes: [{ message: (error as Error).message, offset }] }
  }
}

function mistakesOf(node: Document.Parsed<ParsedNode>, offset: number): readonly YamlMistake[] {
  // The stack overflowed: other errors mean nothing.
  if (node.errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) return [{ message: tooDeep, offset }]
  // After the first error, the parser guesses: the others follow from it.
  if (node.errors.length > 0) return node.errors.slice(0, 1).map(located)
  const { explicit, version } = node.directives.yaml
  if (explicit && version !== '1.1')
    return [{ message: `%YAML ${version}: kubectl reads version 1.1 only`, offset }]
  return mistakesIn(node.contents)
}

function located({ message, pos }: YAMLError): YamlMistake {
  return { message, offset: pos[0] }
}

/** The mistakes that the parser accepts, found in one walk in the order of the text, without recursion. */
function mistakesIn(contents: unknown): readonly YamlMistake[] {
  const mistakes: YamlMistake[] = []
  let aliases = 0
  /** The end of the last value with each anchor. */
  const anchors = new Map<string, number>()
  const rest: { node: unknown; depth: number }[] = [{ node: contents, depth: 0 }]
  for (let next = rest.pop(); next; next = rest.pop()) {
    const { node, depth } = next
    const offset = offsetOf(node)
    if (depth > limits.yamlDepth) return [{ message: tooDeep, offset }]
    if (isAlias(node)) {
      if (++aliases > limits.yamlAliases)
        return [{ message: `there are more than ${limits.yamlAliases} aliases`, offset }]
      if ((anchors.get(node.source) ?? 0) > offset)
        mistakes.push({ message: `*${node.source} refers to a value that contains it`, offset })
    } else if (isNode(node) && node.anchor !== undefined) anchors.set(node.anchor, node.range?.[1] ?? 0)
    if (isScalar(node) && typeof node.value === 'number' && !Number.isFinite(node.value))
      mistakes.push({ message: `${node.source} is not a JSON number`, offset })
    if (!isCollection(node)) continue
    mistakes.push(...keyMistakes(node.items).slice(0, limits.problems))
    for (const item of node.items.toReversed())
      rest.push({ node: isPair(item) ? item.value : item, depth: depth + 1 })
  }
  return mistakes.sort((a, b) => a.offset - b.offset).slice(0, limits.problems)
}

function keyMistakes(items: readonly unknown[]): YamlMistake[] {
  const keys = new Set<string>()
  return items.filter(isPair).flatMap(({ key }) => {
    const offset = offsetOf(key)
    if (isAlias(key)) return []
    if (!isScalar(key) || key.value === null)
      return [{ message: 'a key must be a string; a template of Helm must be rendered first', offset }]
    const name = String(key.value)
    if (keys.has(name))
      return [{ message: `the key ${JSON.stringify(name)} appears twice in one map`, offset }]
    keys.add(name)
    return []
  })
}

function offsetOf(node: unknown): number {
  return (node as { range?: readonly [number] } | null)?.range?.[0] ?? 0
}
