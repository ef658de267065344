import { equal, isObject, type Json, type JsonObject } from '../../json/json.ts'
import { spend } from '../../limits/budget.ts'
import { appRows, itemsAt, normalPath, podRows } from '../../profile/places.ts'
import { literal } from '../../template/evaluate.ts'
import { type Container, pieceKey, placeAt, type VolumeMount } from '../pod.ts'
import type { RenderedProfile } from '../render/render.ts'
import { containerProblems, partProblems } from './containers.ts'
import { type Draft, type Item, type Placed, thePod, type Verdict } from './draft.ts'
import { looksLike, mayBeGiven } from './match.ts'

/** For each volume of the profile that is not added: the volume of the Pod that its mounts use instead. */
type Adopted = ReadonlyMap<string, { readonly name: string; readonly subPath?: string }>

/**
 * Judges everything that a profile gives to a Pod, one item after the other. The caller must record each verdict before it
 * takes the next one, because an item can depend on the items before it.
 */
export function* verdictsOn(draft: Draft, injection: RenderedProfile): Generator<Verdict> {
  const { adopted, verdicts } = adopt(draft, injection)
  yield* verdicts
  for (const item of itemsOf(injection, adopted)) yield judge(draft, injection, item)
}

/**
 * The volumes of a profile that are replaced by a volume of the Pod, because an app container mounts one at the path of
 * `adopt`; and the warnings and conflicts about them.
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

/** The mount at a path, in the first app container that has one: from the author of the Pod, or from an earlier profile. */
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
 * Whether the Pod already uses the volume that an earlier call added for the profile. Pillion then keeps this volume, even
 * if somebody has mounted another one at the path since. (A mount of an earlier profile was there in that call, too, and
 * was adopted then.) Anybody can write the status, so a claim alone does not count: something must be mounted at the
 * paths where the profile mounts the volume, and it must be this volume.
 */
function isInUse(draft: Draft, injection: RenderedProfile, volume: string): boolean {
  const isOurs = isClaimed(draft, injection.profile.name, pieceKey({ path: ['volumes'], name: volume }))
  if (!isOurs || !draft.volumes.has(volume)) return false
  const inPlace = volumesInPlace(draft, injection, volume)
  return inPlace.length > 0 && inPlace.every(name => name === volume)
}

/** The volumes that the Pod has mounted at the paths where the profile mounts this volume. */
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

/** Everything that a profile gives, in the order in which it is judged. Its mounts use the adopted volumes. */
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

/** The mounts of a profile, with the adopted volumes of the Pod instead of its own. */
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
 * Judges one item of a profile, after the items before it were recorded: the item is new, is there already, or something
 * else is in its place. The Pod's own environment variables, labels and fields win, with a warning.
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

/** A number is added if it is greater than that of the Pod. A smaller number is not a conflict: the Pod has enough already. */
function raised(draft: Draft, item: Item, fallback: number): Verdict {
  const standing = draft.standing(item)
  const own = typeof standing === 'number' ? standing : undefined
  if (typeof item.value !== 'number' || item.value <= (own ?? fallback)) return { is: 'left' }
  return { is: 'added', item, before: own ?? true }
}

/** The value to add. A container also gets the mount of the token, unless it mounts something else at that path. */
function wholeOf({ tokenMount }: Draft, { path: [field = ''], value }: Item): Json {
  if (!isContainerList(field) || !tokenMount) return value
  const container = value as Container
  const { volumeMounts = [] } = container
  const isTaken = volumeMounts.some(({ mountPath }) => normalPath(mountPath) === tokenMount.mountPath)
  return isTaken ? value : { ...container, volumeMounts: [...volumeMounts, tokenMount] }
}

/** Why a new item cannot be added, one sentence for each problem. */
function problemsOf(draft: Draft, { path, name, value }: Item): readonly string[] {
  const [field = '', container = '', list] = path
  if (isContainerList(field)) return containerProblems(draft.ports, value as Container, field)
  if (list !== 'volumeMounts') return []
  const device = draft.standing({ path: ['app', container, 'volumeDevices'], name })
  if (!isObject(device)) return partProblems(container, value as VolumeMount)
  return [`container "${container}" has the device of volume "${device['name']}" at ${name} for ${thePod}`]
}

/** Whether an item is what is there already. An item of another profile must be equal; an item of the Pod may have changed since. */
function isSame(
  draft: Draft,
  { profile, scope }: RenderedProfile,
  item: Item,
  standing: Placed<Json>,
): boolean {
  const { path, value } = item
  const [field = '', , list] = path
  if (list === 'volumeMounts') return isSameMount(standing.value as VolumeMount, value as VolumeMount)
  // The name of an envFrom contains all of its fields.
  if (list === 'envFrom') return true
  if (standing.list !== undefined && standing.list !== field) return false
  if (standing.given !== undefined) return equal(standing.given, value)
  if (looksLike(path, standing.value, value)) return true
  // An earlier call may have added this container, before another webhook changed the Pod.
  if (!isContainerList(field) || !isClaimed(draft, profile.name, item.key)) return false
  const template = [...profile.containers, ...profile.initContainers].find(({ name }) => name === item.name)
  return (
    template !== undefined &&
    mayBeGiven(standing.value as Container, value as Container, template.body, scope)
  )
}

/** Whether two mounts are of the same part of the same volume. */
function isSameMount(a: VolumeMount, b: VolumeMount): boolean {
  const part = ({ subPath = '', subPathExpr = '' }: VolumeMount) => `${subPath}\n${subPathExpr}`
  return a.name === b.name && part(a) === part(b)
}

/** The verdict on an item if something else is in its place. */
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
  const isOurContainer = isContainerList(field) && isClaimed(draft, profile.name, item.key)
  if (isOurContainer && isDropped(value as Container, item.value as Container)) {
    const problem = `another webhook removed restartPolicy from container "${name}", which Pillion injected; without it, the container is not a sidecar, and the Pod would never start: update that webhook ("pillion doctor" names it)`
    return { is: 'broken', problem }
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
  // An earlier call added it, and somebody changed it since. It is not from the author, so there is no warning.
  if (isVariable && isClaimed(draft, profile.name, item.key)) return { is: 'left' }
  const what = isVariable
    ? `container "${container}" already sets ${name} in its own env`
    : `the Pod has its own ${setting}`
  return { is: 'left', warning: `${what}; ${stays(profile.name)}` }
}

/** Whether a container is no sidecar any more. A webhook that knows only the Pods of an old Kubernetes drops `restartPolicy`. */
function isDropped(existing: Container, given: Container): boolean {
  return given.restartPolicy !== undefined && existing.restartPolicy === undefined
}

/** What is at a place: from a profile before this one, or from the Pod. */
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

/** Whether a profile before this one has this in an app container or in the Pod as a whole. */
function isGiven({ given }: Draft, key: string): boolean {
  return given.has(key)
}

export function isContainerList(field: string): boolean {
  return field === 'containers' || field === 'initContainers'
}

/** Whether the earlier status claims this for a profile. */
export function isClaimed({ claimed }: Draft, profile: string, key: string): boolean {
  return claimed.get(profile)?.has(key) === true
}

/** The end of a warning: the Pod keeps its own value. */
export function stays(profile: string): string {
  return `it stays, and the value of profile ${profile} is not used`
}
