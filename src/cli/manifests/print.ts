import { applied } from '../../engine/patch/apply.ts'
import type { Operation, Removal } from '../../engine/patch/operation.ts'
import { pointerTo } from '../../json/pointer.ts'
import { describe } from '../../problems/problem.ts'
import type { ExitCode, Io } from '../io.ts'
import { unifiedDiff } from '../output/diff.ts'
import type { Manifest, ManifestDocument } from '../yaml/manifest.ts'
import { patchManifest } from '../yaml/patch.ts'
import { complain } from './decide.ts'
import type { Workload } from './workload.ts'

export type Output = 'yaml' | 'json' | 'patch' | 'diff'
type Change = Operation | Removal
type Changes = ReadonlyMap<ManifestDocument, readonly Change[]>

/** What changes in the Pod, or the Pod template, of a workload. */
export interface WorkloadChanges {
  readonly document: ManifestDocument
  readonly workload: Workload
  readonly changes: readonly Change[]
}

/** Prints manifests with the changes to their workloads, in the format that was requested. */
export function printChanged(
  manifests: readonly Manifest[],
  changed: readonly WorkloadChanges[],
  output: Output,
  io: Io,
): ExitCode {
  const changes = byDocument(changed)
  if (output === 'patch') return printPatches(manifests, changes, io)
  if (output === 'json') return printDocuments(manifests, changes, io)
  const edited = manifests.map(manifest => ({ manifest, result: patchManifest(manifest, changes) }))
  const problems = edited.flatMap(({ result }) => ('problems' in result ? result.problems.map(describe) : []))
  if (problems.length > 0) return complain({ problems, unusable: false }, io)
  const texts = edited.flatMap(({ manifest, result }) =>
    'text' in result ? [{ manifest, text: result.text }] : [],
  )
  if (output === 'diff') {
    for (const { manifest, text } of texts)
      io.out(unifiedDiff(manifest.file, manifest.text, text, io.isColoured))
  } else io.out(joined(texts.map(({ text }) => text)))
  return 0
}

/** The paths of the operations start at the Pod or template; in the result they start at the document. */
function byDocument(changed: readonly WorkloadChanges[]): Changes {
  const all = new Map<ManifestDocument, readonly Change[]>()
  for (const { document, workload, changes } of changed) {
    const root = pointerTo(workload.path)
    const rooted = changes.map(change => ({ ...change, path: `${root}${change.path}` }))
    all.set(document, [...(all.get(document) ?? []), ...rooted])
  }
  return all
}

/** One text of several: a document marker separates them. */
function joined(texts: readonly string[]): string {
  return texts.reduce((all, text) => {
    const ended = all === '' || all.endsWith('\n') ? all : `${all}\n`
    return ended === '' || text.startsWith('---') ? `${ended}${text}` : `${ended}---\n${text}`
  }, '')
}

/** The patch of a single document; for several documents, each patch with its file and line. */
function printPatches(manifests: readonly Manifest[], changes: Changes, io: Io): ExitCode {
  const all = manifests.flatMap(({ documents }) => documents.filter(({ value }) => value !== null))
  const patches = all.map(document => changes.get(document) ?? [])
  const placed = all.map((document, i) => {
    const { file = '', line = 1 } = document.problemAt([], '')
    return { file, line, patch: patches[i] ?? [] }
  })
  return printJson(all.length === 1 ? (patches[0] ?? []) : placed, io)
}

function printDocuments(manifests: readonly Manifest[], changes: Changes, io: Io): ExitCode {
  const values = manifests.flatMap(({ documents }) =>
    documents
      .filter(({ value }) => value !== null)
      .map(document => applied(document.value, changes.get(document) ?? [])),
  )
  const [only] = values
  return printJson(
    values.length === 1 && only !== undefined ? only : { apiVersion: 'v1', kind: 'List', items: values },
    io,
  )
}

function printJson(value: unknown, io: Io): ExitCode {
  io.out(`${JSON.stringify(value, null, 2)}\n`)
  return 0
}
