import type { Mistake } from '../engine/mistakes/mistake.ts'
import { annotation } from '../engine/pod.ts'
import type { Cause } from '../engine/reason.ts'
import type { Manifest, ManifestDocument } from '../manifest/yaml/manifest.ts'
import type { Path } from '../problems/problem.ts'
import { fieldPath } from '../problems/problem.ts'
import { type AnnotationChange, annotationEdits, valueAt } from './annotation-changes.ts'
import type { Fix } from './protocol.ts'
import { memberAt, replacementOf } from './spans.ts'

/** Makes the fixes of problems in a text. A change of more than one place reads the text again, so there are only some of these. */
export class Fixer {
  readonly #manifest: Manifest
  #left = mostChanges

  constructor(manifest: Manifest) {
    this.#manifest = manifest
  }

  /** Puts a scalar into quotes. */
  quoted(document: ManifestDocument, path: Path): readonly Fix[] {
    const { value, scalar } = memberAt(document, path) ?? {}
    if (!value || scalar?.type !== 'PLAIN' || scalar.tag !== undefined) return []
    const text = this.#manifest.text.slice(value.from, value.to)
    return [{ label: `Put ${text} into quotes`, edits: [{ ...value, insert: JSON.stringify(text) }] }]
  }

  /** Sets the value of an annotation. */
  replaced(document: ManifestDocument, path: Path, value: string, label: string): readonly Fix[] {
    const member = memberAt(document, path)
    const edit = member && replacementOf(member, value)
    if (edit) return [{ label, edits: [edit] }]
    return this.changed(document, label, { path: path.slice(0, -1), key: String(path.at(-1)), value })
  }

  removed(document: ManifestDocument, path: Path): readonly Fix[] {
    return this.changed(document, `Remove ${path.at(-1)}`, {
      path: path.slice(0, -1),
      key: String(path.at(-1)),
    })
  }

  changed(
    document: ManifestDocument,
    label: string,
    ...changes: readonly AnnotationChange[]
  ): readonly Fix[] {
    if (this.#left-- <= 0) return []
    const result = annotationEdits(this.#manifest, document, changes)
    return 'edits' in result && result.edits.length > 0 ? [{ label, edits: result.edits }] : []
  }
}

const mostChanges = 12

/** The fixes of what a Pod does not get, by its cause. `annotations` is the path of the annotations that have the cause. */
export function fixesOf(
  fixer: Fixer,
  document: ManifestDocument,
  annotations: Path,
  { name, cause }: { readonly name: string; readonly cause?: Cause },
): readonly Fix[] {
  if (!cause) return []
  const { key, meantKey, meant, isMissing } = cause
  const path = [...annotations, key]
  if (isMissing && meant !== undefined)
    return fixer.changed(document, `Write ${key}: ${meant}`, { path: annotations, key, value: meant })
  const value = valueAt(document.value, path)
  if (typeof value !== 'string') return []
  if (key === annotation.inject) {
    if (meant === undefined) return []
    const now = meant === 'none' ? meant : withEntry(value, name, meant)
    return fixer.replaced(document, path, now, labelOf(name, meant))
  }
  return [
    ...(meantKey === undefined ? [] : renamed(fixer, document, path, meantKey, value)),
    ...(meant === undefined
      ? []
      : fixer.replaced(
          document,
          path,
          meant,
          `Replace ${JSON.stringify(value)} by ${JSON.stringify(meant)}`,
        )),
    ...fixer.removed(document, path),
  ]
}

function labelOf(name: string, meant: string): string {
  if (meant === '') return `Remove ${JSON.stringify(name)}`
  const shown = JSON.stringify(meant)
  return meant.includes(', ') ? `Separate by commas: ${shown}` : `Replace ${JSON.stringify(name)} by ${shown}`
}

/** The value of the annotation with another name in place of one; without it if the other is empty or is there already. */
function withEntry(value: string, name: string, meant: string): string {
  const names = value.split(',').map(each => each.trim())
  const replaced = names.flatMap(each => (each === name ? meant.split(', ') : [each]))
  return [...new Set(replaced)].filter(each => each !== '').join(', ')
}

function renamed(
  fixer: Fixer,
  document: ManifestDocument,
  path: Path,
  meantKey: string,
  value: string,
): readonly Fix[] {
  const [holder, key] = [path.slice(0, -1), String(path.at(-1))]
  if (valueAt(document.value, [...holder, meantKey]) !== undefined) return []
  const span = memberAt(document, path)?.key
  if (!span || span.to - span.from !== key.length)
    return fixer.changed(
      document,
      `Rename it to ${meantKey}`,
      { path: holder, key: meantKey, value },
      { path: holder, key },
    )
  return [{ label: `Rename it to ${meantKey}`, edits: [{ ...span, insert: meantKey }] }]
}

/** The fixes of an annotation or a label without effect. */
export function fixesOfMistake(
  fixer: Fixer,
  document: ManifestDocument,
  { path, meant, missing }: Mistake,
): readonly Fix[] {
  const [holder, key] = [path.slice(0, -1), String(path.at(-1))]
  const removal = fixer.removed(document, path)
  if (missing && !meant) {
    const label = `Write ${missing.key}: ${missing.value}`
    return [...fixer.changed(document, label, missing), ...removal]
  }
  if (!meant) return removal
  const isHere = fieldPath(holder) === fieldPath(meant.path)
  const now = valueAt(document.value, path)
  if (isHere && now === meant.value)
    return [...renamed(fixer, document, path, meant.key, meant.value), ...removal]
  if (isHere && key === meant.key && !missing)
    return [...fixer.replaced(document, path, meant.value, `Write ${key}: ${meant.value}`), ...removal]
  const label = isHere ? `Write ${meant.key}: ${meant.value}` : `Move it to ${fieldPath(meant.path)}`
  const gone = isHere && key === meant.key ? [] : [{ path: holder, key }]
  return [...fixer.changed(document, label, meant, ...(missing ? [missing] : gone)), ...removal]
}
