import type { JsonObject } from '../../json/json.ts'
import { normalPath } from '../../profile/places.ts'
import type { Container, Pod, Port, VolumeMount } from '../pod.ts'

/** Everything that is in the way of a new container, in a sentence each: ports that are in use, and what it has twice. */
export function containerProblems(ports: Ports, container: Container, list: string): readonly string[] {
  return [...clashesWithin(container), ...portClashes(ports, container, list)]
}

/**
 * What a rendered container has twice and may have once: expressions, inherited mounts and adopted volumes may come to
 * the same path or name. The API server refuses it (pkg/apis/core/validation: ValidateVolumeMounts,
 * ValidateVolumeDevices, validateContainerPorts); paths that differ by a slash it takes, and one mount hides the other.
 */
function clashesWithin(container: Container): readonly string[] {
  const { name, volumeMounts = [], ports = [] } = container
  const devices = (container['volumeDevices'] ?? []) as readonly JsonObject[]
  const mounted = new Map<string, string>()
  const clashes: string[] = []
  const enter = (path: string, what: string) => {
    const other = mounted.get(path)
    if (other === undefined) mounted.set(path, what)
    else clashes.push(`container "${name}" would have ${other} and ${what} at ${path}`)
  }
  clashes.push(...volumeMounts.flatMap(mount => partProblems(name, mount)))
  for (const mount of volumeMounts) enter(normalPath(mount.mountPath), `volume "${mount.name}"`)
  for (const device of devices)
    enter(normalPath(device['devicePath']), `the device of volume "${device['name']}"`)
  const named = new Map<string, number>()
  for (const { name: port, containerPort } of ports) {
    if (!port) continue
    const other = named.get(port)
    if (other === undefined) named.set(port, containerPort)
    else
      clashes.push(`container "${name}" would have two ports named "${port}": ${other} and ${containerPort}`)
  }
  return clashes
}

/**
 * What is wrong with the part of a volume that a mount names: expressions and an adopted volume may make of it what the
 * API server refuses (pkg/apis/core/validation: validateLocalDescendingPath).
 */
export function partProblems(
  container: string,
  { name, mountPath, subPath, subPathExpr }: VolumeMount,
): readonly string[] {
  const what = `container "${container}" would mount volume "${name}" at ${mountPath}`
  const leaving = [subPath, subPathExpr].filter(
    part => part !== undefined && (part.startsWith('/') || part.split('/').includes('..')),
  )
  return [
    ...leaving.map(
      part => `${what} by the path ${JSON.stringify(part)}, and only a path inside the volume is allowed`,
    ),
    ...(subPath && subPathExpr ? [`${what} by both subPath and subPathExpr`] : []),
  ]
}

/**
 * How the API server has mounted the ServiceAccount's token in a Pod's containers; undefined where it has not. It
 * would give the same mount to each container that we add, and then call us again, because the Pod has changed since.
 * https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-token-volume
 */
export function tokenMountOf({ spec }: Pod): VolumeMount | undefined {
  for (const { volumeMounts = [] } of spec?.containers ?? []) {
    const mount = volumeMounts.find(
      ({ name, mountPath }) => mountPath === tokenPath && name.startsWith(tokenVolume),
    )
    if (mount) return { name: mount.name, readOnly: true, mountPath: tokenPath }
  }
  return undefined
}

/** A container with that mount of the token, unless it mounts something there itself. */
export function withTokenMount(container: Container, mount: VolumeMount | undefined): Container {
  const { volumeMounts = [] } = container
  if (!mount || volumeMounts.some(({ mountPath }) => normalPath(mountPath) === tokenPath)) return container
  return { ...container, volumeMounts: [...volumeMounts, mount] }
}

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount'
const tokenVolume = 'kube-api-access-'

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

/** The ports of a Pod's own containers. */
export function portsOf({ spec = {} }: Pod): Ports {
  const ports: Ports = { ofPod: new Map(), ofNode: new Map() }
  for (const list of ['initContainers', 'containers'] as const)
    for (const container of spec[list] ?? []) takePorts(ports, 'the Pod', container, list)
  return ports
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
function portClashes(ports: Ports, container: Container, list: string): readonly string[] {
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

/** Runs beside the app: a native sidecar is an init container that is restarted always. */
export function isNativeSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always'
}
