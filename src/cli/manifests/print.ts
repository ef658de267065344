import { applied } from '../../engine/patch/apply.ts'
import { type Changes, changesByDocument, type WorkloadChanges } from '../../manifest/changes.ts'
import type { Manifest, ManifestDocument } from '../../manifest/yaml/manifest.ts'
import { patchManifest } from '../../manifest/yaml/patch.ts'
import { describe } from '../../problems/problem.ts'
import { type ExitCode, Failure, type Io, printJson } from '../io.ts'
import { colouredDiff } from '../output/coloured-diff.ts'
import { replaceFile } from './in-place.ts'

export type Output = 'yaml' | 'json' | 'patch' | 'diff'

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
  const changes = changesByDocument(isText ? changed.map(inText) : changed)
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
      io.out(colouredDiff(file, manifests[i]?.text ?? '', text, io.isColoured))
  return 0
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
