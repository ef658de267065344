import { equal, isObject, type Json } from '../../json/json.ts'
import type { Container, VolumeMount } from '../pod.ts'
import type { RenderedProfile } from '../render/render.ts'
import { placeAt } from '../status/status.ts'
import { containerProblems, partProblems } from './containers.ts'
import {
  type Draft,
  type Item,
  isClaimed,
  isContainerList,
  type Placed,
  placedAt,
  stays,
  thePod,
  type Verdict,
} from './draft.ts'
import { looksLike, mayBeGiven } from './match.ts'

/**
 * What becomes of one thing that a profile gives to a Pod with what the profiles before it have there: it is new, or it
 * is there, or something is in its way. The Pod's own variables, labels and settings win, with a warning.
 */
export function judge(draft: Draft, injection: RenderedProfile, item: Item): Verdict {
  const place = placeAt(item.path)
  if (place.kind === 'raised') return raised(draft, item, place.default)
  const standing = placedAt(draft, item)
  if (!standing) {
    const problems = problemsOf(draft, item)
    return problems.length > 0 ? { is: 'conflict', problems } : { is: 'added', item }
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
function isSame(draft: Draft, injection: RenderedProfile, item: Item, standing: Placed<Json>): boolean {
  const { path, value } = item
  const [field = '', , list] = path
  if (list === 'volumeMounts') return isSameMount(standing.value as VolumeMount, value as VolumeMount)
  // Its name says all of it.
  if (list === 'envFrom') return true
  if (standing.list !== undefined && standing.list !== field) return false
  if (standing.given !== undefined) return equal(standing.given, value)
  if (looksLike(path, standing.value, value)) return true
  return isContainerList(field) && isChangedSince(draft, injection, item, standing.value as Container)
}

/** The same part of the same volume. */
function isSameMount(a: VolumeMount, b: VolumeMount): boolean {
  const part = ({ subPath = '', subPathExpr = '' }: VolumeMount) => `${subPath}\n${subPathExpr}`
  return a.name === b.name && part(a) === part(b)
}

/** Whether an earlier call gave this container, when the Pod was another one. */
function isChangedSince(
  draft: Draft,
  { profile, scope }: RenderedProfile,
  item: Item,
  standing: Container,
): boolean {
  const template = [...profile.containers, ...profile.initContainers].find(
    ({ name }) => name === item.name,
  )?.body
  if (!template || !isClaimed(draft, profile.name, item.key)) return false
  return mayBeGiven(standing, item.value as Container, template, scope)
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
