import type { Json, JsonObject } from '../../json/json.ts'
import { spend } from '../../limits/budget.ts'
import { appRows, itemsAt, normalPath, podRows } from '../../profile/places.ts'
import { literal } from '../../template/evaluate.ts'
import type { Container, VolumeMount } from '../pod.ts'
import type { RenderedProfile } from '../render/render.ts'
import { pieceKey } from '../status/status.ts'
import { type Draft, type Item, isClaimed, isGiven, placedAt, type Verdict } from './draft.ts'

/** How a profile's mounts of its volume become mounts of the volume that stands for it. */
export type Adopted = ReadonlyMap<string, { readonly name: string; readonly subPath?: string }>

/**
 * The volumes of a profile in whose place it uses the volume that an app container mounts at the path of `adopt`, and what
 * is to be said of them.
 */
export function adopt(
  draft: Draft,
  injection: RenderedProfile,
): { readonly adopted: Adopted; readonly verdicts: readonly Verdict[] } {
  const adopted = new Map<string, { name: string; subPath?: string }>()
  const verdicts: Verdict[] = []
  for (const { volume, adoptAt } of injection.volumes) {
    const mounted = adoptAt === undefined ? undefined : mountAt(draft, adoptAt)
    if (!mounted || mounted.mount.name === volume.name) continue
    const { mount, container, isGiven } = mounted
    if (!isGiven && isInUse(draft, injection, volume.name)) continue
    if (mount.subPathExpr !== undefined) {
      const what = `container "${container}" mounts ${mount.mountPath} by subPathExpr, which cannot be adopted`
      verdicts.push({ is: 'conflict', problems: [what] })
      continue
    }
    const { name, subPath, mountPath } = mount
    adopted.set(volume.name, { name, ...(subPath !== undefined && { subPath }) })
    const warning = `uses volume "${name}", which container "${container}" mounts at ${mountPath}`
    verdicts.push({ is: 'left', warning })
  }
  return { adopted, verdicts }
}

/** What the first app container that mounts something at a path mounts there: its author's, or an earlier profile's. */
function mountAt(draft: Draft, path: string) {
  spend(draft.app.size)
  const name = normalPath(path)
  for (const container of draft.app.keys()) {
    const path = ['app', container, 'volumeMounts']
    const key = pieceKey({ path, name })
    const placed = placedAt(draft, { path, name, key })
    if (placed) return { mount: placed.value as VolumeMount, container, isGiven: isGiven(draft, key) }
  }
  return undefined
}

/**
 * Whether an earlier call made a profile's volume: that one is not given up because somebody mounts something at the path
 * since. What an earlier profile mounts there was there in that call, too, and was adopted then. A status that claims the
 * volume must not keep another from being adopted: not one that is mounted instead, and not where nothing is mounted.
 */
function isInUse(draft: Draft, injection: RenderedProfile, volume: string): boolean {
  const isOurs = isClaimed(draft, injection.profile.name, pieceKey({ path: ['volumes'], name: volume }))
  if (!isOurs || !draft.volumes.has(volume)) return false
  const inPlace = volumesInPlace(draft, injection, volume)
  return inPlace.length > 0 && inPlace.every(name => name === volume)
}

/** The volumes in the Pod where a profile mounts one of its own. */
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
    const mounts = new Map(standing.volumeMounts?.map(({ mountPath, name }) => [normalPath(mountPath), name]))
    return places.flatMap(place => mounts.get(place) ?? [])
  })
}

/** Everything that a profile gives, in the order in which it is placed, with its mounts of adopted volumes replaced. */
export function itemsOf(injection: RenderedProfile, adopted: Adopted): readonly Item[] {
  const items: Item[] = []
  const give = (path: readonly string[], named: readonly (readonly [string, Json])[]) => {
    if (named.length === 0) return
    const prefix = pieceKey({ path, name: '' })
    for (const [name, value] of named) items.push({ path, name, key: prefix + name, value })
  }
  const own = injection.volumes.filter(({ volume }) => !adopted.has(volume.name))
  give(
    ['volumes'],
    own.map(({ volume }) => [volume.name, volume]),
  )
  for (const list of ['initContainers', 'containers'] as const)
    give(
      [list],
      injection[list].map(container => [container.name, withMounts(container, adopted)]),
    )
  for (const { container, ...lists } of injection.app)
    for (const [list, place] of appRows) {
      const values: readonly JsonObject[] =
        list === 'volumeMounts' ? mountsOf(lists[list], adopted) : lists[list]
      give(
        ['app', container.name, list],
        values.map(value => [place.nameOf(value), value]),
      )
    }
  for (const [field, place] of podRows) give([field], itemsAt(field, place, injection.pod[field]))
  return items
}

function withMounts(container: Container, adopted: Adopted): Container {
  const { volumeMounts } = container
  const mounts = volumeMounts && mountsOf(volumeMounts, adopted)
  return mounts === volumeMounts ? container : { ...container, ...(mounts && { volumeMounts: mounts }) }
}

/** A profile's mounts, with its adopted volumes replaced by what stands for them. */
function mountsOf<T extends VolumeMount>(mounts: readonly T[], adopted: Adopted): readonly T[] {
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
