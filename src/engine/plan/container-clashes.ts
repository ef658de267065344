import type { JsonObject } from '../../json/json.ts'
import { normalPath } from '../../profile/places.ts'
import type { Container, VolumeMount } from '../pod.ts'

/**
 * What a rendered container has twice and may have once: expressions, inherited mounts and adopted volumes may come to
 * the same path or name. The API server refuses it (pkg/apis/core/validation: ValidateVolumeMounts,
 * ValidateVolumeDevices, validateContainerPorts); paths that differ by a slash it takes, and one mount hides the other.
 */
export function clashesWithin(container: Container): readonly string[] {
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
