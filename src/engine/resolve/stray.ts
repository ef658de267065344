import { limits } from '../../limits/limits.ts'
import { listNames, nearest } from '../../problems/nearest.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import type { Profile } from '../../profile/profile.ts'
import type { Subject } from '../decision.ts'
import { annotation, type Strings } from '../pod.ts'
import { because, type Refusal, refusal } from '../reason.ts'

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
  const settable = once(() => {
    const all = () => available().flatMap(name => profiles.find(name, namespace.name) ?? [])
    return (selected.length > 0 ? selected : all()).flatMap(settableOf)
  })
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
    const hint = hintOf(meantBy(name, settable()))
    const what = `there is no profile ${JSON.stringify(listNames([profileName]))}${hint}`
    const message = `annotation ${shown}: ${what}; available: ${listNames(available())}`
    return refused(key, { name: profileName, outcome: 'denied', ...because('UnknownParameter', message) })
  }
  return ours(pod.metadata?.annotations ?? {}).flatMap(key => stray(key) ?? [])
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

function refused(key: string, refused: Refusal): Stray {
  return { key, message: refused.message, refused }
}

function hintOf(meant: string | undefined): string {
  return meant ? `; did you mean ${annotation.prefix}${meant}?` : ''
}

function ours(annotations: Strings): readonly string[] {
  return Object.keys(annotations).filter(
    key => key.startsWith(annotation.prefix) && key !== annotation.inject && key !== annotation.status,
  )
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
