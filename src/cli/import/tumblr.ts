import { isObject, type JsonObject, member } from '../../json/json.ts'
import type { Path } from '../../problems/problem.ts'
import type { Imported, Note } from './imported.ts'
import { containersFrom, headOf, listOf, nameFrom, objectOf, serverNotes, unlessEmpty } from './parts.ts'
import { failure, type Source, withEmbedded } from './source.ts'
import { Taken, type TreeObject, taken } from './tree.ts'

/**
 * A configuration of tumblr/k8s-sidecar-injector: a file, or a ConfigMap whose keys are such files.
 * https://github.com/tumblr/k8s-sidecar-injector/blob/master/docs/configuration.md
 */
export function tumblr(document: Source): Imported {
  const isConfigMap = member(document.value, 'kind') === 'ConfigMap'
  const keys = isConfigMap ? Object.keys(objectOf(member(document.value, 'data'))) : []
  if (isConfigMap && keys.length === 0) throw failure(document, ['data'], 'has no configuration')
  const source = keys.reduce((each, key) => withEmbedded(each, ['data', key]), document)
  const notes: Note[] = [...serverNotes]
  const why = 'each configuration in the ConfigMap becomes a profile of its own'
  if (isConfigMap)
    notes.push(
      ...['apiVersion', 'kind', 'metadata'].map((key): Note => ({ path: [key], verdict: 'not needed', why })),
    )
  const found = isConfigMap ? keys.map(key => ['data', key]) : [[]]
  const profiles = found.map(at => profileOf(source, at, notes))
  return {
    source,
    profiles: profiles.map(({ tree }) => tree),
    notes,
    requests: [
      ...profiles.map(
        ({ asked, name }) =>
          [
            `annotation injector.tumblr.com/request: ${asked}`,
            `annotation pillion.dev/inject: ${name}`,
          ] as const,
      ),
      ['annotation injector.tumblr.com/status', 'no annotation: Pillion writes pillion.dev/status'],
      [
        'a namespace',
        'a namespace with the label pillion.dev/inject: enabled, or the same annotations in the Pods',
      ],
    ],
  }
}

function profileOf(source: Source, at: Path, notes: Note[]) {
  const value = at.reduce((each, step) => member(each, String(step)) ?? null, source.value)
  if (!isObject(value)) throw failure(source, at, 'must be a configuration with a name')
  const asked = value['name']
  const name = nameFrom(
    source,
    [...at, 'name'],
    typeof asked === 'string' ? asked.replace(/:(latest)?$/, '') : asked,
  )
  const isVersioned = typeof asked === 'string' && asked.includes(':')
  const { sidecars, init } = containersFrom(value, at, notes, [], container => shared(container, value, at))
  const shares = {
    env: taken(value['env'], [...at, 'env']),
    volumeMounts: taken(value['volumeMounts'], [...at, 'volumeMounts']),
  }
  const hostAliases = taken(value['hostAliases'], [...at, 'hostAliases'])
  notes.push(...notesAt(at))
  const tree = headOf(
    { ...source, value: {} },
    'ClusterSidecarProfile',
    isVersioned
      ? new Taken(name.value, name.from, 'a profile has no version in its name: it has revisions')
      : name,
    {
      volumes: taken(value['volumes'], [...at, 'volumes']),
      initContainers: unlessEmpty(init),
      containers: unlessEmpty(sidecars),
      appContainers: shares.env || shares.volumeMounts ? [{ select: 'all', ...shares }] : undefined,
      pod: hostAliases && { hostAliases },
    },
  )
  return { tree, asked: String(asked), name: String(name.value) }
}

/** The environment variables and mounts for all containers, which a container gets unless it has one of that name. */
function shared(container: JsonObject, config: JsonObject, at: Path): TreeObject {
  const without = (list: 'env' | 'volumeMounts') => {
    const own = new Set(listOf(container[list]).map(each => member(each, 'name')))
    return listOf(config[list]).flatMap((each, i) => {
      const item = own.has(member(each, 'name')) ? undefined : taken(each, [...at, list, i])
      return item === undefined ? [] : [item]
    })
  }
  const [env, volumeMounts] = [without('env'), without('volumeMounts')]
  return { ...(env.length > 0 && { env }), ...(volumeMounts.length > 0 && { volumeMounts }) }
}

const notesAt = (at: Path): readonly Note[] => [
  {
    path: [...at, 'inherits'],
    verdict: 'impossible',
    why: 'profiles do not inherit: import that file, too, and let Pods ask for both profiles',
  },
  {
    path: [...at, 'serviceAccountName'],
    verdict: 'impossible',
    why: 'Pillion does not change who a Pod is: write spec.serviceAccountName in the Pods',
  },
  ...['hostNetwork', 'hostPID'].map(
    (field): Note => ({
      path: [...at, field],
      verdict: 'impossible',
      why: `a profile cannot set it: write spec.${field} in the Pods`,
    }),
  ),
]
