import { isObject, type JsonObject } from './json.ts'
import { didYouMean } from './nearest.ts'
import type { Path, Problem } from './problem.ts'
import type { ProfileSpec } from './schema.ts'

/** How the parts of a profile refer to each other: names used twice, mounts of no volume, order without sense. */
export function wiringProblems(spec: ProfileSpec): Problem[] {
  return [...duplicateNames(spec), ...unknownVolumes(spec), ...senselessOrder(spec), ...ownAnnotations(spec)]
}

function duplicateNames({ volumes = [], initContainers = [], containers = [] }: ProfileSpec): Problem[] {
  const twice = (items: readonly { name: string; path: Path }[], what: string): Problem[] => {
    const seen = new Set<string>()
    return items.flatMap(({ name, path }) => {
      const isFirst = !seen.has(name)
      seen.add(name)
      return isFirst
        ? []
        : [{ path: [...path, 'name'], message: `a second ${what} named ${JSON.stringify(name)}` }]
    })
  }
  const at = (field: string) => (item: { name: string; when?: string }, i: number) => ({
    name: item.name,
    path: ['spec', field, i],
    when: item.when,
  })
  // Of two with conditions only one may be meant to stand in a Pod; the engine sees which.
  const unconditional = ({ when }: { when?: string | undefined }) => when === undefined
  return [
    ...twice(volumes.map(at('volumes')).filter(unconditional), 'volume'),
    ...twice(
      [...initContainers.map(at('initContainers')), ...containers.map(at('containers'))].filter(
        unconditional,
      ),
      'container',
    ),
  ]
}

function unknownVolumes({ volumes = [], ...spec }: ProfileSpec): Problem[] {
  const names = volumes.map(({ name }) => name)
  const mounts = [
    ...mountsIn(spec.initContainers, ['spec', 'initContainers']),
    ...mountsIn(spec.containers, ['spec', 'containers']),
    ...mountsIn(spec.appContainers, ['spec', 'appContainers']),
  ]
  return mounts.flatMap(({ name, path }) => {
    if (typeof name !== 'string' || name.includes('$(') || names.includes(name)) return []
    const hint = didYouMean(name, names) || (names.length > 0 ? `; there are ${names.join(', ')}` : '')
    return [{ path: [...path, 'name'], message: `no volume ${JSON.stringify(name)} in spec.volumes${hint}` }]
  })
}

function mountsIn(owners: readonly object[] | undefined, path: Path): { name: unknown; path: Path }[] {
  return (owners ?? []).flatMap((owner, i) => {
    const mounts = (owner as JsonObject)['volumeMounts']
    if (!Array.isArray(mounts)) return []
    return mounts.map((mount: unknown, j) => ({
      name: isObject(mount) ? mount['name'] : undefined,
      path: [...path, i, 'volumeMounts', j],
    }))
  })
}

function senselessOrder({ order: { before = [], after = [] } = {} }: ProfileSpec): Problem[] {
  const problems = before.flatMap((name, i): Problem[] => {
    const path = ['spec', 'order', 'before', i]
    if (name === 'last')
      return [{ path, message: '"last" belongs under after: nothing comes before the last' }]
    if (after.includes(name)) return [{ path, message: `${JSON.stringify(name)} stands under after as well` }]
    return []
  })
  const first = after.indexOf('first')
  if (first >= 0 && !before.includes('first')) {
    problems.push({ path: ['spec', 'order', 'after', first], message: '"first" belongs under before' })
  }
  if (before.includes('first') && after.includes('last')) {
    problems.push({ path: ['spec', 'order'], message: 'nothing is both first and last' })
  }
  return problems
}

function ownAnnotations({ pod }: ProfileSpec): Problem[] {
  const keys = Object.keys(pod?.annotations ?? {}).filter(key => key.startsWith('pillion.dev/'))
  return keys.map(key => ({
    path: ['spec', 'pod', 'annotations', key],
    message: 'pillion.dev/ is for what a Pod asks',
  }))
}
