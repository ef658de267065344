import { isCollection, isPair, isScalar, type ParsedNode } from 'yaml'
import { applied } from '../../engine/patch/apply.ts'
import type { Operation, Removal } from '../../engine/patch/operation.ts'
import { equal } from '../../json/json.ts'
import type { Problem } from '../../problems/problem.ts'
import { type Collection, edit, type Item } from './edits.ts'
import { type Manifest, type ManifestDocument, parseManifest } from './manifest.ts'
import { splice } from './splice.ts'

/**
 * A manifest's text with a patch applied to each of its documents: every byte that no operation is about
 * stays. What cannot be edited so (an anchor that is used elsewhere, a value from a merge key) is
 * refused: the result is read again, and it is the patched documents or nothing.
 */
export function patchManifest(
  manifest: Manifest,
  patches: ReadonlyMap<ManifestDocument, readonly (Operation | Removal)[]>,
): { readonly text: string } | { readonly problems: readonly Problem[] } {
  const edits = new Map<Collection, Item[]>()
  for (const [document, patch] of patches) {
    for (const operation of patch) {
      const refused = edit(document.node.contents, operation, edits)
      if (refused) return { problems: [document.problemAt(refused.path, refused.problem)] }
    }
  }
  if (edits.size === 0) return { text: manifest.text }
  const text = splice(manifest, edits)
  const read = parseManifest(text, manifest.file)
  const now = 'manifest' in read ? read.manifest.documents : []
  const wrong = manifest.documents.filter(
    (document, i) => !now[i] || !equal(now[i].value, applied(document.value, patches.get(document) ?? [])),
  )
  if (wrong.length > 0) return { problems: wrong.map(document => document.problemAt([], uneditable)) }
  const isEnded = manifest.text.endsWith('\n') || endsInBlockScalar(now.at(-1)?.node.contents ?? null)
  return { text: isEnded ? text : text.replace(/\r?\n$/, '') }
}

/** Then the end of the last line is part of a value. */
function endsInBlockScalar(node: ParsedNode | null): boolean {
  if (isScalar(node)) return node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED'
  const last: unknown = isCollection(node) ? node.items.at(-1) : undefined
  if (last === undefined) return false
  return endsInBlockScalar(((isPair(last) ? last.value : last) ?? null) as ParsedNode | null)
}

const uneditable = 'cannot be edited as text: write it without anchors and merge keys, or use -o json'
