import { isCollection, isPair, isScalar, type ParsedNode } from 'yaml'
import { applied } from '../../engine/patch/apply.ts'
import { equal } from '../../json/json.ts'
import type { Problem } from '../../problems/problem.ts'
import { anchorOn, type Collection, edit, type Item, type TextChange } from './edits.ts'
import { type Manifest, type ManifestDocument, parseManifest } from './manifest.ts'
import { splice } from './splice.ts'

/**
 * The text of a manifest with a patch applied to each of its documents; every byte outside the changes stays. Gives
 * problems for what cannot be edited as text, for example an anchor that is used elsewhere or a value from a merge key:
 * the result is read again, and must be equal to the patched documents. These are given, too, with their positions.
 */
export function patchManifest(
  manifest: Manifest,
  patches: ReadonlyMap<ManifestDocument, readonly TextChange[]>,
): Patched | { readonly problems: readonly Problem[] } {
  const edits = new Map<Collection, Item[]>()
  for (const document of manifest.documents) {
    for (const operation of patches.get(document) ?? []) {
      const refused = edit(document.node.contents, operation, edits)
      if (refused) return { problems: [document.problemAt(refused.path, refused.problem)] }
    }
  }
  if (edits.size === 0) return { text: manifest.text, documents: manifest.documents }
  const text = splice(manifest, edits)
  const now = parseManifest(text, manifest.file).manifest.documents
  const wrong = manifest.documents.filter(
    (document, i) => !now[i] || !equal(now[i].value, applied(document.value, patches.get(document) ?? [])),
  )
  if (wrong.length > 0) return { problems: wrong.map(document => whyNot(document, patches)) }
  const isEnded = manifest.text.endsWith('\n') || endsInBlockScalar(now.at(-1)?.node.contents ?? null)
  return { text: isEnded ? text : text.replace(/\r?\n$/, ''), documents: now }
}

/** The text of a manifest, and what is read in it. */
export interface Patched {
  readonly text: string
  readonly documents: readonly ManifestDocument[]
}

function whyNot(document: ManifestDocument, patches: Parameters<typeof patchManifest>[1]): Problem {
  const operations = patches.get(document) ?? []
  const [anchor] = operations.flatMap(({ path }) => anchorOn(document.node.contents, path) ?? [])
  return document.problemAt(anchor?.path ?? [], anchor?.problem ?? uneditable)
}

/** In a block scalar the last line break is part of the value. */
function endsInBlockScalar(node: ParsedNode | null): boolean {
  if (isScalar(node)) return node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED'
  const last: unknown = isCollection(node) ? node.items.at(-1) : undefined
  if (last === undefined) return false
  return endsInBlockScalar(((isPair(last) ? last.value : last) ?? null) as ParsedNode | null)
}

const uneditable = 'cannot be edited as text: write it without anchors and merge keys, or use -o json'
