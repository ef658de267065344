import type { Document, ParsedNode } from 'yaml'
import type { Json } from '../../json/json.ts'
import type { Path, Problem } from '../../problems/problem.ts'
import { offsetOf } from '../../profile/yaml/offset.ts'
import { readYaml } from '../../profile/yaml/read.ts'

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

/** Reads YAML as kubectl does, or says what is wrong with it. */
export function parseManifest(
  text: string,
  file: string,
): { readonly manifest: Manifest } | { readonly problems: readonly Problem[] } {
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
  if (problems.length > 0) return { problems }
  const read = documents.map(({ node, value }) => ({
    node,
    value,
    problemAt: (path: Path, message: string) => at(offsetOf(node, path), message, path),
  }))
  return { manifest: { file, text, documents: read } }
}
