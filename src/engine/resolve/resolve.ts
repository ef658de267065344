import type { JsonObject } from '../../json/json.ts'
import { metered, spend } from '../../limits/budget.ts'
import { limits } from '../../limits/limits.ts'
import { lru } from '../../limits/lru.ts'
import { listNames, nearest } from '../../problems/nearest.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import { defaultOf, parseParameter, wants } from '../../profile/parameters.ts'
import type { NamedTemplate, Profile } from '../../profile/profile.ts'
import type { Scope } from '../../template/cel/cel.ts'
import { isTrue } from '../../template/evaluate.ts'
import { specialize } from '../../template/specialize.ts'
import type { Template } from '../../template/template.ts'
import type { ResolvedParameter, Subject } from '../decision.ts'
import { annotation, type Namespace, type Strings } from '../pod.ts'
import { because, type Refusal, refusal } from '../reason.ts'
import { onAccountOf } from '../render/share.ts'
import type { Revised } from '../revise/revise.ts'

/** A profile's parameters for one Pod, and the profile rendered as far as they decide. */
interface Resolved {
  readonly parameters: readonly ResolvedParameter[]
  /** Their values by name, as expressions see them. */
  readonly params: JsonObject
  readonly templates: Templates
  /** The problems with the parameters. If there is one, the other members must not be used. */
  readonly refused: readonly Refusal[]
}

/**
 * The parameters of a profile for one Pod. Most Pods set the same few texts, so the result for these texts is kept, and
 * returned again as the same objects.
 */
export function resolve(profile: Profile, subject: Subject, settings = settingsOf(subject)): Resolved {
  const { pod, namespace } = subject
  const own = pod.metadata?.annotations ?? {}
  const { name } = namespace
  const [ofPod, ofNamespace] = settings.map(said => `${said.get(profile.name) ?? ''};`)
  const said = `${ofPod}${name.length}:${name}${ofNamespace}`
  let isMade = false
  const make = (): Made => {
    isMade = true
    return metered(() => resolveTexts(profile, own, namespace))
  }
  const { value, units } = said.length > longest ? make() : resolutions(`${numberOf(profile)}:${said}`, make)
  // The budget is the same whether or not the result was kept, so that every replica decides in the same way.
  if (!isMade) spend(units)
  return value
}

/**
 * The parameters of all profiles of a Pod, and the problems in its annotations. For an earlier revision, they are resolved
 * twice: with the parameters of that revision, and with those of the current one.
 */
export function resolveAll(
  revised: readonly Revised[],
  subject: Subject,
  profiles: Profiles,
): {
  readonly wanted: readonly Wanted[]
  readonly refused: readonly Refusal[]
  readonly warnings: readonly string[]
} {
  const stray = strayAnnotations(
    subject,
    revised.map(({ profile, now = profile }) => now),
    profiles,
  )
  const settings = settingsOf(subject)
  const resolved = (profile: Profile) => ({
    profile,
    ...onAccountOf(profile, () => resolve(profile, subject, settings)),
  })
  const all = revised.map(({ profile, now }) => ({ own: resolved(profile), now: now && resolved(now) }))
  return {
    wanted: all.map(({ own, now }) => (now ? { ...own, now } : own)),
    refused: [
      ...all.flatMap(({ own, now = own }) => now.refused),
      ...all.flatMap(({ own, now }) => (now ? own.refused : [])),
      ...stray.flatMap(({ refused = [] }) => refused),
    ],
    warnings: stray.flatMap(({ message, refused }) => (refused ? [] : [message])),
  }
}

/** A profile that a Pod asks for, with its parameters. */
export interface Wanted extends Omit<Resolved, 'refused'> {
  readonly profile: Profile
  /** For an earlier revision: the current revision, whose requirements the Pod must meet, too. */
  readonly now?: Wanted
}

interface Made {
  readonly value: Resolved
  readonly units: number
}

const resolutions = lru<string, Made>(256, limits.settledUnits, ({ units }) => units)
const longest = 2_000

