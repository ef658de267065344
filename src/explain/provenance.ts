import { decide } from '../engine/decide.ts'
import type { Cluster, Decision, Subject } from '../engine/decision.ts'
import type { ForOriginal } from '../engine/original/original-pod.ts'
import { applied } from '../engine/patch/apply.ts'
import { ownerOf } from '../engine/plan/draft.ts'
import { annotation, type Pod, pieceKey } from '../engine/pod.ts'
import type { RenderedProfile } from '../engine/render/render.ts'
import { equal, isObject, type Json } from '../json/json.ts'
import { pointerStep, pointerTo } from '../json/pointer.ts'
import { BudgetSpent, withReviewBudget } from '../limits/budget.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import { appRows, itemsAt, listRows, type Place, podRows } from '../profile/places.ts'
import { partOf, type Source, type Traced } from '../template/trace.ts'
import type { Origin, Rule } from './origin.ts'
import { originMaker } from './source-origin.ts'
import { type Given, tracedItems } from './traced-items.ts'

/** By JSON pointer in the resulting Pod: objects, lists and the values in them. */
export type Provenance = ReadonlyMap<string, Origin>

/**
 * Where each value comes from that Pillion injects into a Pod, or has injected in an earlier call. It evaluates
 * the templates of the profiles beside the plan. A value that somebody else has changed since has no origin. Takes
 * linear time, within the budget of a review; what exceeds the budget has no origin.
 */
export function provenanceOf(subject: Subject, profiles: Profiles, cluster: Cluster): Provenance {
  let planned: ForOriginal | undefined
  const decision = decide(subject, profiles, cluster, each => {
    planned = each
  })
  return provenanceIn(subject, decision, planned)
}

/** The same for a decision that is known, with the plan that it follows. */
export function provenanceIn(
  subject: Subject,
  { outcome, patch }: Pick<Decision, 'outcome' | 'patch'>,
  planned: ForOriginal | undefined,
): Provenance {
  const origins = new Map<string, Origin>()
  if (!planned || (outcome !== 'injected' && outcome !== 'unchanged')) return origins
  const { app, planned: plan } = planned
  const pod = applied(subject.pod, patch)
  try {
    withReviewBudget(() => {
      const given = plan.injections.map(injection => [injection, tracedItems(injection, app)] as const)
      assign(pod, plan, given, origins)
    })
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error
  }
  return origins
}

type Plan = ForOriginal['planned']
type AllGiven = readonly (readonly [RenderedProfile, ReadonlyMap<string, Given>])[]

/** Finds each planned item in the Pod, and gives an origin to its parts. */
function assign(pod: Pod, plan: Plan, all: AllGiven, origins: Map<string, Origin>): void {
  const { draft } = plan
  const byOwner = new Map(all.map(([injection, given]) => [ownerOf(injection), { injection, given }]))
  const set = (pointer: string, actual: Json, owner: string, key: string) => {
    const from = byOwner.get(owner)
    const given = from?.given.get(key)
    if (from && given) walk(pointer, actual, given, originMaker(from.injection), origins)
  }
  for (const [list] of listRows) {
    const placed = list === 'volumes' ? draft.volumes : draft.containers
    for (const [i, item] of (pod.spec?.[list] ?? []).entries()) {
      const found = placed.get(item.name)
      if (found?.isNew && (found.list ?? 'volumes') === list)
        set(pointerTo(['spec', list, i]), item, found.owner, pieceKey({ path: [list], name: item.name }))
    }
  }
  for (const [i, container] of (pod.spec?.containers ?? []).entries()) {
    if (!draft.app.has(container.name)) continue
    for (const [list, place] of appRows) {
      const path = ['app', container.name, list]
      for (const [step, name, item] of stepsAt(list, place, container[list])) {
        const key = pieceKey({ path, name })
        const placed = draft.given.get(key)
        if (placed?.isNew) set(pointerTo(['spec', 'containers', i, list, step]), item, placed.owner, key)
      }
    }
  }
  for (const [field, place] of podRows) {
    for (const [step, name, item] of stepsAt(field, place, pod[place.in]?.[field])) {
      const key = pieceKey({ path: [field], name })
      const pointer = pointerTo([place.in, field, ...(step === '' ? [] : [step])])
      if (place.kind === 'raised') {
        // Several profiles may raise a number; it has the value of one of them.
        const raised = draft.additions[field]?.some(([, value]) => value === item)
        const [injection] = all.find(([, given]) => given.get(key)?.traced.value === item) ?? []
        if (raised && injection) set(pointer, item, ownerOf(injection), key)
      } else {
        const placed = draft.given.get(key)
        if (placed?.isNew) set(pointer, item, placed.owner, key)
      }
    }
  }
  assignOwn(pod, plan, origins)
}

