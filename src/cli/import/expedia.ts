import { isObject, type Json, member } from '../../json/json.ts'
import type { Path } from '../../problems/problem.ts'
import type { Imported, Note } from './imported.ts'
import { containersFrom, headOf, listOf, nameFrom, serverNotes, unlessEmpty } from './parts.ts'
import { failure, type Source, withEmbedded } from './source.ts'
import { type Tree, type TreeObject, taken } from './tree.ts'

/** The default of its flag --sidecarDataKey. */
const key = 'sidecars.yaml'

/**
 * A ConfigMap of ExpediaGroup/kubernetes-sidecar-injector: all sidecars in it become one profile, because a Pod asks for the
 * ConfigMap. https://github.com/ExpediaGroup/kubernetes-sidecar-injector
 */
export function expedia(document: Source): Imported {
  if (member(document.value, 'kind') !== 'ConfigMap') throw failure(document, ['kind'], 'must be ConfigMap')
  const at: Path = ['data', key]
  if (member(member(document.value, 'data'), key) === undefined)
    throw failure(document, ['data'], `must have the key ${key}`)
  const source = withEmbedded(document, at)
  const sidecars = member(member(source.value, 'data'), key)
  if (!Array.isArray(sidecars)) throw failure(source, at, 'must be a list of sidecars')
  const notes: Note[] = [
    ...serverNotes,
    {
      path: ['data'],
      verdict: 'impossible',
      why: `the injector reads only the key ${key}: keep this one in a ConfigMap`,
    },
    {
      path: at,
      verdict: 'impossible',
      why: 'pillion import does not know this field: add what it does to the profile yourself',
    },
    { path: ['immutable'], verdict: 'not needed', why: 'a profile has revisions' },
  ]
  const name = nameFrom(source, ['metadata', 'name'], member(member(source.value, 'metadata'), 'name'))
  const isNamespaced = member(member(source.value, 'metadata'), 'namespace') !== undefined
  const profile = headOf(
    source,
    isNamespaced ? 'SidecarProfile' : 'ClusterSidecarProfile',
    name,
    specOf(sidecars, at, notes),
  )
  return {
    source,
    profiles: [profile],
    notes,
    requests: [
      [
        `annotation sidecar-injector.expedia.com/inject: ${String(member(member(source.value, 'metadata'), 'name'))}`,
        `annotation pillion.dev/inject: ${String(name.value)}`,
      ],
      ['a list of ConfigMaps in the annotation', 'the same list of profiles'],
    ],
  }
}

function specOf(sidecars: readonly Json[], at: Path, notes: Note[]): TreeObject {
  const lists: Record<'sidecars' | 'init' | 'volumes' | 'imagePullSecrets', Tree[]> = {
    sidecars: [],
    init: [],
    volumes: [],
    imagePullSecrets: [],
  }
  const maps: Record<'labels' | 'annotations', TreeObject> = { labels: {}, annotations: {} }
  // The injector sets each label and annotation in turn, so that the last one stays.
  const paths = new Map<string, Path>()
  for (const [i, sidecar] of listOf(sidecars).entries()) {
    if (!isObject(sidecar)) continue
    const path = [...at, i]
    notes.push({
      path: [...path, 'name'],
      verdict: 'not needed',
      why: 'the injector does not use it: the ConfigMap has the name',
    })
    const { sidecars: found, init } = containersFrom(sidecar, path, notes)
    lists.sidecars.push(...found)
    lists.init.push(...init)
    for (const list of ['volumes', 'imagePullSecrets'] as const)
      for (const [j, item] of listOf(sidecar[list]).entries())
        lists[list].push(taken(item, [...path, list, j])!)
    for (const map of ['labels', 'annotations'] as const)
      for (const [entry, value] of Object.entries(isObject(sidecar[map]) ? sidecar[map] : {})) {
        const earlier = paths.get(`${map}/${entry}`)
        if (earlier)
          notes.push({ path: earlier, verdict: 'not needed', why: 'a later sidecar has the same key' })
        paths.set(`${map}/${entry}`, [...path, map, entry])
        maps[map][entry] = taken(value, [...path, map, entry])
      }
  }
  const given = Object.entries(maps).filter(([, map]) => Object.keys(map).length > 0)
  const imagePullSecrets = unlessEmpty(lists.imagePullSecrets)
  return {
    volumes: unlessEmpty(lists.volumes),
    initContainers: unlessEmpty(lists.init),
    containers: unlessEmpty(lists.sidecars),
    pod:
      imagePullSecrets || given.length > 0 ? { ...Object.fromEntries(given), imagePullSecrets } : undefined,
  }
}
