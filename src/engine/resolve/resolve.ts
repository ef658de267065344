import type { JsonObject } from '../../json/json.ts'
import { metered, spend } from '../../limits/budget.ts'
import { limits } from '../../limits/limits.ts'
import { lru } from '../../limits/lru.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import { defaultOf, parseParameter, wants } from '../../profile/parameters.ts'
import type { NamedTemplate, Profile } from '../../profile/profile.ts'
import type { Scope } from '../../template/cel/cel.ts'
import { isTrue } from '../../template/evaluate.ts'
import { specialize } from '../../template/specialize.ts'
import type { Template } from '../../template/template.ts'
import type { ResolvedParameter, Subject } from '../decision.ts'
import { annotation, type Namespace, type Strings } from '../pod.ts'
import { because, type Cause, type Refusal, refusal } from '../reason.ts'
import { onAccountOf } from '../render/share.ts'
import type { Revised } from '../revise/revise.ts'
import { type Stray, strayAnnotations } from './stray.ts'

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
  const settings = settingsOf(subject)
  const resolved = (profile: Profile) => ({
    profile,
    ...onAccountOf(profile, () => resolve(profile, subject, settings)),
  })
  const all = revised
    .filter(({ refused }) => !refused)
    .map(({ profile, now }) => ({ own: resolved(profile), now: now && resolved(now) }))
  const stray = strayOf(revised, subject, profiles)
  return {
    wanted: all.map(({ own, now }) => (now ? { ...own, now } : own)),
    refused: [
      ...revised.flatMap(({ refused = [] }) => refused),
      ...all.flatMap(({ own, now = own }) => now.refused),
      ...all.flatMap(({ own, now }) => (now ? own.refused : [])),
      ...stray.flatMap(({ refused = [] }) => refused),
    ],
    warnings: stray.flatMap(({ message, refused }) => (refused ? [] : [message])),
  }
}

/** Which parameters a revision has that does not exist is not known, so nothing is said about them. */
function strayOf(revised: readonly Revised[], subject: Subject, profiles: Profiles): readonly Stray[] {
  const selected = revised.map(({ profile, now = profile }) => now)
  const unknown = new Set(revised.flatMap(({ profile, refused }) => (refused ? profile.name : [])))
  return strayAnnotations(subject, selected, profiles).filter(
    ({ refused }) => !refused || !unknown.has(refused.name),
  )
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
      else {
        const { problem, meant } = parsed
        const cause = { key, of: source.from, ...(meant !== undefined && { meant }) }
        refused.push(invalid(profile, `annotation ${key}${source.who}: ${problem}`, cause))
      }
    } else if (fallback !== undefined) parameters.push({ name, value: fallback, from: 'default' })
    else if (declared.required) {
      const { example, enum: [first] = [] } = declared
      const meant = example ?? first
      const message = `profile ${profile.name} needs the annotation ${key} (${wants(declared)})`
      const cause = {
        key,
        of: 'pod',
        isMissing: true,
        ...(meant !== undefined && { meant: String(meant) }),
      } as const
      refused.push(invalid(profile, message, cause))
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

function invalid(profile: Profile, message: string, cause: Cause): Refusal {
  return refusal(profile, 'denied', because('InvalidParameter', message), cause)
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
