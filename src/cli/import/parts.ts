import { isObject, type Json, type JsonObject, member } from '../../json/json.ts'
import type { Path } from '../../problems/problem.ts'
import { apiVersion, isLabel, type Kind, reservedNames } from '../../profile/schema/schema.ts'
import type { Note } from './imported.ts'
import { failure, type Source } from './source.ts'
import { Taken, type Tree, type TreeObject, taken } from './tree.ts'

/** Parts of a profile that several projects have. */

/** The head of a profile, from the metadata of an object. */
export function headOf({ value }: Source, kind: Kind, name: Taken | string, spec: TreeObject): TreeObject {
  const metadata = member(value, 'metadata')
  const { 'kubectl.kubernetes.io/last-applied-configuration': _, ...annotations } = objectOf(
    member(metadata, 'annotations'),
  )
  const isType = member(value, 'apiVersion') !== undefined
  return {
    apiVersion: isType
      ? new Taken(apiVersion, ['apiVersion'], 'the profile is an object of Pillion')
      : apiVersion,
    kind: isType ? new Taken(kind, ['kind'], 'the profile is an object of Pillion') : kind,
    metadata: {
      name,
      ...(kind === 'SidecarProfile' && {
        namespace: taken(member(metadata, 'namespace'), ['metadata', 'namespace']),
      }),
      labels: taken(member(metadata, 'labels'), ['metadata', 'labels']),
      annotations:
        Object.keys(annotations).length > 0 ? taken(annotations, ['metadata', 'annotations']) : undefined,
    },
    spec,
  }
}

/** Notes about fields of one object: the field, what becomes of it, and why. */
export function notesAt(
  at: Path,
  rows: readonly (readonly [field: string, verdict: Note['verdict'], why: string])[],
): readonly Note[] {
  return rows.map(([field, verdict, why]) => ({ path: [...at, field], verdict, why }))
}

/** The fields of an object that the API server or a controller writes. */
export const serverNotes: readonly Note[] = [
  ['uid'],
  ['resourceVersion'],
  ['generation'],
  ['creationTimestamp'],
  ['deletionTimestamp'],
  ['managedFields'],
  ['selfLink'],
  ['annotations', 'kubectl.kubernetes.io/last-applied-configuration'],
]
  .map((path): Note => {
    const why = 'the API server or kubectl writes this field'
    return { path: ['metadata', ...path], verdict: 'not needed', why }
  })
  .concat([
    { path: ['status'], verdict: 'not needed', why: 'a controller writes the status' },
    {
      path: ['metadata', 'finalizers'],
      verdict: 'impossible',
      why: 'it belongs to a controller of the other project',
    },
    {
      path: ['metadata', 'ownerReferences'],
      verdict: 'impossible',
      why: 'the profile must outlive the owner: delete the profile yourself',
    },
  ])

/** The name of the profile: lower-case letters, digits and `-`. */
export function nameFrom(source: Source, path: Path, text: Json | undefined): Taken {
  if (typeof text !== 'string' || text === '')
    throw failure(source, path, 'must be a name: it becomes that of the profile')
  if (isLabel(text) && !reserved.has(text)) return new Taken(text, path)
  const words = text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(word => word !== '')
  const name = words.join('-').slice(0, 50).replace(/-$/, '')
  const usable = name === '' || reserved.has(name) ? `profile${name && `-${name}`}` : name
  return new Taken(usable, path, 'the name of a profile has lower-case letters, digits and "-"')
}

const reserved: ReadonlySet<string> = new Set(reservedNames)

/** An object's members; none for anything else, which the table then names. */
export function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {}
}

export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : []
}

/** The containers of both lists, as a profile has them. */
export interface Containers {
  readonly sidecars: TreeObject[]
  readonly init: TreeObject[]
}

/**
 * core/v1 containers of both lists of a Pod as a profile has them: an init container with `restartPolicy: Always` is a
 * sidecar, and a sidecar starts after the init containers before it, as in the Pod. `others` are members that core/v1 does
 * not have; `more` gives members for them.
 */
export function containersFrom(
  spec: JsonObject,
  at: Path,
  notes: Note[],
  others: readonly string[] = [],
  more: (container: JsonObject, path: Path, isInit: boolean) => TreeObject = () => ({}),
): Containers {
  const result: Containers = { sidecars: [], init: [] }
  const before: string[] = []
  for (const list of ['initContainers', 'containers'] as const) {
    for (const [i, item] of listOf(spec[list]).entries()) {
      const path = [...at, list, i]
      if (!isObject(item)) continue
      const { restartPolicy, name } = item
      const own = Object.entries(item).filter(([key]) => key !== 'restartPolicy' && !others.includes(key))
      const members = Object.fromEntries(own.map(([key, value]) => [key, taken(value, [...path, key])]))
      const isInit = list === 'initContainers' && restartPolicy !== 'Always'
      if (restartPolicy !== undefined) notes.push(restartNote([...path, 'restartPolicy'], isInit))
      const tree = merged(members, more(item, path, isInit))
      if (isInit) {
        result.init.push(tree)
        if (typeof name === 'string') before.push(name)
      } else result.sidecars.push(before.length > 0 ? { ...tree, order: { after: [...before] } } : tree)
    }
  }
  return result
}

function restartNote(path: Path, isInit: boolean): Note {
  return isInit
    ? {
        path,
        verdict: 'impossible',
        why: 'an init container of a profile runs once; write a sidecar under spec.containers',
      }
    : {
        path,
        verdict: 'changed',
        why: 'spec.lifecycle decides it: a sidecar is native from Kubernetes 1.29 on',
      }
}

/** Members of both; lists follow each other. */
export function merged(first: TreeObject, second: TreeObject): TreeObject {
  const result = { ...first }
  for (const [key, value] of Object.entries(second)) {
    const before = result[key]
    result[key] = Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value
  }
  return result
}

/** The list, or nothing if it is empty. */
export function unlessEmpty(list: readonly (Tree | undefined)[]): Tree[] | undefined {
  const items = list.filter(item => item !== undefined)
  return items.length > 0 ? items : undefined
}
