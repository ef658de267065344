import type { Problem } from '../../problems/problem.ts'
import type { Profile } from '../profile.ts'

/** The accepted profiles, by who may ask for them. */
export interface Profiles {
  readonly all: readonly Profile[]
  /** The profile that a Pod of a namespace gets by a name: the cluster's, or the namespace's own. */
  find(name: string, namespace: string): Profile | undefined
  /** A revision of a profile that was in use until a moment ago; absent where nobody remembers. */
  readonly earlier?: (profile: Profile, revision: string) => Profile | undefined
  /** What a Pod of a namespace may name, sorted. */
  namesIn(namespace: string): readonly string[]
}

/** A profile whose name was taken already, and by what. */
export interface Refused {
  readonly profile: Profile
  readonly reason: 'NameTaken'
  readonly problem: Problem
}

/**
 * Puts profiles together. A cluster profile's name is taken in every namespace, so that no namespace
 * can shadow what the admin gave; of two with one name the first stays.
 */
export function collect(profiles: readonly Profile[]): {
  readonly profiles: Profiles
  readonly refused: readonly Refused[]
} {
  const accepted = new Map<string, Profile>()
  const refused: Refused[] = []
  const clusterFirst = [
    ...profiles.filter(({ namespace }) => !namespace),
    ...profiles.filter(({ namespace }) => namespace),
  ]
  for (const profile of clusterFirst) {
    const taken = accepted.get(key(profile.name)) ?? accepted.get(key(profile.name, profile.namespace))
    if (taken) refused.push({ profile, reason: 'NameTaken', problem: nameTaken(taken) })
    else accepted.set(key(profile.name, profile.namespace), profile)
  }
  return { profiles: index(accepted), refused }
}

function index(accepted: ReadonlyMap<string, Profile>): Profiles {
  const all = [...accepted.values()]
  const named = Map.groupBy(all, ({ namespace = '' }) => namespace)
  return {
    all,
    find: (name, namespace) => accepted.get(key(name)) ?? accepted.get(key(name, namespace)),
    namesIn: namespace =>
      [...(named.get('') ?? []), ...(named.get(namespace) ?? [])].map(({ name }) => name).sort(),
  }
}

function key(name: string, namespace = ''): string {
  return `${namespace}/${name}`
}

/** That a profile of this name is there already. */
export function nameTaken({ kind, namespace, name }: Pick<Profile, 'kind' | 'namespace' | 'name'>): Problem {
  const owner = namespace === undefined ? `the ${kind}` : `a ${kind} of ${namespace}`
  return { path: ['metadata', 'name'], message: `${JSON.stringify(name)} is taken by ${owner} of that name` }
}
