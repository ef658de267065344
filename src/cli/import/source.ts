import { isObject, type Json, type JsonObject } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { parseManifest } from '../../manifest/yaml/manifest.ts'
import { describe, type Path } from '../../problems/problem.ts'
import { Failure } from '../io.ts'
import { leavesOf } from './tree.ts'

/** One document of another project's file. */
export interface Source {
  readonly file: string
  readonly value: Json
  /** The line of the deepest part of a path that exists. */
  lineOf(path: Path): number
}

/** The documents of a text that are not empty; ends the command if the text is not valid YAML, or too large. */
export function sourcesIn(text: string, file: string): readonly Source[] {
  const { manifest, problems } = parseManifest(text, file)
  if (problems.length > 0) throw new Failure(1, ...problems.map(describe))
  const sources = manifest.documents
    .filter(({ value }) => value !== null)
    .map(({ value, problemAt }) => ({ file, value, lineOf: (path: Path) => problemAt(path, '').line ?? 1 }))
  for (const source of sources) {
    let fields = 0
    for (const [path] of leavesOf(source.value))
      if (++fields > limits.importFields)
        throw failure(source, path, `the file has more than ${limits.importFields} fields`)
  }
  return sources
}

/** Ends the command with the place of what is wrong. */
export function failure({ file, lineOf }: Source, path: Path, message: string): Failure {
  return new Failure(1, describe({ file, line: lineOf(path), path, message }))
}

/** The same document with YAML instead of the text at a path, as in a ConfigMap. */
export function withEmbedded(
  source: Source,
  path: Path,
  change: (text: string) => string = text => text,
): Source {
  const text = path.reduce<Json | undefined>(
    (value, key) => (value as JsonObject | undefined)?.[key],
    source.value,
  )
  if (typeof text !== 'string') throw failure(source, path, 'must be YAML text')
  const first = firstLineOf(source, path, text)
  const { manifest, problems } = parseManifest(change(text), source.file)
  const wrong = problems.map(each => describe({ ...each, line: (each.line ?? 1) + first - 1 }))
  if (wrong.length > 0) throw new Failure(1, ...wrong)
  const [document, second] = manifest.documents.filter(({ value }) => value !== null)
  if (second) throw failure(source, path, 'has more than one YAML document: make a ConfigMap for each')
  const depth = path.length
  return {
    file: source.file,
    value: replaced(source.value, path, document?.value ?? {}),
    lineOf: at =>
      document && path.every((step, i) => at[i] === step) && at.length > depth
        ? (document.problemAt(at.slice(depth), '').line ?? 1) + first - 1
        : source.lineOf(at),
  }
}

/** Text after `|` begins in the line below its key; any other text is in one line, where line numbers mean less. */
function firstLineOf(source: Source, path: Path, text: string): number {
  return source.lineOf(path) + (text.includes('\n') ? 1 : 0)
}

function replaced(value: Json | undefined, [step, ...rest]: Path, by: Json): Json {
  if (step === undefined) return by
  if (Array.isArray(value))
    return value.map((item: Json, i) => (i === step ? replaced(item, rest, by) : item))
  if (isObject(value)) return { ...value, [step]: replaced(value[step], rest, by) }
  return value ?? null
}
