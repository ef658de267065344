import { limits } from '../../limits/limits.ts'
import { listNames, nearest } from '../../problems/nearest.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import type { Profile } from '../../profile/profile.ts'
import { pinName } from '../../profile/schema/schema.ts'
import type { Subject } from '../decision.ts'
import { annotation } from '../pod.ts'
import { because, type Cause, type Refusal, refusal } from '../reason.ts'

/** An annotation for Pillion that has no effect. */
export interface Stray {
  readonly key: string
  readonly message: string
  /** Whether it denies the Pod, because the parameter or the profile does not exist. Otherwise it gets a warning. */
  readonly refused?: Refusal
  /** The profile that has this parameter, and that the Pod does not get. */
  readonly profile?: string
  /** The key that its author probably meant. */
  readonly meant?: string
}

/**
 * The annotations of the Pod for Pillion that have no effect. A parameter that no profile has denies the Pod. A parameter of
 * a profile that the Pod does not get, and an unknown key, get a warning. If no profile is selected, hints name the
 * parameters of all profiles. Reads at most `limits.ownAnnotations` of them: the decision denies a Pod that has more.
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
      const meant = keyed(meantBy(name, ['inject', ...settable()]))
      return {
        key,
        message: `annotation ${shown} means nothing to Pillion${hintOf(meant)}`,
        ...written(meant),
      }
    }
    const profile = byName.get(profileName)
    if (profile) {
      if (parameter === pinName || Object.hasOwn(profile.parameters, parameter)) return undefined
      const known = Object.keys(profile.parameters)
      const meant = meantBy(parameter, [...known, pinName])
      return refused(key, unknownParameter(key, profile, known, keyed(meant && `${profile.name}.${meant}`)))
    }
    if (profiles.find(profileName, namespace.name))
      return {
        key,
        message: `annotation ${shown} has no effect: the Pod does not get profile ${profileName}`,
        profile: profileName,
      }
    const meant = keyed(meantBy(name, settable()))
    const hint = hintOf(meant) || `; available: ${listNames(available())}`
    const message = `annotation ${shown}: there is no profile ${JSON.stringify(listNames([profileName]))}${hint}`
    const why = because('UnknownParameter', message)
    return refused(key, { name: profileName, outcome: 'denied', ...why, cause: causeOf(key, meant) })
  }
  const keys = Object.keys(pod.metadata?.annotations ?? {})
    .filter(isSetting)
    .slice(0, limits.ownAnnotations)
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

/** What annotations can set of a profile, as they name it after the prefix: its parameters, and its revision. */
export function settableOf({ name, parameters }: Profile): readonly string[] {
  return [...Object.keys(parameters), pinName].map(key => `${name}.${key}`)
}

const refused = (key: string, refused: Refusal): Stray => ({
  key,
  message: refused.message,
  refused,
  ...written(refused.cause?.meantKey),
})

function causeOf(key: string, meantKey: string | undefined): Cause {
  return { key, of: 'pod', ...(meantKey !== undefined && { meantKey }) }
}

function keyed(meant: string | undefined): string | undefined {
  return meant && `${annotation.prefix}${meant}`
}

function written(meant: string | undefined): Pick<Stray, 'meant'> {
  return meant === undefined ? {} : { meant }
}

function hintOf(meant: string | undefined): string {
  return meant ? `; did you mean ${meant}?` : ''
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
  const hint = hintOf(meant)
  const all = known.length > 0 ? `its parameters: ${listNames(known)}` : 'it has no parameters'
  const message = `annotation ${listNames([key])}: profile ${profile.name} has no such parameter${hint}; ${all}`
  return refusal(profile, 'denied', because('UnknownParameter', message), causeOf(key, meant))
}
