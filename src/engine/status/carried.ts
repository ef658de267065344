import type { JsonObject } from '../../json/json.ts'
import type { Injected } from '../decision.ts'
import { normalPath, sourceName } from '../plan/present.ts'
import type { Pod } from '../pod.ts'

/**
 * Whether all that a status claims a profile put into a Pod is still there, by name. Labels and annotations
 * do not count: anybody may change those of a Pod that runs.
 */
export function isCarried(claimed: Injected, { spec = {} }: Pod): boolean {
  const { initContainers, containers, volumes, app = {} } = claimed
  const byName = new Map((spec.containers ?? []).map(container => [container.name, container]))
  return (
    areIn(initContainers, spec.initContainers, nameOf) &&
    areIn(containers, spec.containers, nameOf) &&
    areIn(volumes, spec.volumes, nameOf) &&
    Object.entries(app).every(([name, { env, envFrom, volumeMounts }]) => {
      const container = byName.get(name)
      return (
        areIn(env, container?.env, nameOf) &&
        areIn(envFrom, container?.envFrom, sourceName) &&
        areIn(volumeMounts?.map(normalPath), container?.volumeMounts, pathOf)
      )
    })
  )
}

function areIn(
  names: readonly string[] | undefined,
  items: readonly JsonObject[] | undefined,
  keyOf: (item: JsonObject) => string,
): boolean {
  if (!names || names.length === 0) return true
  const known = new Set((items ?? []).map(keyOf))
  return names.every(name => known.has(name))
}

const nameOf = ({ name }: JsonObject) => String(name)
const pathOf = ({ mountPath }: JsonObject) => normalPath(mountPath)

/** The names of all that a profile put into a Pod, each with the list it is in: `app/web/env/LOGS`. */
export function piecesOf({ revision: _, app = {}, ...lists }: Injected): ReadonlySet<string> {
  const pieces = new Set<string>()
  for (const [list, names] of Object.entries(lists)) {
    for (const name of Array.isArray(names) ? names : [names]) pieces.add(`${list}/${name}`)
  }
  for (const [container, given] of Object.entries(app)) {
    for (const [list, names] of Object.entries(given)) {
      for (const name of Array.isArray(names) ? names : []) pieces.add(`app/${container}/${list}/${name}`)
    }
  }
  return pieces
}