/**
 * The parameters in the annotations of a Pod and of its namespace, by the name of the profile. Computed once for all
 * profiles, because either object may have a hundred thousand annotations.
 */
type Settings = readonly [ReadonlyMap<string, string>, ReadonlyMap<string, string>]

function settingsOf({ pod, namespace }: Pick<Subject, 'pod' | 'namespace'>): Settings {
  return [saidBy(pod.metadata?.annotations ?? {}), saidBy(namespace.annotations)]
}

/** For each profile a text that differs if the annotations set its parameters differently. */
function saidBy(annotations: Strings): ReadonlyMap<string, string> {
  const said = new Map<string, string>()
  for (const key in annotations) {
    if (!key.startsWith(annotation.prefix)) continue
    const end = key.indexOf('.', annotation.prefix.length)
    if (end < 0) continue
    const name = key.slice(annotation.prefix.length, end)
    const value = annotations[key]
    said.set(name, `${said.get(name) ?? ''}${key.length}:${key}${value?.length}:${value}`)
  }
  return said
}

const numbers = new WeakMap<Profile, number>()
let count = 0

/** Tells profiles apart, also the revisions of one. */
function numberOf(profile: Profile): number {
  const known = numbers.get(profile)
  if (known !== undefined) return known
  numbers.set(profile, ++count)
  return count
}

function resolveTexts(profile: Profile, own: Strings, namespace: Namespace): Resolved {
  const parameters: ResolvedParameter[] = []
  const refused: Refusal[] = []
  const sources = [
    { from: 'pod', annotations: own, who: '' },
    { from: 'namespace', annotations: namespace.annotations, who: ` of namespace ${namespace.name}` },
  ] as const
  for (const [name, declared] of Object.entries(profile.parameters)) {
    const key = `${annotation.prefix}${profile.name}.${name}`
    const source = sources.find(({ annotations }) => Object.hasOwn(annotations, key))
    const fallback = defaultOf(declared)
    if (source) {
      const parsed = parseParameter(declared, source.annotations[key]!)
      if ('value' in parsed) parameters.push({ name, value: parsed.value, from: source.from })
      else refused.push(invalid(profile, `annotation ${key}${source.who}: ${parsed.problem}`))
    } else if (fallback !== undefined) parameters.push({ name, value: fallback, from: 'default' })
    else if (declared.required) {
      refused.push(
        invalid(profile, `profile ${profile.name} needs the annotation ${key} (${wants(declared)})`),
      )
    }
  }
  const params = Object.fromEntries(parameters.map(({ name, value }) => [name, value]))
  return {
    parameters,
    params,
    refused,
    templates: refused.length > 0 ? profile : specializeProfile(profile, params),
  }
}

function invalid(profile: Profile, message: string): Refusal {
  return refusal(profile, 'denied', because('InvalidParameter', message))
}

/** What a profile renders, as far as it is known. */
export type Templates = Pick<
  Profile,
  'requires' | 'volumes' | 'initContainers' | 'containers' | 'appContainers' | 'pod'
>

/** A profile's templates, specialised for its parameters; without what gives nothing to any Pod. */
export function specializeProfile(profile: Profile, params: JsonObject): Templates {
  const scope: Scope = { params, pod: {}, namespaceObject: {}, app: {}, container: {} }
  const list = (templates: readonly Template[]) => templates.flatMap(each => specialize(each, scope) ?? [])
  const named = (containers: readonly NamedTemplate[]) =>
    containers.flatMap(({ name, body }) => list([body]).map(known => ({ name, body: known })))
  const { requires, volumes, initContainers, containers, appContainers, pod } = profile
  return {
    requires: requires.filter(
      ({ expression }) => expression.reads !== 'nothing' || !isTrue(expression, [], scope, []),
    ),
    volumes: volumes.flatMap(({ body, adopt }) => {
      const known = adopt && specialize(adopt, scope)
      return list([body]).map(volume => ({ body: volume, ...(known && { adopt: known }) }))
    }),
    initContainers: named(initContainers),
    containers: named(containers),
    appContainers: appContainers.map(({ select, env, envFrom, volumeMounts }) => ({
      select,
      env: list(env),
      envFrom: list(envFrom),
      volumeMounts: list(volumeMounts),
    })),
    pod: Object.fromEntries(
      Object.entries(pod).flatMap(([field, body]) => list([body]).map(known => [field, known])),
    ),
  }
}

