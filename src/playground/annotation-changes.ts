import { isObject, type Json } from '../json/json.ts'
import { pointerTo } from '../json/pointer.ts'
import { at } from '../manifest/workload.ts'
import type { TextChange } from '../manifest/yaml/edits.ts'
import type { Manifest, ManifestDocument } from '../manifest/yaml/manifest.ts'
import { patchManifest } from '../manifest/yaml/patch.ts'
import type { Path } from '../problems/problem.ts'
import type { Edit } from './protocol.ts'

/** An annotation to set at a path of annotations, or to remove if it has no value. */
export interface AnnotationChange {
  readonly path: Path
  readonly key: string
  readonly value?: string | undefined
}

/** The edits of a text that make these changes in one of its documents and keep its format; or why this is not possible. */
export function annotationEdits(
  manifest: Manifest,
  document: ManifestDocument,
  changes: readonly AnnotationChange[],
): { readonly edits: readonly Edit[] } | { readonly problem: string } {
  const [removals, additions] = [
    changes.filter(({ value }) => value === undefined),
    changes.filter(({ value }) => value !== undefined),
  ]
  const operations = [
    ...additions.flatMap(change => additionOf(document.value, change)),
    ...removals.flatMap(change => removalOf(document.value, change, additions)),
  ]
  const result = patchManifest(manifest, new Map([[document, operations]]))
  if ('problems' in result) return { problem: result.problems.map(({ message }) => message).join('; ') }
  return { edits: editsBetween(manifest.text, result.text) }
}

function additionOf(root: Json, { path, key, value = '' }: AnnotationChange): readonly TextChange[] {
  const missing = path.findIndex((_, i) => !isObject(valueAt(root, path.slice(0, i + 1))))
  if (missing < 0) return [{ op: 'add', path: pointerTo([...path, key]), value }]
  const inner = path
    .slice(missing + 1)
    .reduceRight<Json>((held, step) => ({ [step]: held }), { [key]: value })
  return [{ op: 'add', path: pointerTo(path.slice(0, missing + 1)), value: inner }]
}

/** Removes the last annotation together with `annotations`. */
function removalOf(
  root: Json,
  { path, key }: AnnotationChange,
  additions: readonly AnnotationChange[],
): readonly TextChange[] {
  const held = valueAt(root, path)
  if (!isObject(held) || !Object.hasOwn(held, key)) return []
  const isFilled = additions.some(addition => pointerTo(addition.path) === pointerTo(path))
  const isLast = Object.keys(held).length === 1 && !isFilled
  return [{ op: 'remove', path: pointerTo(isLast ? path : [...path, key]) }]
}

export function valueAt(root: Json, path: Path): Json | undefined {
  return path.reduce<Json | undefined>(at, root)
}

/** One edit from the first to the last character that differs. */
export function editsBetween(before: string, after: string): readonly Edit[] {
  if (before === after) return []
  const shorter = Math.min(before.length, after.length)
  let from = 0
  while (from < shorter && before[from] === after[from]) from++
  let end = 0
  while (end < shorter - from && before[before.length - 1 - end] === after[after.length - 1 - end]) end++
  return [{ from, to: before.length - end, insert: after.slice(from, after.length - end) }]
}
