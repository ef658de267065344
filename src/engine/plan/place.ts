import { equal, isObject, type Json, type JsonObject } from '../../json/json.ts'
import { spend } from '../../limits/budget.ts'
import { appRows, itemsAt, normalPath, podRows } from '../../profile/places.ts'
import { literal } from '../../template/evaluate.ts'
import { type Container, pieceKey, placeAt, type VolumeMount } from '../pod.ts'
import type { RenderedProfile } from '../render/render.ts'
import { containerProblems, partProblems, withTokenMount } from './containers.ts'
import { type Draft, type Item, type Placed, thePod, type Verdict } from './draft.ts'
import { looksLike, mayBeGiven } from './match.ts'

/** How a profile's mounts of its volume become mounts of the volume that stands for it. */
type Adopted = ReadonlyMap<string, { readonly name: string; readonly subPath?: string }>

/**
 * Judges everything that a profile gives to a Pod, one thing after the other: each together with what was recorded of
 * those before it.
 */
export function* verdictsOn(draft: Draft, injection: RenderedProfile): Generator<Verdict> {
  const { adopted, verdicts } = adopt(draft, injection)
  yield* verdicts
  for (const item of itemsOf(injection, adopted)) yield judge(draft, injection, item)
}

/**
 * The volumes of a profile in whose place it uses the volume that an app container mounts at the path of `adopt`, and what
 * is to be said of them.
 */
function adopt(
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
function itemsOf(injection: RenderedProfile, adopted: Adopted): readonly Item[] {
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

/**
 * What becomes of one thing that a profile gives to a Pod with what the profiles before it have there: it is new, or it
 * is there, or something is in its way. The Pod's own variables, labels and settings win, with a warning.
 */
function judge(draft: Draft, injection: RenderedProfile, item: Item): Verdict {
  const place = placeAt(item.path)
  if (place.kind === 'raised') return raised(draft, item, place.default)
  const standing = placedAt(draft, item)
  if (!standing) {
    const problems = problemsOf(draft, item)
    return problems.length > 0
      ? { is: 'conflict', problems }
      : { is: 'added', item, whole: wholeOf(draft, item) }
  }
  if (!isSame(draft, injection, item, standing)) return inTheWay(draft, injection, item, standing)
  return standing.isNew ? { is: 'left' } : { is: 'there', item, standing }
}

/** A number counts where it is more than the Pod has. A profile that wants less has what it wants: nothing is in conflict. */
function raised(draft: Draft, item: Item, fallback: number): Verdict {
  const standing = draft.standing(item)
  const own = typeof standing === 'number' ? standing : undefined
  if (typeof item.value !== 'number' || item.value <= (own ?? fallback)) return { is: 'left' }
  return { is: 'added', item, before: own ?? true }
}

/** What is added: a container with the mount of the token that each container has. */
function wholeOf({ tokenMount }: Draft, { path: [field = ''], value }: Item): Json {
  return isContainerList(field) ? withTokenMount(value as Container, tokenMount) : value
}

/** Why a Pod cannot have something new, in a sentence each. */
function problemsOf(draft: Draft, { path, name, value }: Item): readonly string[] {
  const [field = '', container = '', list] = path
  if (isContainerList(field)) return containerProblems(draft.ports, value as Container, field)
  if (list !== 'volumeMounts') return []
  const device = draft.standing({ path: ['app', container, 'volumeDevices'], name })
  if (!isObject(device)) return partProblems(container, value as VolumeMount)
  return [`container "${container}" has the device of volume "${device['name']}" at ${name} for ${thePod}`]
}

/** Whether a profile gives what is there: what another gives is equal, and what is in the Pod may have changed since. */
function isSame(
  draft: Draft,
  { profile, scope }: RenderedProfile,
  item: Item,
  standing: Placed<Json>,
): boolean {
  const { path, value } = item
  const [field = '', , list] = path
  if (list === 'volumeMounts') return isSameMount(standing.value as VolumeMount, value as VolumeMount)
  // Its name says all of it.
  if (list === 'envFrom') return true
  if (standing.list !== undefined && standing.list !== field) return false
  if (standing.given !== undefined) return equal(standing.given, value)
  if (looksLike(path, standing.value, value)) return true
  // An earlier call may have given this container, when the Pod was another one.
  if (!isContainerList(field) || !isClaimed(draft, profile.name, item.key)) return false
  const template = [...profile.containers, ...profile.initContainers].find(({ name }) => name === item.name)
  return (
    template !== undefined &&
    mayBeGiven(standing.value as Container, value as Container, template.body, scope)
  )
}

/** The same part of the same volume. */
function isSameMount(a: VolumeMount, b: VolumeMount): boolean {
  const part = ({ subPath = '', subPathExpr = '' }: VolumeMount) => `${subPath}\n${subPathExpr}`
  return a.name === b.name && part(a) === part(b)
}

/** What becomes of something that a profile gives where something else is. */
function inTheWay(
  draft: Draft,
  { profile }: RenderedProfile,
  item: Item,
  { value, owner }: Placed<Json>,
): Verdict {
  const { path, name } = item
  const [field = '', container = '', list] = path
  if (list === 'volumeMounts') {
    const what = `container "${container}" mounts volume "${(value as VolumeMount).name}" at ${name} for ${owner}`
    return { is: 'conflict', problems: [what] }
  }
  if (field === 'volumes' || isContainerList(field)) {
    const what = `${field === 'volumes' ? 'volume' : 'container'} "${name}" is in use by ${owner} for something else`
    return { is: 'conflict', problems: [what] }
  }
  const isVariable = field === 'app'
  const setting = name === field ? field : `${field}[${JSON.stringify(name)}]`
  if (owner !== thePod) {
    const what = isVariable ? `environment variable ${name} of container "${container}"` : setting
    return { is: 'taken', problem: `${what} is set by ${owner} to something else` }
  }
  // One that an earlier call gave, and that somebody changed since, is not the author's.
  if (isVariable && isClaimed(draft, profile.name, item.key)) return { is: 'left' }
  const what = isVariable
    ? `container "${container}" already sets ${name} in its own env`
    : `the Pod has its own ${setting}`
  return { is: 'left', warning: `${what}; ${stays(profile.name)}` }
}

/** What a profile finds at a place: what a profile before it has there, or what the Pod has. */
function placedAt(draft: Draft, piece: Omit<Item, 'value'>): Placed<Json> | undefined {
  const { path, name, key } = piece
  const [field = ''] = path
  if (field === 'volumes') return draft.volumes.get(name)
  if (isContainerList(field)) return draft.containers.get(name)
  const given = draft.given.get(key)
  if (given) return given
  const value = draft.standing(piece)
  return value === undefined ? undefined : { value, owner: thePod, isNew: false }
}

/** Whether a profile has this in an app container or in the Pod as a whole. */
function isGiven({ given }: Draft, key: string): boolean {
  return given.has(key)
}

export function isContainerList(field: string): boolean {
  return field === 'containers' || field === 'initContainers'
}

/** Whether the earlier status says that a profile put something there. */
export function isClaimed({ claimed }: Draft, profile: string, key: string): boolean {
  return claimed.get(profile)?.has(key) === true
}

/** What becomes of the Pod's own value, and of a profile's. */
export function stays(profile: string): string {
  return `it stays, and the value of profile ${profile} is not used`
}
