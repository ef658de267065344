import { type Container, isNativeSidecar, type Pod, type Port } from '../pod.ts'

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
export function enterPorts(ports: Ports, { spec = {} }: Pod): void {
  for (const list of ['initContainers', 'containers'] as const)
    for (const container of spec[list] ?? []) takePorts(ports, 'the Pod', container, list)
}

/** Enters the ports of a container that somebody has in the Pod. */
export function takePorts({ ofPod, ofNode }: Ports, owner: string, container: Container, list: string): void {
  if (!runsBeside(container, list)) return
  const holder = { container: container.name, owner }
  for (const port of container.ports ?? []) {
    ofPod.set(portKey(port), holder)
    if (!port.hostPort) continue
    const addresses = ofNode.get(nodeKey(port)) ?? new Map<string, Holder>()
    ofNode.set(nodeKey(port), addresses.set(addressOf(port), holder))
  }
}

/** An init container has gone when the others listen. */
function runsBeside(container: Container, list: string): boolean {
  return list === 'containers' || isNativeSidecar(container)
}

/** Which ports of a container that a profile gives are in use, in a sentence each. */
export function portClashes(ports: Ports, container: Container, list: string): readonly string[] {
  if (!runsBeside(container, list)) return []
  const taken = (container.ports ?? []).flatMap(port => {
    const [inPod, onNode] = [ports.ofPod.get(portKey(port)), holderOnNode(ports, port)]
    return [
      ...(inPod ? [{ what: `port ${portKey(port)}`, holder: inPod }] : []),
      ...(onNode ? [{ what: `hostPort ${nodeKey(port)}`, holder: onNode }] : []),
    ]
  })
  return taken.map(({ what, holder }) => {
    const user = `container "${holder.container}" of ${holder.owner}`
    return `${what} of container "${container.name}" is in use by ${user}`
  })
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
