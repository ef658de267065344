import type { Document, ParsedNode } from 'yaml'
import type { Json } from '../../json/json.ts'
import type { Path, Problem } from '../../problems/problem.ts'
import { offsetOf } from '../../profile/yaml/offset.ts'
import { readYaml } from '../../profile/yaml/read.ts'

/** A text of YAML or JSON documents, with the position of everything in it. */
export interface Manifest {
  /** The name of the file; `-` for stdin. */
  readonly file: string
  readonly text: string
  readonly documents: readonly ManifestDocument[]
}

export interface ManifestDocument {
  readonly node: Document<ParsedNode>
  /** The value as kubectl reads it; null for an empty document. */
  readonly value: Json
  /** A problem with the line and column of a path, or of its nearest parent that exists. */
  problemAt(path: Path, message: string): Problem
}

/** Reads YAML like kubectl. Documents with mistakes are left out, and are problems. */
export function parseManifest(
  text: string,
  file: string,
): { readonly manifest: Manifest; readonly problems: readonly Problem[] } {
  const { documents, placeOf } = readYaml(text)
  const at = (offset: number, message: string, path: Path = []): Problem => ({
    path,
    message,
    file,
    ...placeOf(offset),
  })
  const problems = documents.flatMap(({ mistakes }) =>
    mistakes.map(({ offset, message }) => at(offset, message)),
  )
  const valid = documents.filter(({ mistakes }) => mistakes.length === 0)
  const read = valid.map(({ node, value }) => ({
    node,
    value,
    problemAt: (path: Path, message: string) => at(offsetOf(node, path), message, path),
  }))
  return { manifest: { file, text, documents: read }, problems }
}
