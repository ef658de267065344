import { isObject, type Json, type JsonObject, member } from '../../json/json.ts'
import type { Path } from '../../problems/problem.ts'
import { podFields } from '../../profile/schema/schema.ts'
import { readTemplate } from './go-template.ts'
import type { Imported, Note, TemplateLine } from './imported.ts'
import { containersFrom, headOf, nameFrom, notesAt, objectOf, serverNotes, unlessEmpty } from './parts.ts'
import { nameOf } from './rows.ts'
import { failure, type Source, withEmbedded } from './source.ts'
import { leavesOf, Taken, type Tree, type TreeObject, taken, takenIn } from './tree.ts'

/**
 * The injection templates of Istio, in the ConfigMap istio-sidecar-injector: the lines that are always there, and simple
 * fields. Each template becomes a profile. https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#customizing-injection
 */
export function istioTemplate(document: Source): Imported {
  if (member(document.value, 'kind') !== 'ConfigMap')
    throw failure(document, ['kind'], 'must be ConfigMap: that of Istio is istio-sidecar-injector')
  if (member(member(document.value, 'data'), 'config') === undefined)
    throw failure(document, ['data'], 'must have the key config')
  const values = valuesOf(document)
  let source = withEmbedded(document, ['data', 'config'])
  const templates = objectOf(member(member(member(source.value, 'data'), 'config'), 'templates'))
  const names = Object.keys(templates)
  if (names.length === 0) throw failure(source, ['data', 'config', 'templates'], 'has no template')
  const notes: Note[] = [...serverNotes, ...configNotes]
  const lines: TemplateLine[] = []
  const profiles: TreeObject[] = []
  for (const name of names) {
    const at: Path = ['data', 'config', 'templates', name]
    const read = readTemplate(String(templates[name]), values, source.lineOf(at) + 1)
    source = withEmbedded(source, at, () => read.text)
    lines.push(...read.lines)
    profiles.push(profileOf(source, at, name, notes, read.replaced))
  }
  return {
    source,
    profiles,
    notes,
    lines,
    requests: [
      ...names.map((name, i) => {
        const label =
          name === 'sidecar'
            ? 'label sidecar.istio.io/inject: "true"'
            : `annotation inject.istio.io/templates: ${name}`
        return [label, `annotation pillion.dev/inject: ${nameOf(profiles[i]!)}`] as const
      }),
      ['label sidecar.istio.io/inject: "false"', 'annotation pillion.dev/inject: none'],
      [
        'label istio-injection: enabled of a namespace',
        'label pillion.dev/inject: enabled, and annotation pillion.dev/inject with the profile',
      ],
    ],
  }
}

function valuesOf(document: Source): Json {
  const text = member(member(document.value, 'data'), 'values')
  if (typeof text !== 'string') return null
  return member(member(withEmbedded(document, ['data', 'values']).value, 'data'), 'values') ?? null
}

function profileOf(
  source: Source,
  at: Path,
  name: string,
  notes: Note[],
  replaced: ReadonlyMap<number, string>,
): TreeObject {
  const template = at.reduce<Json>((each, step) => member(each, String(step)) ?? null, source.value)
  const spec = objectOf(member(template, 'spec'))
  const metadata = objectOf(member(template, 'metadata'))
  const { sidecars, init } = containersFrom(spec, [...at, 'spec'], notes)
  const pod = podMembers(spec, metadata, at)
  const tree = headOf(
    { ...source, value: {} },
    'ClusterSidecarProfile',
    nameFrom(source, at, `istio-${name}`).value as string,
    {
      volumes: taken(spec['volumes'], [...at, 'spec', 'volumes']),
      initContainers: unlessEmpty(init),
      containers: unlessEmpty(sidecars),
      pod: Object.keys(pod).length > 0 ? pod : undefined,
    },
  )
  const unset = 'a profile cannot set it: write it into the Pods'
  notes.push({ path: [...at, 'spec'], verdict: 'impossible', why: unset })
  notes.push({
    path: [...at, 'metadata'],
    verdict: 'impossible',
    why: 'a profile adds only labels and annotations',
  })
  for (const [path, value] of leavesOf(template, at))
    if (value === null)
      notes.push({
        path,
        verdict: 'impossible',
        why: 'the template has the value only in lines that could not stay',
      })
  return withReplacements(tree, source, replaced) as TreeObject
}

