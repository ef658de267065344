import { type Container, isNativeSidecar, type Pod, type Port } from '../pod.ts'
import type { Injection } from '../render/injection.ts'
import { conflict, type Draft, ownerOf, thePod } from './draft.ts'

/**
 * The ports of the containers that run side by side, and who has them. They share one network namespace, in which a
 * port is one container's; and a port of the node (`hostPort`) is one container's at each address of the node.
 */
export interface Ports {
  readonly ofPod: Map<string, Holder>
  /** By port and protocol, then by `hostIP`, where `''` is every address. */
  readonly ofNode: Map<string, Map<string, Holder>>
}

interface Holder {
  readonly container: string
  readonly owner: string
}

export function noPorts(): Ports {
  return { ofPod: new Map(), ofNode: new Map() }
}

/** Enters the ports of the Pod's own containers; call before any profile's are placed. */
export function enterPorts(draft: Draft, { spec = {} }: Pod): void {
  const running = [...(spec.initContainers ?? []).filter(isNativeSidecar), ...(spec.containers ?? [])]
  for (const container of running) enter(draft.ports, container, thePod)
}

/** Enters the ports of a container that a profile has in the Pod. */
export function takePorts(draft: Draft, injection: Injection, container: Container, list: string): void {
  if (runsBeside(container, list)) enter(draft.ports, container, ownerOf(injection))
}

/** An init container has gone when the others listen. */
function runsBeside(container: Container, list: string): boolean {
  return list === 'containers' || isNativeSidecar(container)
}

/** Whether nobody has the ports of a container that a profile gives; each one that is in use is a conflict. */
export function portsAreFree(
  draft: Draft,
  injection: Injection,
  container: Container,
  list: string,
): boolean {
  if (!runsBeside(container, list)) return true
  const taken = (container.ports ?? []).flatMap(port => {
    const [inPod, onNode] = [draft.ports.ofPod.get(portKey(port)), holderOnNode(draft.ports, port)]
    return [
      ...(inPod ? [{ what: `port ${portKey(port)}`, holder: inPod }] : []),
      ...(onNode ? [{ what: `hostPort ${nodeKey(port)}`, holder: onNode }] : []),
    ]
  })
  for (const { what, holder } of taken) {
    const user = `container "${holder.container}" of ${holder.owner}`
    conflict(draft, injection, `${what} of container "${container.name}" is in use by ${user}`)
  }
  return taken.length === 0
}

function enter({ ofPod, ofNode }: Ports, { name: container, ports = [] }: Container, owner: string): void {
  const holder = { container, owner }
  for (const port of ports) {
    ofPod.set(portKey(port), holder)
    if (!port.hostPort) continue
    const addresses = ofNode.get(nodeKey(port)) ?? new Map<string, Holder>()
    ofNode.set(nodeKey(port), addresses.set(addressOf(port), holder))
  }
}

function holderOnNode({ ofNode }: Ports, port: Port): Holder | undefined {
  if (!port.hostPort) return undefined
  const addresses = ofNode.get(nodeKey(port))
  const address = addressOf(port)
  if (address === '') return addresses?.values().next().value
  return addresses?.get(address) ?? addresses?.get('')
}

function portKey({ containerPort, protocol }: Port): string {
  return `${containerPort}/${protocol || 'TCP'}`
}

function nodeKey({ hostPort, protocol }: Port): string {
  return `${hostPort}/${protocol || 'TCP'}`
}

function addressOf({ hostIP = '' }: Port): string {
  return hostIP === '0.0.0.0' || hostIP === '::' ? '' : hostIP
}
