import type { Problem } from '../../problems/problem.ts'
import type { Profile } from '../profile.ts'
import type { LabelSelector } from '../schema/core-schema.ts'
import { compareText } from './namespace-quota.ts'

/** The profiles in use, by name and namespace. */
export interface Profiles {
  readonly all: readonly Profile[]
  /** The profile that a name stands for in a namespace: the cluster's, or the namespace's own. */
  find(name: string, namespace: string): Profile | undefined
  /** A revision of a profile that was in use until a moment ago; absent where these are not kept. */
  readonly earlier?: (profile: Profile, revision: string) => Profile | undefined
  /** The revision that is being rolled out after this one, and who gets it. Absent where there is no rollout. */
  readonly canaryOf?: (profile: Profile) => Canary | undefined
  /** A kept revision of a profile, compiled at its first use. Absent where no revisions are kept. */
  readonly revisionOf?: (profile: Profile, revision: string) => Profile | undefined
  /** The kept revisions of a profile, the newest first. */
  readonly revisionsOf?: (profile: Profile) => readonly string[]
  /** The profiles that a Pod of a namespace may name, sorted by name. */
  allIn(namespace: string): readonly Profile[]
  /** Their names. */
  namesIn(namespace: string): readonly string[]
}

/** A revision that is being rolled out, and who gets it: a share of the workloads, or what the selector matches. */
export interface Canary {
  readonly profile: Profile
  /** From 0 to 100. */
  readonly percent?: number
  readonly namespaceSelector?: LabelSelector
  readonly podSelector?: LabelSelector
}

/** A profile whose name was taken already, and by what. */
interface Refused {
  readonly profile: Profile
  readonly reason: 'NameTaken'
  readonly problem: Problem
}

/**
 * Collects profiles by name. The name of a cluster profile is taken in every namespace, so that no namespace can shadow
 * the admin's profile. If two have the same name, the first stays.
 */
export function collect(profiles: readonly Profile[]): {
  readonly profiles: Profiles
  readonly refused: readonly Refused[]
} {
  const { refused, ...accepted } = byName(profiles)
  return {
    profiles: { ...accepted, namesIn: namespace => accepted.allIn(namespace).map(({ name }) => name) },
    refused: refused.map(({ item, taken }) => ({
      profile: item,
      reason: 'NameTaken',
      problem: nameTaken(taken),
    })),
  }
}

/** What is known of a profile is enough to tell what its name stands for. */
type Named = Pick<Profile, 'kind' | 'name' | 'namespace'>

interface ByName<T extends Named> {
  readonly all: readonly T[]
  find(name: string, namespace: string): T | undefined
  /** What Pods of a namespace may name, sorted by name. */
  allIn(namespace: string): readonly T[]
  /** Those whose names were taken already, and by which. */
  readonly refused: readonly { readonly item: T; readonly taken: T }[]
}

/** As `collect`, for profiles that may not be compiled yet. */
export function byName<T extends Named>(items: readonly T[]): ByName<T> {
  const accepted = new Map<string, T>()
  const refused: { item: T; taken: T }[] = []
  const find = (name: string, namespace?: string) =>
    accepted.get(key(name)) ?? accepted.get(key(name, namespace))
  const clusterFirst = [
    ...items.filter(({ namespace }) => !namespace),
    ...items.filter(({ namespace }) => namespace),
  ]
  for (const item of clusterFirst) {
    const taken = find(item.name, item.namespace)
    if (taken) refused.push({ item, taken })
    else accepted.set(key(item.name, item.namespace), item)
  }
  const all = [...accepted.values()]
  const named = Map.groupBy(all, ({ namespace = '' }) => namespace)
  return {
    all,
    find,
    allIn: namespace =>
      [...(named.get('') ?? []), ...(named.get(namespace) ?? [])].sort((a, b) => compareText(a.name, b.name)),
    refused,
  }
}

function key(name: string, namespace = ''): string {
  return `${namespace}/${name}`
}

/** The problem that a profile of this name already exists. */
export function nameTaken({ kind, namespace, name }: Pick<Profile, 'kind' | 'namespace' | 'name'>): Problem {
  const owner = namespace === undefined ? `the ${kind}` : `a ${kind} of ${namespace}`
  return { path: ['metadata', 'name'], message: `${JSON.stringify(name)} is taken by ${owner} of that name` }
}