/** The annotations that Pillion itself writes. */
function assignOwn({ metadata }: Pod, { draft, defaultContainer }: Plan, origins: Map<string, Origin>): void {
  const at = (key: string) => `/metadata/annotations/${pointerStep(key)}`
  const { [annotation.status]: status, [annotation.defaultContainer]: main } = metadata?.annotations ?? {}
  if (status !== undefined) origins.set(at(annotation.status), { rule: 'status' })
  const isOurs = defaultContainer !== undefined || draft.earlier?.defaultContainer === true
  if (isOurs && main !== undefined) origins.set(at(annotation.defaultContainer), { rule: 'defaultContainer' })
}

/** The items of a place with the steps to them and their names. A place that has one value has no step. */
function stepsAt(
  field: string,
  place: Place,
  value: Json | undefined,
): readonly (readonly [string | number, string, Json])[] {
  if (place.kind !== 'list') {
    return itemsAt(field, place, value).map(([name, item]) => [place.kind === 'map' ? name : '', name, item])
  }
  // The last item of a name is the one that counts.
  const named = Array.isArray(value)
    ? value.flatMap((item: Json, i) => (isObject(item) ? [[i, place.nameOf(item), item] as const] : []))
    : []
  return [...new Map(named.map(each => [each[1], each])).values()]
}

type MakeOrigin = (source: Source, rule?: Rule) => Origin

/** Gives an origin to a value and everything in it that is as the template gave it. */
function walk(
  pointer: string,
  actual: Json,
  { traced, isNative, adopt }: Given,
  make: MakeOrigin,
  origins: Map<string, Origin>,
): void {
  const into = (at: string, value: Json, part: Traced | undefined): void => {
    if (!part) return
    const isScalar = typeof value !== 'object' || value === null
    if (isScalar ? !equal(value, part.value) : Array.isArray(value) !== Array.isArray(part.value)) return
    origins.set(at, make(part.source))
    if (!isScalar)
      for (const [step, member] of membersOf(value))
        into(step === '' ? at : `${at}/${pointerStep(String(step))}`, member, partOf(part, step))
  }
  into(pointer, actual, traced)
  if (isNative && isObject(actual) && actual['restartPolicy'] === 'Always')
    origins.set(`${pointer}/restartPolicy`, make({ ...traced.source, path: ['spec', 'lifecycle'] }, 'native'))
  if (!isObject(actual)) return
  // Mounts differ from the template if a volume is adopted, and the mount of the token is not in the template.
  const mounts = actual['volumeMounts']
  if (Array.isArray(mounts)) {
    const own = partOf(traced, 'volumeMounts')
    for (const [i, mount] of mounts.entries())
      ruled(
        `${pointer}/volumeMounts/${i}`,
        mount,
        (own && partOf(own, i)) ?? undefined,
        traced,
        adopt,
        make,
        origins,
      )
  } else if ('mountPath' in actual) ruled(pointer, actual, traced, traced, adopt, make, origins)
}

/** The parts of a mount that no template gave. */
function ruled(
  pointer: string,
  mount: Json,
  own: Traced | undefined,
  around: Traced,
  adopt: Given['adopt'],
  make: MakeOrigin,
  origins: Map<string, Origin>,
): void {
  if (!isObject(mount)) return
  const source = own?.source ?? around.source
  const volume = own && isObject(own.value) ? String(own.value['name']) : ''
  const adopted = adopt.get(volume)
  if (!own) origins.set(pointer, make(source, 'token'))
  for (const name of Object.keys(mount)) {
    const at = `${pointer}/${pointerStep(name)}`
    if (origins.has(at)) continue
    if (!own) origins.set(at, make(source, 'token'))
    else if (adopted) origins.set(at, make(adopted.source, 'adopted'))
  }
}

function membersOf(value: Json): readonly (readonly [string | number, Json])[] {
  if (Array.isArray(value)) return value.map((item: Json, i) => [i, item] as const)
  return Object.entries(value as object) as [string, Json][]
}