/** An annotation for Pillion that has no effect. */
export interface Stray {
  readonly key: string
  readonly message: string
  /** Whether it denies the Pod, because the parameter or the profile does not exist. Otherwise it gets a warning. */
  readonly refused?: Refusal
  /** The profile that has this parameter, and that the Pod does not get. */
  readonly profile?: string
}

/**
 * The annotations of the Pod for Pillion that have no effect. A parameter that no profile has denies the Pod. A parameter of
 * a profile that the Pod does not get, and an unknown key, get a warning. If no profile is selected, hints name the
 * parameters of all profiles.
 */
export function strayAnnotations(
  { pod, namespace }: Pick<Subject, 'pod' | 'namespace'>,
  selected: readonly Profile[],
  profiles: Profiles,
): readonly Stray[] {
  let hints: number = limits.hints
  // Each annotation is compared with all names, so hints are only for the first few annotations.
  const meantBy = (name: string, candidates: readonly string[]) =>
    hints-- > 0 ? nearest(name, candidates) : undefined
  const available = once(() => profiles.namesIn(namespace.name))
  const settable = once(() =>
    (selected.length > 0 ? selected : profiles.allIn(namespace.name)).flatMap(settableOf),
  )
  const byName = new Map(selected.map(profile => [profile.name, profile]))

  function stray(key: string): Stray | undefined {
    const name = key.slice(annotation.prefix.length)
    const [profileName = '', parameter] = name.split(/\.(.*)/s)
    const shown = listNames([key])
    if (parameter === undefined) {
      const hint = hintOf(meantBy(name, ['inject', ...settable()]))
      return { key, message: `annotation ${shown} means nothing to Pillion${hint}` }
    }
    const profile = byName.get(profileName)
    if (profile) {
      if (Object.hasOwn(profile.parameters, parameter)) return undefined
      const known = Object.keys(profile.parameters)
      return refused(key, unknownParameter(shown, profile, known, meantBy(parameter, known)))
    }
    if (profiles.find(profileName, namespace.name))
      return {
        key,
        message: `annotation ${shown} has no effect: the Pod does not get profile ${profileName}`,
        profile: profileName,
      }
    const hint = hintOf(meantBy(name, settable())) || `; available: ${listNames(available())}`
    const message = `annotation ${shown}: there is no profile ${JSON.stringify(listNames([profileName]))}${hint}`
    return refused(key, { name: profileName, outcome: 'denied', ...because('UnknownParameter', message) })
  }
  const keys = Object.keys(pod.metadata?.annotations ?? {}).filter(isSetting)
  return keys.flatMap(key => stray(key) ?? [])
}

/** Makes a value when it is first needed: few Pods have such an annotation. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** The parameters of a profile, as annotations name them after the prefix. */
export function settableOf({ name, parameters }: Profile): readonly string[] {
  return Object.keys(parameters).map(key => `${name}.${key}`)
}

const refused = (key: string, refused: Refusal): Stray => ({ key, message: refused.message, refused })

function hintOf(meant: string | undefined): string {
  return meant ? `; did you mean ${annotation.prefix}${meant}?` : ''
}

function isSetting(key: string): boolean {
  return key.startsWith(annotation.prefix) && key !== annotation.inject && key !== annotation.status
}

function unknownParameter(
  key: string,
  profile: Profile,
  known: readonly string[],
  meant: string | undefined,
): Refusal {
  const hint = hintOf(meant && `${profile.name}.${meant}`)
  const all = known.length > 0 ? `its parameters: ${listNames(known)}` : 'it has no parameters'
  const message = `annotation ${key}: profile ${profile.name} has no such parameter${hint}; ${all}`
  return refusal(profile, 'denied', because('UnknownParameter', message))
}
