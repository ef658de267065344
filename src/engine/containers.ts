import { equal } from '../profile/json.ts'
import { claims, conflict, type Draft, ownerOf, type Placed, record, thePod } from './draft.ts'
import type { Injection } from './injection.ts'
import { type Container, isNativeSidecar, type Pod, type Port } from './pod.ts'
import { isContainer } from './present.ts'
import { mayBeGiven } from './steady.ts'
import { withTokenMount } from './token-mount.ts'
import { type Adopted, mountsOf } from './volumes.ts'

/**
 * Places a profile's containers by name and port. Containers of a Pod share one network namespace, so a
 * port may be declared once among those that run side by side.
 */
export function placeContainers(draft: Draft, injection: Injection, adopted: Adopted): void {
  for (const list of ['initContainers', 'containers'] as const) {
    for (const rendered of injection[list]) {
      const container = withMounts(rendered, adopted)
      const standing = draft.containers.get(container.name)
      if (!standing) {
        if (!portsAreFree(draft, injection, container, list)) continue
        draft.containers.set(container.name, {
          value: withTokenMount(container, draft.tokenMount),
          owner: ownerOf(injection),
          isNew: true,
          list,
        })
        record(draft, injection, [list], container.name, true)
      } else if (standing.list === list && isSame(draft, injection, standing, container)) {
        if (standing.isNew) continue
        draft.containers.set(container.name, { ...standing, owner: ownerOf(injection) })
        takePorts(draft, injection, container)
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
  injection: Injection,
  { isNew, value, list = 'containers' }: Placed<Container>,
  wanted: Container,
): boolean {
  if (isNew) return equal(value, withTokenMount(wanted, draft.tokenMount))
  if (isContainer(value, wanted)) return true
  const { profile, scope } = injection
  const template = [...profile.containers, ...profile.initContainers].find(
    ({ name }) => name === wanted.name,
  )?.body
  if (!template || !claims(draft, injection, [list], wanted.name)) return false
  return mayBeGiven(value, wanted, template, scope)
}

/** Enters the ports of the Pod's own containers; call before any profile's are placed. */
export function enterPorts(draft: Draft, { spec = {} }: Pod): void {
  const running = [...(spec.initContainers ?? []).filter(isNativeSidecar), ...(spec.containers ?? [])]
  for (const { name, ports } of running) {
    for (const port of ports ?? []) draft.ports.set(portKey(port), { container: name, owner: thePod })
  }
}

function portsAreFree(draft: Draft, injection: Injection, container: Container, list: string): boolean {
  const runsBeside = list === 'containers' || isNativeSidecar(container)
  if (!runsBeside) return true
  const taken = (container.ports ?? []).flatMap(port => {
    const holder = draft.ports.get(portKey(port))
    return holder ? [{ port, holder }] : []
  })
  for (const { port, holder } of taken) {
    const user = `container "${holder.container}" of ${holder.owner}`
    conflict(draft, injection, `port ${portKey(port)} of container "${container.name}" is in use by ${user}`)
  }
  if (taken.length > 0) return false
  takePorts(draft, injection, container)
  return true
}

function takePorts(draft: Draft, injection: Injection, { name, ports = [] }: Container): void {
  for (const port of ports) draft.ports.set(portKey(port), { container: name, owner: ownerOf(injection) })
}

function portKey({ containerPort, protocol = 'TCP' }: Port): string {
  return `${containerPort}/${protocol}`
}
