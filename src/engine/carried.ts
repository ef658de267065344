import type { Injected } from './decision.ts'
import type { Pod } from './pod.ts'
import { byName, normalPath, sourceName } from './present.ts'

/**
 * Whether all that a status claims a profile put into a Pod is still there, by name. Labels and annotations
 * do not count: anybody may change those of a Pod that runs.
 */
export function isCarried(claimed: Injected, { spec = {} }: Pod): boolean {
  const { initContainers = [], containers = [], volumes = [], app = {} } = claimed
  return (
    initContainers.every(name => byName(spec.initContainers, name)) &&
    containers.every(name => byName(spec.containers, name)) &&
    volumes.every(name => byName(spec.volumes, name)) &&
    Object.entries(app).every(([name, { env = [], envFrom = [], volumeMounts = [] }]) => {
      const container = byName(spec.containers, name)
      const sources = (container?.envFrom ?? []).map(sourceName)
      const paths = (container?.volumeMounts ?? []).map(({ mountPath }) => normalPath(mountPath))
      return (
        env.every(variable => byName(container?.env, variable)) &&
        envFrom.every(source => sources.includes(source)) &&
        volumeMounts.every(path => paths.includes(normalPath(path)))
      )
    })
  )
}

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
