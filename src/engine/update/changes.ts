import { listNames } from '../../problems/nearest.ts'
import { isSameAt } from '../original/same.ts'
import { isContainerList } from '../plan/place.ts'
import { type Container, placeAt, standingIn } from '../pod.ts'
import { type Change, type ContainerList, immutable, type Obstacle, obstacle } from './change.ts'
import type { Compared } from './compare.ts'
import { containerChanges } from './container-changes.ts'
import { metadataChanges } from './metadata-changes.ts'
import type { Given } from './rendering.ts'

/**
 * Everything that the two renderings give differently, and that the Pod does not have already as the new one gives it. It
 * goes by the table of places, so that a new place needs no code here: it cannot change in a Pod that runs.
 */
export function changesIn(compared: Compared): readonly Change[] {
  const { pod, from, to } = compared
  const standing = standingIn(pod)
  const isHostNetwork = pod.spec?.['hostNetwork'] === true
  const changes: Change[] = []
  for (const key of new Set([...from.given.keys(), ...to.given.keys()])) {
    const [before, after] = [from.given.get(key), to.given.get(key)]
    const { path, name } = (before ?? after)!
    const field = fieldOf(path, name)
    const others = [before, after].find(given => given && given.profile !== compared.profile)?.profile
    const isSame = (one: Given['value'] | undefined) =>
      one !== undefined && after !== undefined && isSameAt(path, one, after.value, isHostNetwork)
    if (before && before.profile === after?.profile && before.value === after?.value) continue
    const place = placeAt(path)
    if (others !== undefined) {
      if (!isSame(before?.value) || before?.profile !== after?.profile)
        changes.push(obstacle(field, `profile ${others} gives it, too`))
    } else if (place.in === 'metadata') changes.push(...metadataChanges(compared, field, { before, after }))
    else if (before && after && isContainerList(path[0]!))
      changes.push(
        ...containerChanges(compared, path[0] as ContainerList, {
          before: before.value as Container,
          after: after.value as Container,
        }),
      )
    else if (!before || !after || !(isSame(before.value) || isSame(standing({ path, name }))))
      changes.push(obstacle(field, immutable))
  }
  return [...changes, ...reordered(compared)]
}

/** `initContainers[ship]`, `containers[app].env[LOGS]`, `annotations[example.com/a]`, `runtimeClassName`. */
function fieldOf([field = '', container = '', list = '']: readonly string[], name: string): string {
  const step = (of: string) => `[${listNames([of])}]`
  if (field === 'app') return `containers${step(container)}.${list}${step(name)}`
  return name === field ? field : `${field}${step(name)}`
}

/** The order of the containers, if both renderings have the same ones. */
function reordered({ from, to }: Compared): readonly Obstacle[] {
  return (['initContainers', 'containers'] as const).flatMap(list => {
    const [before, after] = [from.order[list], to.order[list]]
    const isSameSet =
      before.length === after.length && new Set(before).symmetricDifference(new Set(after)).size === 0
    const isMoved = isSameSet && before.some((name, i) => name !== after[i])
    return isMoved ? [obstacle(list, 'the order of the containers of a Pod cannot change')] : []
  })
}