function podMembers(spec: JsonObject, metadata: JsonObject, at: Path): TreeObject {
  const fields = Object.keys(podFields).filter(field => field !== 'labels' && field !== 'annotations')
  const copied = fields.flatMap(field => {
    const value = field === 'securityContext' ? onlyGroup(spec[field]) : spec[field]
    return isFilled(value) ? [[field, taken(value, [...at, 'spec', field])] as const] : []
  })
  const maps = (['labels', 'annotations'] as const).flatMap(map =>
    isFilled(metadata[map]) ? [[map, taken(metadata[map], [...at, 'metadata', map])] as const] : [],
  )
  return Object.fromEntries([...maps, ...copied])
}

function onlyGroup(value: Json | undefined): Json | undefined {
  const group = member(value, 'fsGroup')
  return group === undefined ? undefined : { fsGroup: group }
}

/** Without the null that is left of a field whose lines could not stay. */
function isFilled(value: Json | undefined): value is Json {
  return value !== undefined && value !== null && !(isObject(value) && Object.keys(value).length === 0)
}

/** Removes what is null, and marks the values in whose lines an action was replaced. */
function withReplacements(
  tree: Tree,
  source: Source,
  replaced: ReadonlyMap<number, string>,
): Tree | undefined {
  const starts = new Map([...takenIn(tree)].map(([, value]) => [value, source.lineOf(value.from)]))
  const ordered = [...new Set(starts.values())].sort((a, b) => a - b)
  const whyAt = new Map<number, string>()
  let at = 0
  for (const [line, why] of [...replaced].sort(([a], [b]) => a - b)) {
    while (at + 1 < ordered.length && ordered[at + 1]! <= line) at++
    const start = ordered[at]
    if (start !== undefined) whyAt.set(start, [whyAt.get(start), why].filter(Boolean).join(', '))
  }
  const change = (node: Tree | undefined): Tree | undefined => {
    if (node instanceof Taken) {
      if (node.value === null) return undefined
      const why = whyAt.get(starts.get(node)!)
      return why === undefined ? node : new Taken(node.value, node.from, why, why.includes('$('))
    }
    if (Array.isArray(node)) return node.map(change).filter(each => each !== undefined)
    if (typeof node !== 'object' || node === null) return node
    return Object.fromEntries(Object.entries(node).map(([key, each]) => [key, change(each)]))
  }
  return change(tree)
}

const configNotes: readonly Note[] = [
  ...notesAt(
    [],
    ['apiVersion', 'kind', 'metadata'].map(field => [field, 'not needed', 'each template becomes a profile']),
  ),
  ...notesAt([], [['data', 'impossible', 'pillion import reads only config and values']]),
  ...notesAt(['data'], [['values', 'not needed', 'the values that the templates read are in their places']]),
  ...notesAt(
    ['data', 'config'],
    [
      ['policy', 'impossible', 'a namespace opts in with the label pillion.dev/inject: enabled'],
      ['defaultTemplates', 'impossible', 'write the annotation pillion.dev/inject into the namespace'],
      ['alwaysInjectSelector', 'impossible', 'write the selector as spec.autoInject.podSelector'],
      ['neverInjectSelector', 'impossible', 'write the annotation pillion.dev/inject: none into these Pods'],
      ['injectedAnnotations', 'impossible', 'write these annotations under spec.pod.annotations'],
      ['aliases', 'impossible', 'let Pods ask for the profiles by their names'],
      ['rawTemplates', 'not needed', 'a field of the program, which no file has'],
    ],
  ),
]
