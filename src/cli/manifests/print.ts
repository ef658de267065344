import { applied } from '../../engine/patch/apply.ts'
import { pointerTo } from '../../json/pointer.ts'
import { describe } from '../../problems/problem.ts'
import { type ExitCode, Failure, type Io, printJson } from '../io.ts'
import { unifiedDiff } from '../output/diff.ts'
import type { TextChange } from '../yaml/edits.ts'
import type { Manifest, ManifestDocument } from '../yaml/manifest.ts'
import { patchManifest } from '../yaml/patch.ts'
import { replaceFile } from './in-place.ts'
import type { Workload } from './workload.ts'

export type Output = 'yaml' | 'json' | 'patch' | 'diff'
type Changes = ReadonlyMap<ManifestDocument, readonly TextChange[]>

/** What changes in the Pod, or the Pod template, of a workload. */
export interface WorkloadChanges {
  readonly document: ManifestDocument
  readonly workload: Workload
  readonly changes: readonly TextChange[]
}

/** Prints manifests with the changes to their workloads in the format that was requested, or replaces their files. */
export async function printChanged(
  manifests: readonly Manifest[],
  changed: readonly WorkloadChanges[],
  { output, inPlace }: { readonly output: Output; readonly inPlace?: true },
  io: Io,
  /** What a text needs besides, and an object does not. */
  inText: (one: WorkloadChanges) => WorkloadChanges,
): Promise<ExitCode> {
  const isText = output === 'yaml' || output === 'diff'
  const changes = byDocument(isText ? changed.map(inText) : changed)
  if (output === 'patch' || output === 'json') {
    printJson((output === 'patch' ? patchesOf : changedObjects)(manifests, changes), io)
    return 0
  }
  const edited = manifests.map(manifest => ({ ...manifest, ...patchManifest(manifest, changes) }))
  const problems = edited.flatMap(result => ('problems' in result ? result.problems.map(describe) : []))
  if (problems.length > 0) throw new Failure(1, ...problems)
  if (inPlace) {
    for (const [i, { file, text }] of edited.entries()) {
      const before = manifests[i]!.text
      if (text !== before) await replaceFile(file, before, text)
    }
  } else if (output === 'yaml') io.out(joined(edited.map(({ text }) => text)))
  else
    for (const [i, { file, text }] of edited.entries())
      io.out(unifiedDiff(file, manifests[i]?.text ?? '', text, io.isColoured))
  return 0
}

/** The paths of the operations start at the Pod or template; in the result they start at the document. */
function byDocument(changed: readonly WorkloadChanges[]): Changes {
  const all = new Map<ManifestDocument, TextChange[]>()
  for (const { document, workload, changes } of changed) {
    const root = pointerTo(workload.path)
    const ofDocument = all.get(document) ?? []
    all.set(document, ofDocument)
    for (const change of changes) ofDocument.push({ ...change, path: `${root}${change.path}` })
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
function patchesOf(manifests: readonly Manifest[], changes: Changes): unknown {
  const placed = filledIn(manifests).map(document => {
    const { file, line } = document.problemAt([], '')
    return { file, line, patch: changes.get(document) ?? [] }
  })
  return placed.length === 1 ? placed[0]?.patch : placed
}

/** The changed object; a List of several. */
function changedObjects(manifests: readonly Manifest[], changes: Changes): unknown {
  const items = filledIn(manifests).map(document => applied(document.value, changes.get(document) ?? []))
  return items.length === 1 ? items[0] : { apiVersion: 'v1', kind: 'List', items }
}

/** The documents that are not empty. */
function filledIn(manifests: readonly Manifest[]): readonly ManifestDocument[] {
  return manifests.flatMap(({ documents }) => documents.filter(({ value }) => value !== null))
}
