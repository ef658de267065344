import { equal } from '../../json/json.ts'
import type { Container } from '../pod.ts'
import type { RenderedProfile } from '../render/profiles.ts'
import { clashesWithin } from './container-clashes.ts'
import { claims, conflict, type Draft, ownerOf, type Placed, record } from './draft.ts'
import { isContainer, mayBeGiven } from './match.ts'
import { portClashes, takePorts } from './ports.ts'
import { withTokenMount } from './token-mount.ts'
import { type Adopted, mountsOf } from './volumes.ts'

/**
 * Places a profile's containers by name and port. Containers of a Pod share one network namespace, so a
 * port may be declared once among those that run side by side.
 */
export function placeContainers(draft: Draft, injection: RenderedProfile, adopted: Adopted): void {
  for (const list of ['initContainers', 'containers'] as const) {
    for (const rendered of injection[list]) {
      const container = withMounts(rendered, adopted)
      const standing = draft.containers.get(container.name)
      if (!standing) {
        if (!mayBeAdded(draft, injection, container, list)) continue
        takePorts(draft.ports, ownerOf(injection), container, list)
        draft.containers.set(container.name, {
          value: withTokenMount(container, draft.tokenMount),
          given: container,
          owner: ownerOf(injection),
          isNew: true,
          list,
        })
        record(draft, injection, [list], container.name, true)
      } else if (standing.list === list && isSame(draft, injection, standing, container)) {
        if (standing.isNew) continue
        draft.containers.set(container.name, { ...standing, owner: ownerOf(injection) })
        takePorts(draft.ports, ownerOf(injection), container, list)
        record(draft, injection, [list], container.name, false)
      } else
        conflict(
          draft,
          injection,
          `container "${container.name}" is in use by ${standing.owner} for something else`,
        )
    }
  }
}

function withMounts(container: Container, adopted: Adopted): Container {
  const { volumeMounts } = container
  const mounts = volumeMounts && mountsOf(volumeMounts, adopted)
  return mounts === volumeMounts ? container : { ...container, ...(mounts && { volumeMounts: mounts }) }
}

function isSame(
  draft: Draft,
  injection: RenderedProfile,
  { given, value, list = 'containers' }: Placed<Container>,
  wanted: Container,
): boolean {
  if (given) return equal(given, wanted)
  if (isContainer(value, wanted)) return true
  const { profile, scope } = injection
  const template = [...profile.containers, ...profile.initContainers].find(
    ({ name }) => name === wanted.name,
  )?.body
  if (!template || !claims(draft, injection, [list], wanted.name)) return false
  return mayBeGiven(value, wanted, template, scope)
}

/** Says everything that is in the way of a new container. */
function mayBeAdded(draft: Draft, injection: RenderedProfile, container: Container, list: string): boolean {
  const clashes = [...clashesWithin(container), ...portClashes(draft.ports, container, list)]
  for (const clash of clashes) conflict(draft, injection, clash)
  return clashes.length === 0
}
