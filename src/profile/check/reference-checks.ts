import type { JsonObject } from '../../json/json.ts'
import { spend } from '../../limits/budget.ts'
import { limits } from '../../limits/limits.ts'
import { hintTo, listNames, misspelt, nearest } from '../../problems/nearest.ts'
import type { Path, Problem } from '../../problems/problem.ts'
import { orderProblems } from '../order/placement.ts'
import type { ProfileSpec } from '../schema/schema.ts'

/** References between the parts of a profile: duplicate names, mounts without a volume, orders that cannot be met. */
export function referenceProblems(spec: ProfileSpec, profile: string): Problem[] {
  return [
    ...duplicateNames(spec),
    ...unknownVolumes(spec),
    ...orderProblems(spec, profile),
    ...ownAnnotations(spec),
    ...doubleValues(spec),
  ]
}

function duplicateNames({ volumes = [], initContainers = [], containers = [] }: ProfileSpec): Problem[] {
  const both = [...placed('initContainers', initContainers), ...placed('containers', containers)]
  return [...namedTwice('volume', placed('volumes', volumes)), ...namedTwice('container', both)]
}

interface Placed {
  readonly name: string
  readonly when?: string
  readonly path: Path
}

function placed(field: string, items: readonly { name: string; when?: string }[]): Placed[] {
  spend(items.length * unitsAName)
  return items.map((item, i) => ({ ...item, path: ['spec', field, i, 'name'] }))
}

// Measured: a name takes 0.2 µs, with its path.
const unitsAName = 4

function namedTwice(what: string, items: readonly Placed[]): Problem[] {
  const seen = new Set<string>()
  return items.flatMap(({ name, when, path }) => {
    // Items with conditions may exclude each other: the engine checks them for each Pod.
    if (when !== undefined) return []
    if (seen.has(name)) return [{ path, message: `a second ${what} named ${JSON.stringify(name)}` }]
    seen.add(name)
    return []
  })
}

function unknownVolumes({ volumes = [], ...spec }: ProfileSpec): Problem[] {
  const names = volumes.map(({ name }) => name)
  const known = new Set(names)
  const lists = ['initContainers', 'containers', 'appContainers'] as const
  const mounts = lists.flatMap(list => mountsIn(list, spec[list]))
  const unknown = mounts.filter(({ name }) => !name.includes('$(') && !known.has(name))
  return unknown.slice(0, limits.problems).map(({ name, path }, i) => {
    const meant = i < limits.hints ? nearest(name, names) : undefined
    const hint = hintTo(meant) || (names.length > 0 ? `; there are ${listNames(names)}` : '')
    const message = `no volume ${JSON.stringify(name)} in spec.volumes${hint}`
    return { path, message, ...misspelt(name, meant) }
  })
}

function mountsIn(field: string, owners: readonly object[] = []): Placed[] {
  return owners.flatMap((owner, i) => {
    const { volumeMounts = [] } = owner as { volumeMounts?: readonly { name: string }[] | string }
    // An expression may stand for all of them.
    if (typeof volumeMounts === 'string') return []
    spend(volumeMounts.length * unitsAName)
    return volumeMounts.map(({ name }, j) => ({ name, path: ['spec', field, i, 'volumeMounts', j, 'name'] }))
  })
}

/** `json` is one way to write the value of an environment variable; it must be the only one. */
function doubleValues({ initContainers = [], containers = [], appContainers = [] }: ProfileSpec): Problem[] {
  return Object.entries({ initContainers, containers, appContainers }).flatMap(([field, owners]) =>
    (owners as readonly JsonObject[]).flatMap(({ env }, i) =>
      // An expression may stand for all of them.
      (Array.isArray(env) ? env : []).flatMap((variable: JsonObject, j) => {
        spend(unitsAName)
        const other = ['value', 'valueFrom'].find(key => key in variable)
        if (variable['json'] === undefined || other === undefined) return []
        const path = ['spec', field, i, 'env', j, 'json']
        const message = `conflicts with ${other}: an environment variable has one of value, valueFrom and json`
        return [{ path, message }]
      }),
    ),
  )
}

function ownAnnotations({ pod }: ProfileSpec): Problem[] {
  const keys = Object.keys(pod?.annotations ?? {}).filter(key => key.startsWith('pillion.dev/'))
  return keys.map(key => ({
    path: ['spec', 'pod', 'annotations', key],
    message: "the prefix pillion.dev/ is reserved for Pillion's own annotations",
  }))
}
