import { limits } from '../../limits/limits.ts'
import { listNames, nearest } from '../../problems/nearest.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import type { Profile } from '../../profile/profile.ts'
import type { Subject } from '../decision.ts'
import { annotation, type Strings } from '../pod.ts'
import { because, type Refusal, refusal } from '../reason.ts'

/** An annotation of ours that sets nothing. */
export interface Stray {
  readonly key: string
  readonly message: string
  /** Denies the Pod: the annotation names a parameter or a profile that does not exist. Else it is worth a warning. */
  readonly refused?: Refusal
  /** The profile that has this parameter, and that the Pod does not get. */
  readonly profile?: string
}

/**
 * The Pod's annotations of ours that set nothing: a parameter that no profile has is refused; one of a profile that the Pod
 * does not get, or a key that is none of ours, is worth a warning. When no profile is selected, hints name the parameters
 * of all.
 */
export function strayAnnotations(
  { pod, namespace }: Pick<Subject, 'pod' | 'namespace'>,
  selected: readonly Profile[],
  profiles: Profiles,
): readonly Stray[] {
  let hints: number = limits.hints
  // Each is compared with all of them, so that only the first few are.
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

/** Makes a value when it is first needed: nearly no Pod has such an annotation. */
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
