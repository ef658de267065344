import type { JsonObject } from '../../json/json.ts'
import { normalPath } from '../../profile/places.ts'
import type { Container, Pod, Port, VolumeMount } from '../pod.ts'

/** Why a new container cannot be added, one sentence for each problem: ports that are in use, and duplicates within the container. */
export function containerProblems(ports: Ports, container: Container, list: string): readonly string[] {
  return [...clashesWithin(container), ...portClashes(ports, container, list)]
}

/**
 * Duplicates within a rendered container: expressions, inherited mounts and adopted volumes may result in the same path
 * or name. The API server denies such a container (pkg/apis/core/validation: ValidateVolumeMounts,
 * ValidateVolumeDevices, validateContainerPorts). It accepts two paths that differ only by a slash, although one mount
 * then hides the other, so this function reports these, too.
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
 * What is wrong with `subPath` and `subPathExpr` of a mount: expressions and an adopted volume may result in a path that
 * the API server denies (pkg/apis/core/validation: validateLocalDescendingPath).
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
 * The mount of the ServiceAccount's token that the API server has added to the containers of a Pod; undefined if there is
 * none. If Pillion did not add it to new containers, the API server would, and would then call Pillion again.
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

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount'
const tokenVolume = 'kube-api-access-'

/**
 * The ports of the containers that run at the same time, and the container that uses each. These containers share one
 * network namespace, so only one of them can use a port. Only one can use a `hostPort` at an address of the node.
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

/** Records the ports of a container in the Pod; `owner` is the Pod or a profile. */
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

/** A regular init container has ended before the others listen, so its ports are free. */
function runsBeside(container: Container, list: string): boolean {
  return list === 'containers' || isNativeSidecar(container)
}

/** The ports of a new container that are in use already, one sentence for each. */
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

/** A native sidecar is an init container with `restartPolicy: Always`. It runs beside the app. */
export function isNativeSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always'
}
