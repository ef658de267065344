import { didYouMean } from '../../problems/nearest.ts'
import { fieldPath, type Path } from '../../problems/problem.ts'
import type { Imported, Verdict } from './imported.ts'
import { leavesOf, type Taken, type TreeObject, takenIn, writtenAs } from './tree.ts'

/** What became of one field of the file. */
export interface Row {
  readonly line: number
  readonly field: string
  readonly verdict: Verdict
  /** The fields of the profile that have the value. */
  readonly places: readonly string[]
  readonly why: string
}

/** A row for each field of the document, in its order. `dropped` are the values that no valid profile can have. */
export function rowsOf(
  { source, profiles, notes, lines = [] }: Imported,
  dropped: readonly { readonly value: Taken; readonly why: string }[],
): readonly Row[] {
  const placed = placesIn(profiles)
  const reasons = new Map(dropped.map(({ value, why }) => [keyOf(value.from), why]))
  const byPath = new Map(notes.map(note => [keyOf(note.path), note]))
  const noteAt = (path: Path) => {
    for (let length = path.length; length > 0; length--) {
      const note = byPath.get(keyOf(path.slice(0, length)))
      if (note) return note
    }
    return undefined
  }
  const names = new Set(notes.map(note => String(note.path.at(-1))))
  const unknown = (path: Path) =>
    `pillion import does not know this field${didYouMean(String(path.at(-1)), names)}: add what it does to the profile yourself`
  const rows: Row[] = []
  for (const [path] of leavesOf(source.value)) {
    const key = keyOf(path)
    const place = placed.get(key)
    const row = { line: source.lineOf(path), field: fieldPath(path) || '(all)', places: place?.places ?? [] }
    const reason = reasons.get(key)
    const note = noteAt(path)
    if (place) rows.push({ ...row, verdict: place.why ? 'changed' : 'kept', why: place.why ?? '' })
    else if (reason !== undefined)
      rows.push({ ...row, verdict: 'impossible', why: `a profile cannot have it: ${reason}` })
    else
      rows.push({
        ...row,
        verdict: note?.verdict ?? 'impossible',
        why: note?.why ?? unknown(path),
      })
  }
  const ofLines = lines.map(
    ({ line, text, why }): Row => ({ line, field: text, verdict: 'impossible', places: [], why }),
  )
  return [...rows, ...ofLines].toSorted((a, b) => a.line - b.line)
}

function placesIn(profiles: readonly TreeObject[]) {
  const placed = new Map<string, { places: string[]; why: string | undefined }>()
  for (const profile of profiles) {
    const prefix = profiles.length > 1 ? `${nameOf(profile)}: ` : ''
    for (const [path, value] of takenIn(profile)) {
      const place = placed.get(keyOf(value.from)) ?? { places: [], why: undefined }
      const isEscaped = !value.isExpression && writtenAs(value, path) !== value.value
      place.places.push(`${prefix}${fieldPath(path)}`)
      place.why ??= value.why ?? (isEscaped ? escaped : undefined)
      placed.set(keyOf(value.from), place)
    }
  }
  return placed
}

const escaped = '"$(" begins an expression in a profile, so it is written "$$("'

export function nameOf(profile: TreeObject): string {
  const { name } = profile['metadata'] as TreeObject
  return typeof name === 'string' ? name : String((name as Taken).value)
}

function keyOf(path: Path): string {
  return JSON.stringify(path)
}
