import { isScalar } from 'yaml'
import { annotation } from '../engine/pod.ts'
import { canonical, isObject, type Json, type JsonObject, member } from '../json/json.ts'
import { pointerStep, pointerTo, stepsOf } from '../json/pointer.ts'
import { readYaml } from '../profile/yaml/read.ts'
import type { WorkloadChanges } from './changes.ts'
import type { TextChange } from './yaml/edits.ts'
import type { ManifestDocument } from './yaml/manifest.ts'

// One value can have several spellings: `0x28`, `40.0` and `40` are the same number; `null`, `~` and an empty value are the
// same null, which is the same as no member. If `inject` replaces such a value, it records the spelling in an annotation, by
// JSON pointer with the names of app containers. `uninject` restores it. Anybody can write that annotation, so a record
// counts only if it is one plain scalar with the expected value.

/** The changes of `inject`, with a record of the numbers and nulls that they replace. */
export function noting({ document, workload, changes }: WorkloadChanges): WorkloadChanges {
  const { path: root, template } = workload
  const before = notesOf(template)
  const noted = new Map(before)
  for (const { op, path } of changes) {
    const source = op === 'add' ? sourceAt(document, [...root, ...stepsOf(path)]) : undefined
    const pointer = named(template, path)
    if (source !== undefined && !noted.has(pointer)) noted.set(pointer, source)
  }
  if (noted.size === before.size) return { document, workload, changes }
  const note: TextChange = {
    op: 'add',
    path: `/metadata/annotations/${pointerStep(annotation.asWritten)}`,
    value: canonical(Object.fromEntries(noted)),
  }
  return { document, workload, changes: [...changes, note] }
}

/** The changes of `uninject`, which restore the recorded spellings. */
export function restoring({ document, workload, changes }: WorkloadChanges): WorkloadChanges {
  const { template } = workload
  const notes = notesOf(template)
  const restored = (change: TextChange): TextChange => {
    const source = notes.get(named(template, change.path))
    if (source === undefined) return change
    const due = change.op === 'remove' ? null : change.value
    const [read] = readYaml(source).documents
    return (read?.value ?? null) === due ? { op: 'add', path: change.path, value: due, source } : change
  }
  const inMetadata = [...notes.keys()].some(pointer => pointer.startsWith('/metadata/'))
  const single = changes.flatMap(change =>
    // A member that was null is all that is left.
    change.path === '/metadata' && change.op === 'remove' && inMetadata ? eachOf(template) : [change],
  )
  return { document, workload, changes: single.map(restored) }
}

function eachOf(template: Json): readonly TextChange[] {
  return Object.keys(member(template, 'metadata') ?? {}).map(field => ({
    op: 'remove',
    path: `/metadata/${field}`,
  }))
}

/** The spelling of a number or a null in the manifest; undefined for the usual spelling of a number. */
function sourceAt({ node }: ManifestDocument, path: readonly (string | number)[]): string | undefined {
  const standing = node.getIn(path, true)
  if (!isScalar(standing) || standing.source === undefined) return undefined
  const { value, source } = standing
  const isOdd = value === null || (typeof value === 'number' && String(value) !== source)
  return isOdd && plain.test(source) ? source : undefined
}

function notesOf(template: Json): ReadonlyMap<string, string> {
  const text = member(member(member(template, 'metadata'), 'annotations'), annotation.asWritten)
  if (typeof text !== 'string') return new Map()
  try {
    const notes: unknown = JSON.parse(text)
    const entries = Object.entries(isObject(notes) ? notes : {}) as [string, Json][]
    return new Map(entries.filter((entry): entry is [string, string] => isPlain(entry[1])))
  } catch {
    return new Map()
  }
}

const isPlain = (source: Json) => typeof source === 'string' && plain.test(source)
/** A number or a null of YAML 1.1. Other characters could end the line or begin another value. */
const plain = /^(?:~|null|Null|NULL|[-+]?[0-9][\w.+]{0,40})?$/

/** A path in a Pod with the name of the app container instead of its index, which changes if containers are added before it. */
function named(template: Json, path: string): string {
  const [spec, list, index, ...rest] = stepsOf(path)
  if (spec !== 'spec' || list !== 'containers' || index === undefined || rest.length === 0) return path
  const containers = member(member(template, spec), list)
  const container: JsonObject | undefined = Array.isArray(containers) ? containers[Number(index)] : undefined
  return pointerTo([spec, list, String(member(container, 'name') ?? index), ...rest])
}
