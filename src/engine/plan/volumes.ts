import { equal } from '../../json/json.ts'
import { spend } from '../../limits/budget.ts'
import { normalPath } from '../../profile/places.ts'
import { literal } from '../../template/evaluate.ts'
import type { VolumeMount } from '../pod.ts'
import type { RenderedProfile } from '../render/profiles.ts'
import { claims, conflict, type Draft, mountsByPath, ownerOf, record, taken } from './draft.ts'
import { isVolume } from './match.ts'

/** How a profile's mounts of its volume become mounts of the volume that stands for it. */
export type Adopted = ReadonlyMap<string, { readonly name: string; readonly subPath?: string }>

/**
 * Places a profile's volumes. `adopt` takes the volume that an app container mounts at that path
 * instead; otherwise one of that name in the Pod must be the same, or it is a conflict.
 */
export function placeVolumes(draft: Draft, injection: RenderedProfile): Adopted {
  const adopted = new Map<string, { name: string; subPath?: string }>()
  for (const { volume, adoptAt } of injection.volumes) {
    const mounted = adoptAt === undefined ? undefined : mountAt(draft, adoptAt)
    const standing = draft.volumes.get(volume.name)
    const isClaimed = standing !== undefined && claims(draft, injection, ['volumes'], volume.name)
    const inPlace = isClaimed ? volumesInPlace(draft, injection, volume.name) : undefined
    const isOurs = inPlace?.every(name => name === volume.name) === true
    // What an earlier call made is not given up because somebody mounts something there since. What an earlier profile
    // mounts there was there in that call, too, and was adopted then.
    const isInUse = isOurs && inPlace.length > 0 && !(mounted && draft.givenMounts.has(mounted.mount))
    if (mounted && mounted.mount.name !== volume.name && !isInUse) {
      const { mount, container } = mounted
      if (mount.subPathExpr === undefined) {
        adopted.set(volume.name, {
          name: mount.name,
          ...(mount.subPath !== undefined && { subPath: mount.subPath }),
        })
        draft.warnings.push(
          `profile ${injection.profile.name}: uses volume "${mount.name}", which container "${container}" mounts at ${mount.mountPath}`,
        )
        continue
      }
      conflict(
        draft,
        injection,
        `container "${container}" mounts ${mount.mountPath} by subPathExpr, which cannot be adopted`,
      )
    }
    if (!standing) {
      draft.volumes.set(volume.name, { value: volume, given: volume, owner: ownerOf(injection), isNew: true })
      record(draft, injection, ['volumes'], volume.name, true)
    } else if (standing.given ? equal(standing.given, volume) : isVolume(standing.value, volume)) {
      if (standing.isNew) continue
      if (isClaimed) draft.volumes.set(volume.name, taken(draft, injection, ['volumes'], standing, volume))
      record(draft, injection, ['volumes'], volume.name, false)
    } else
      conflict(draft, injection, `volume "${volume.name}" is in use by ${standing.owner} for something else`)
  }
  return adopted
}

/**
 * The volumes that stand in the Pod where a profile mounts one of its own. A status that claims this one must not keep
 * another from being adopted: not one that is mounted instead, and not where nothing is mounted.
 */
function volumesInPlace(
  draft: Draft,
  { initContainers, containers, app }: RenderedProfile,
  volume: string,
): readonly string[] {
  const pairs = [
    ...[...initContainers, ...containers].map(
      wanted => [wanted.volumeMounts, draft.containers.get(wanted.name)?.value] as const,
    ),
    ...app.map(({ container, volumeMounts }) => [volumeMounts, container] as const),
  ]
  return pairs.flatMap(([wanted = [], standing]) => {
    const places = wanted.filter(({ name }) => name === volume).map(({ mountPath }) => normalPath(mountPath))
    if (!standing || places.length === 0) return []
    spend(standing.volumeMounts?.length ?? 0)
    const mounts = mountsByPath(standing.volumeMounts)
    return places.flatMap(place => mounts.get(place)?.name ?? [])
  })
}

/** A profile's mounts, with its adopted volumes replaced by what stands for them. */
export function mountsOf<T extends VolumeMount>(mounts: readonly T[], adopted: Adopted): readonly T[] {
  if (adopted.size === 0) return mounts
  return mounts.map(mount => {
    const standing = adopted.get(mount.name)
    if (!standing) return mount
    if (mount.subPathExpr !== undefined) {
      const above = standing.subPath === undefined ? undefined : literal(standing.subPath)
      return { ...mount, name: standing.name, subPathExpr: below(above, mount.subPathExpr) }
    }
    const subPath = below(standing.subPath, mount.subPath)
    return { ...mount, name: standing.name, ...(subPath !== '' && { subPath }) }
  })
}

function below(...parts: readonly (string | undefined)[]): string {
  return parts.filter(part => part !== undefined && part !== '').join('/')
}

/** What the first app container that mounts something at a path mounts there: its author's, or an earlier profile's. */
function mountAt(draft: Draft, path: string): { mount: VolumeMount; container: string } | undefined {
  spend(draft.mounts.size)
  const place = normalPath(path)
  for (const [container, mounts] of draft.mounts) {
    const mount = mounts.get(place)
    if (mount) return { mount, container }
  }
  return undefined
}
