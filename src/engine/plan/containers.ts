import type { JsonObject } from '../../json/json.ts'
import { equal } from '../../json/json.ts'
import { normalPath } from '../../profile/places.ts'
import type { Container, Pod, VolumeMount } from '../pod.ts'
import type { RenderedProfile } from '../render/profiles.ts'
import { claims, conflict, type Draft, ownerOf, type Placed, record, taken } from './draft.ts'
import { isContainer, mayBeGiven } from './match.ts'
import { portClashes, takePorts } from './ports.ts'
import { type Adopted, mountsOf } from './volumes.ts'

/**
 * Places a profile's containers by name and port. Containers of a Pod share one network namespace, so a
 * port may be declared once among those that run side by side. Each new one gets `tokenMount`, as `tokenMountOf` finds it.
 */
export function placeContainers(
  draft: Draft,
  injection: RenderedProfile,
  adopted: Adopted,
  tokenMount: VolumeMount | undefined,
): void {
  for (const list of ['initContainers', 'containers'] as const) {
    for (const rendered of injection[list]) {
      const container = withMounts(rendered, adopted)
      const standing = draft.containers.get(container.name)
      if (!standing) {
        if (!mayBeAdded(draft, injection, container, list)) continue
        takePorts(draft.ports, ownerOf(injection), container, list)
        draft.containers.set(container.name, {
          value: withTokenMount(container, tokenMount),
          given: container,
          owner: ownerOf(injection),
          isNew: true,
          list,
        })
        record(draft, injection, [list], container.name, true)
      } else if (standing.list === list && isSame(draft, injection, standing, container)) {
        if (standing.isNew) continue
        draft.containers.set(container.name, taken(draft, injection, [list], standing, container))
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
function withTokenMount(container: Container, mount: VolumeMount | undefined): Container {
  const { volumeMounts = [] } = container
  if (!mount || volumeMounts.some(({ mountPath }) => normalPath(mountPath) === tokenPath)) return container
  return { ...container, volumeMounts: [...volumeMounts, mount] }
}

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount'
const tokenVolume = 'kube-api-access-'
