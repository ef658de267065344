import type { JsonObject } from '../../json/json.ts'
import { pointerStep } from '../../json/pointer.ts'
import type { Injected, InjectedIntoApp } from '../decision.ts'
import { normalPath, sourceName } from '../plan/present.ts'
import { annotation, type Container, type Metadata, type Pod } from '../pod.ts'
import { type Status, statusOf } from '../status/status.ts'
import type { Removal } from './operation.ts'

/**
 * Takes everything away that the status annotation says Pillion added, so that the Pod is what it was
 * before: the operations apply in sequence, last items first. A Pod without a status has none.
 */
export function uninject(pod: Pod, status = statusOf(pod)): readonly Removal[] {
  if (!status) return []
  const profiles = Object.values(status.profiles)
  const named = (list: InjectedList) => new Set(profiles.flatMap(profile => profile[list] ?? []))
  const isIn = (list: InjectedList, key: 'name' | 'ip' = 'name') => {
    const names = named(list)
    return (item: JsonObject) => names.has(String(item[key]))
  }
  const keep = new Set(status.empty)
  const changes = Map.groupBy(
    profiles.flatMap(({ app = {} }) => Object.entries(app)),
    ([container]) => container,
  )
  const { metadata, spec } = pod
  return [
    ...fromMetadata(metadata, ownAnnotations(status, named('annotations')), named('labels'), keep),
    ...settings(spec, profiles),
    ...items('/spec/hostAliases', spec?.hostAliases, isIn('hostAliases', 'ip'), keep),
    ...items('/spec/imagePullSecrets', spec?.imagePullSecrets, isIn('imagePullSecrets'), keep),
    ...(spec?.containers ?? []).flatMap((container, i) =>
      fromApp(container, i, changes.get(container.name), keep),
    ),
    ...items('/spec/containers', spec?.containers, isIn('containers'), keep),
    ...items('/spec/initContainers', spec?.initContainers, isIn('initContainers'), keep),
    ...items('/spec/volumes', spec?.volumes, isIn('volumes'), keep),
  ]
}

/** The lists of names in a profile's part of a status. */
type InjectedList =
  | 'initContainers'
  | 'containers'
  | 'volumes'
  | 'labels'
  | 'annotations'
  | 'imagePullSecrets'
  | 'hostAliases'

function fromMetadata(
  metadata: Metadata | undefined,
  annotations: ReadonlySet<string>,
  labels: ReadonlySet<string>,
  keep: ReadonlySet<string>,
): Removal[] {
  const removals = [
    ...members('/metadata/annotations', metadata?.annotations, annotations, keep),
    ...members('/metadata/labels', metadata?.labels, labels, keep),
  ]
  const fields = Object.keys(metadata ?? {}).map(field => `/metadata/${field}`)
  const isNothingLeft = fields.every(field => removals.some(({ path }) => path === field))
  return isNothingLeft && !keep.has('/metadata') ? [remove('/metadata')] : removals
}

function ownAnnotations({ defaultContainer }: Status, added: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...added, annotation.status, ...(defaultContainer ? [annotation.defaultContainer] : [])])
}

function settings(spec: JsonObject | undefined, profiles: readonly Injected[]): Removal[] {
  return (['shareProcessNamespace', 'dnsConfig'] as const)
    .filter(field => spec?.[field] !== undefined && profiles.some(profile => profile[field]))
    .map(field => remove(`/spec/${field}`))
}

function fromApp(
  container: Container,
  i: number,
  changes: readonly (readonly [string, InjectedIntoApp])[] | undefined,
  keep: ReadonlySet<string>,
): Removal[] {
  if (!changes) return []
  const named = (list: 'env' | 'envFrom' | 'volumeMounts') =>
    new Set(changes.flatMap(([, change]) => change[list] ?? []))
  const [env, envFrom, mounts] = [named('env'), named('envFrom'), named('volumeMounts')]
  const isEmptyKept = (list: string) =>
    keep.has(`/spec/containers/${container.name}/${list}`)
      ? new Set([`/spec/containers/${i}/${list}`])
      : new Set<string>()
  const from = (list: 'env' | 'envFrom' | 'volumeMounts', isOurs: (item: JsonObject) => boolean) =>
    items(`/spec/containers/${i}/${list}`, container[list], isOurs, isEmptyKept(list))
  return [
    ...from('env', ({ name }) => env.has(String(name))),
    ...from('envFrom', source => envFrom.has(sourceName(source))),
    ...from('volumeMounts', ({ mountPath }) => mounts.has(normalPath(mountPath))),
  ]
}

/** Removes items from a list, or the list itself when nothing is left and it was not there before. */
function items(
  path: string,
  list: readonly JsonObject[] | undefined,
  isOurs: (item: JsonObject) => boolean,
  keep: ReadonlySet<string>,
): Removal[] {
  const ours = (list ?? []).flatMap((item, i) => (isOurs(item) ? [i] : []))
  if (ours.length === 0) return []
  if (ours.length === list?.length && !keep.has(path)) return [remove(path)]
  return ours.reverse().map(i => remove(`${path}/${i}`))
}

function members(
  path: string,
  map: JsonObject | undefined,
  names: ReadonlySet<string>,
  keep: ReadonlySet<string>,
): Removal[] {
  const keys = Object.keys(map ?? {})
  const ours = keys.filter(key => names.has(key))
  if (ours.length === 0) return []
  if (ours.length === keys.length && !keep.has(path)) return [remove(path)]
  return ours.map(key => remove(`${path}/${pointerStep(key)}`))
}

function remove(path: string): Removal {
  return { op: 'remove', path }
}
