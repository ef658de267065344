import { pointerTo } from '../json/pointer.ts'
import type { Workload } from './workload.ts'
import type { TextChange } from './yaml/edits.ts'
import type { ManifestDocument } from './yaml/manifest.ts'

/** What changes in the Pod, or the Pod template, of a workload. */
export interface WorkloadChanges {
  readonly document: ManifestDocument
  readonly workload: Workload
  /** Their paths start at the Pod or the template. */
  readonly changes: readonly TextChange[]
}

/** By document; the paths start at the document. */
export type Changes = ReadonlyMap<ManifestDocument, readonly TextChange[]>

export function changesByDocument(changed: readonly WorkloadChanges[]): Changes {
  const all = new Map<ManifestDocument, TextChange[]>()
  for (const { document, workload, changes } of changed) {
    const root = pointerTo(workload.path)
    const ofDocument = all.get(document) ?? []
    all.set(document, ofDocument)
    for (const change of changes) ofDocument.push({ ...change, path: `${root}${change.path}` })
  }
  return all
}
