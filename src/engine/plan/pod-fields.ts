import { equal, isObject, type Json, type JsonObject } from '../../json/json.ts'
import { spend } from '../../limits/budget.ts'
import type { Named } from '../pod.ts'
import type { Injection } from '../render/injection.ts'
import { claims, type Draft, itemConflict, noteEmpty, ownerOf, record } from './draft.ts'
import { fields } from './fields.ts'
import { holds } from './present.ts'

/**
 * Places what a profile gives to the Pod as a whole. The Pod's own labels, annotations and settings win,
 * with a warning; two profiles that want different ones are a conflict.
 */
export function placePodFields(draft: Draft, injection: Injection): void {
  const { labels, annotations, imagePullSecrets, hostAliases, shareProcessNamespace, dnsConfig } =
    injection.pod
  const { metadata, spec } = draft.pod
  placeMap(draft, injection, 'labels', metadata?.labels, labels)
  placeMap(draft, injection, 'annotations', metadata?.annotations, annotations)
  placeItems(draft, injection, 'imagePullSecrets', 'name', spec?.imagePullSecrets, imagePullSecrets)
  placeItems(draft, injection, 'hostAliases', 'ip', spec?.hostAliases, hostAliases)
  placeValue(
    draft,
    injection,
    'shareProcessNamespace',
    spec?.['shareProcessNamespace'],
    shareProcessNamespace,
  )
  placeValue(draft, injection, 'dnsConfig', spec?.['dnsConfig'], dnsConfig)
}

interface Wish {
  readonly field: string
  readonly key: string
  readonly value: Json
  /** What the Pod has already, if anything. */
  readonly own: Json | undefined
}

/** True when the Pod lacks it and no other profile gives it yet. */
function isFree(draft: Draft, injection: Injection, { field, key, value, own }: Wish): boolean {
  const place = key === field ? field : `${field}[${JSON.stringify(key)}]`
  const other = draft.podFields.get(place)
  if (other) {
    if (!equal(other.value, value))
      itemConflict(draft, injection, `${place} is set by ${other.owner} to something else`)
    else if (!other.isNew) record(draft, injection, [field], key, false)
    return false
  }
  if (own !== undefined) {
    const { name } = injection.profile
    if (holds(own, value, field === 'dnsConfig' ? fields.dnsConfig : fields.exact)) {
      if (claims(draft, injection, [field], key))
        draft.podFields.set(place, { value, owner: ownerOf(injection), isNew: false })
      record(draft, injection, [field], key, false)
    } else
      draft.warnings.push(
        `profile ${name}: the Pod has its own ${place}; it stays, and the value of profile ${name} is not used`,
      )
    return false
  }
  draft.podFields.set(place, { value, owner: ownerOf(injection), isNew: true })
  record(draft, injection, [field], key, true)
  return true
}

function placeMap(
  draft: Draft,
  injection: Injection,
  field: 'labels' | 'annotations',
  standing: JsonObject | undefined,
  wanted: Json | undefined,
): void {
  if (!isObject(wanted)) return
  for (const [key, value] of Object.entries(wanted)) {
    const own = standing && Object.hasOwn(standing, key) ? standing[key] : undefined
    if (value === undefined || !isFree(draft, injection, { field, key, value, own })) continue
    noteEmpty(draft, `/metadata/${field}`, standing)
    draft.additions[field].push([key, value])
  }
}

function placeItems(
  draft: Draft,
  injection: Injection,
  field: 'imagePullSecrets' | 'hostAliases',
  keyName: 'name' | 'ip',
  standing: readonly JsonObject[] | undefined,
  wanted: Json | undefined,
): void {
  if (!Array.isArray(wanted)) return
  // Each is looked for among them all.
  spend((wanted.length * (standing?.length ?? 0)) / 4)
  for (const value of wanted as Named[]) {
    const key = String(value[keyName])
    const own = standing?.find(item => item[keyName] === key)
    if (!isFree(draft, injection, { field, key, value, own })) continue
    noteEmpty(draft, `/spec/${field}`, standing)
    draft.additions[field].push(value)
  }
}

function placeValue(
  draft: Draft,
  injection: Injection,
  field: 'shareProcessNamespace' | 'dnsConfig',
  own: Json | undefined,
  value: Json | undefined,
): void {
  if (value !== undefined && isFree(draft, injection, { field, key: field, value, own }))
    draft.additions[field] = value
}
