import {
  type Document,
  LineCounter,
  type ParsedNode,
  parseAllDocuments,
  type ScalarTag,
  type Tags,
} from 'yaml'
import type { Json } from '../../profile/json.ts'
import type { Path, Problem } from '../../profile/problem.ts'
import { offsetOf } from '../../profile/yaml-place.ts'
import { byteOrderMark } from './page.ts'

/** A text of YAML (or JSON) documents, with where everything in it stands. */
export interface Manifest {
  /** As it was given, `-` for the standard input. */
  readonly file: string
  readonly text: string
  readonly documents: readonly ManifestDocument[]
}

export interface ManifestDocument {
  readonly node: Document<ParsedNode>
  /** What kubectl would make of it; null for an empty document. */
  readonly value: Json
  /** The problem of what stands at a path, or of the nearest thing that does, at its line and column. */
  problemAt(path: Path, message: string): Problem
}

/**
 * Reads YAML as kubectl does: version 1.1, where `0644` is octal and `yes` is true, with merge keys, but
 * dates stay strings. Refuses what is no YAML, and aliases that expand without bound.
 */
export function parseManifest(
  text: string,
  file: string,
): { readonly manifest: Manifest } | { readonly problems: readonly Problem[] } {
  const lines = new LineCounter()
  const at = (offset: number, message: string, path: Path = []): Problem => {
    const { line, col } = lines.linePos(offset)
    const isShifted = line === 1 && text.startsWith(byteOrderMark)
    return { path, message, file, line: Math.max(line, 1), column: Math.max(isShifted ? col - 1 : col, 1) }
  }
  const nodes = bounded(() => [
    ...(parseAllDocuments(text, { ...asKubectl, lineCounter: lines }) as Documents),
  ])
  if ('tooDeep' in nodes) return { problems: [at(0, nodes.tooDeep)] }

  const documents: ManifestDocument[] = []
  const problems: Problem[] = []
  for (const node of nodes.value) {
    problems.push(...node.errors.map(({ message, pos }) => at(pos[0], plainly(message))))
    if (node.errors.length > 0) continue
    const value = jsonOf(node)
    if ('problem' in value) problems.push(at(node.contents?.range[0] ?? node.range[0], value.problem))
    else {
      const problemAt = (path: Path, message: string) => at(offsetOf(node, path), message, path)
      documents.push({ node, value: value.json, problemAt })
    }
  }
  return problems.length > 0 ? { problems } : { manifest: { file, text, documents } }
}

type Documents = Iterable<Document.Parsed<ParsedNode>>

/** `0o644`, which go-yaml reads beside the older `0644`. */
const octal: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^0o[0-7]+$/,
  resolve: text => Number.parseInt(text.slice(2), 8),
}

const asKubectl = {
  version: '1.1',
  prettyErrors: false,
  logLevel: 'silent',
  customTags: (tags: Tags): Tags => [...tags.flatMap(asGoYaml), octal],
} as const

/**
 * What the library takes for YAML 1.1 and go-yaml does not: 22:22 as a sexagesimal number, a date as
 * anything but text, `E1` or `.` as a number. https://github.com/kubernetes-sigs/yaml
 */
function asGoYaml(tag: Tags[number]): Tags {
  if (typeof tag === 'string' || !('test' in tag) || !tag.test) return [tag]
  if (tag.tag === 'tag:yaml.org,2002:timestamp' || tag.format === 'TIME') return []
  if (tag.tag !== 'tag:yaml.org,2002:float' || tag.test.test('.nan')) return [tag]
  return [{ ...tag, test: new RegExp(`^(?=[-+]?[.]?[0-9])${tag.test.source}`) }]
}

/** What a parsed document holds as JSON. */
function jsonOf(node: Document): { readonly json: Json } | { readonly problem: string } {
  try {
    const read = bounded(() => node.toJS({ maxAliasCount: 100 }) as Json)
    return 'tooDeep' in read ? { problem: read.tooDeep } : { json: read.value }
  } catch (error) {
    return { problem: (error as Error).message }
  }
}

/** The parser is recursive: a nesting that exhausts the stack is the text's fault, not a bug. */
function bounded<T>(read: () => T): { readonly value: T } | { readonly tooDeep: string } {
  try {
    return { value: read() }
  } catch (error) {
    if (error instanceof RangeError) return { tooDeep }
    throw error
  }
}

/** The parser itself catches some of these, and gives the engine's words for it. */
function plainly(message: string): string {
  return message.startsWith('Maximum call stack') ? tooDeep : message
}

const tooDeep = 'is nested too deeply'
