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
} from 'yaml'
import type { Json } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { kubectlTags } from './scalars.ts'

/** What is wrong with a text, at an offset in it. */
export interface YamlMistake {
  readonly message: string
  readonly offset: number
}

export interface YamlDocument {
  readonly node: Document.Parsed<ParsedNode>
  /** Null for an empty document, and where there are mistakes. */
  readonly value: Json
  /** Whether there is nothing in it. */
  readonly isEmpty: boolean
  readonly mistakes: readonly YamlMistake[]
  /** Unknown tags and the like. */
  readonly warnings: readonly YamlMistake[]
}

export interface Yaml {
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
  let nodes: readonly Document.Parsed<ParsedNode>[]
  try {
    // For an empty text the library returns an array with other members.
    nodes = Array.from(parseAllDocuments(text, { ...asKubectl, lineCounter: lines }) as Documents)
  } catch (error) {
    if (error instanceof RangeError) return [unread(tooDeep)]
    throw error
  }
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
  const [node] = parseAllDocuments('null', asKubectl) as Iterable<Document.Parsed<ParsedNode>> as [
    Document.Parsed<ParsedNode>,
  ]
  return { node, value: null, isEmpty: false, mistakes: [{ message, offset }], warnings: [] }
}

function documentOf(node: Document.Parsed<ParsedNode>): YamlDocument {
  const offset = node.contents?.range[0] ?? node.range[0]
  const result = (value: Json, mistakes: readonly YamlMistake[]): YamlDocument => ({
    node,
    value,
    isEmpty: isEmpty(node),
    mistakes,
    warnings: node.warnings.map(({ message, pos }) => ({ message, offset: pos[0] })),
  })
  // The stack overflowed: other errors mean nothing.
  if (node.errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION'))
    return result(null, [{ message: tooDeep, offset }])
  const errors = node.errors.map(({ message, pos }) => ({ message, offset: pos[0] }))
  if (errors.length > 0) return result(null, errors)
  const { yaml } = node.directives
  if (yaml.explicit && yaml.version !== '1.1')
    return result(null, [{ message: `%YAML ${yaml.version}: kubectl reads version 1.1 only`, offset }])
  const mistakes = mistakesIn(node)
  if (mistakes.length > 0) return result(null, mistakes)
  try {
    return result(node.toJS({ maxAliasCount: 100 }) as Json, [])
  } catch (error) {
    return result(null, [
      { message: error instanceof RangeError ? tooDeep : (error as Error).message, offset },
    ])
  }
}

function isEmpty({ contents }: Document): boolean {
  return contents === null || (isScalar(contents) && contents.value === null)
}

/** The mistakes that the parser accepts, found in one walk over the nodes without recursion. */
function mistakesIn({ contents }: Document.Parsed<ParsedNode>): readonly YamlMistake[] {
  const mistakes: YamlMistake[] = []
  let aliases = 0
  const aliased: Marked[] = []
  const anchored: (Marked & { readonly end: number })[] = []
  const rest: { node: unknown; depth: number }[] = [{ node: contents, depth: 0 }]
  for (let next = rest.pop(); next; next = rest.pop()) {
    const { node, depth } = next
    if (depth > limits.yamlDepth) return [{ message: tooDeep, offset: offsetOf(node) }]
    if (isAlias(node) && ++aliases > limits.yamlAliases)
      return [{ message: `there are more than ${limits.yamlAliases} aliases`, offset: offsetOf(node) }]
    if (isScalar(node) && typeof node.value === 'number' && !Number.isFinite(node.value))
      mistakes.push({ message: `${node.source} is not a JSON number`, offset: offsetOf(node) })
    if (isAlias(node)) aliased.push({ name: node.source, offset: offsetOf(node) })
    else if (isNode(node) && node.anchor !== undefined)
      anchored.push({ name: node.anchor, offset: offsetOf(node), end: node.range?.[1] ?? 0 })
    if (!isCollection(node)) continue
    const keys = new Set<string>()
    for (const item of node.items) {
      const value = isPair(item) ? item.value : item
      rest.push({ node: value, depth: depth + 1 })
      const mistake = isPair(item) ? keyMistake(item.key, keys) : undefined
      if (mistake) mistakes.push(mistake)
    }
  }
  const around = endless(aliased, anchored)
  if (around)
    mistakes.push({ message: `*${around.name} refers to a value that contains it`, offset: around.offset })
  return mistakes.sort((a, b) => a.offset - b.offset).slice(0, limits.problems)
}

interface Marked {
  readonly name: string
  readonly offset: number
}

/** An alias inside of the value that it refers to: that of the last anchor of its name before it. */
function endless(
  aliased: readonly Marked[],
  anchored: readonly (Marked & { readonly end: number })[],
): Marked | undefined {
  const byName = Map.groupBy(
    anchored.toSorted((a, b) => a.offset - b.offset),
    ({ name }) => name,
  )
  return aliased.find(({ name, offset }) => {
    const anchor = byName.get(name)?.findLast(each => each.offset < offset)
    return anchor !== undefined && anchor.end > offset
  })
}

function keyMistake(key: unknown, keys: Set<string>): YamlMistake | undefined {
  const offset = offsetOf(key)
  if (isAlias(key)) return undefined
  if (!isScalar(key) || key.value === null)
    return { message: 'a key must be a string; a template of Helm must be rendered first', offset }
  const name = String(key.value)
  if (keys.has(name)) return { message: `the key ${JSON.stringify(name)} appears twice in one map`, offset }
  keys.add(name)
  return undefined
}

function offsetOf(node: unknown): number {
  return (node as { range?: readonly [number] } | null)?.range?.[0] ?? 0
}
