import type { InjectedNames } from '../engine/decision.ts'
import type { Operation } from '../engine/patch/apply.ts'
import { isNativeSidecar } from '../engine/plan/containers.ts'
import type { Container, Pod } from '../engine/pod.ts'
import { isObject } from '../json/json.ts'
import { listNames } from '../problems/nearest.ts'

/** What one profile injected, by place; app containers that got the same are on one line. */
export function injectedLines(
  { revision: _, app = {}, ...lists }: InjectedNames,
  sidecars: ReadonlySet<string>,
): readonly string[] {
  const own = Object.entries(lists).flatMap(([list, names]) => {
    if (!Array.isArray(names)) return [`    ${words(list)}: set`]
    if (list !== 'initContainers') return [`    ${words(list)}: ${names.join(', ')}`]
    const native = names.filter(name => sidecars.has(name))
    const others = names.filter(name => !sidecars.has(name))
    return [
      ...(native.length > 0 ? [`    sidecars: ${native.join(', ')}`] : []),
      ...(others.length > 0 ? [`    init containers: ${others.join(', ')}`] : []),
    ]
  })
  const byChange = Map.groupBy(
    Object.entries(app).flatMap(([container, changes]) =>
      Object.entries(changes).map(([list, names]) => ({
        container,
        list,
        text: (names as string[]).join(', '),
      })),
    ),
    ({ list, text }) => `${list}: ${text}`,
  )
  const inApp = Array.from(byChange.values(), same => {
    const { list, text } = same[0]!
    return `    ${words(list)} of ${listNames(same.map(({ container }) => container))}: ${text}`
  })
  return [...own, ...inApp]
}

/** The names of the native sidecars in a Pod and in what a patch adds. In both, they are init containers. */
export function sidecarsIn(patch: readonly Operation[], pod?: Pod): ReadonlySet<string> {
  const added = patch
    .filter(({ path }) => path.startsWith('/spec/initContainers'))
    .flatMap(({ value }) => [value].flat().filter(isObject))
  const all = [...(pod?.spec?.initContainers ?? []), ...(added as unknown as readonly Container[])]
  return new Set(all.filter(isNativeSidecar).map(({ name }) => name))
}

/** `volumeMounts` → `volume mounts`. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)
}
