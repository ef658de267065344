import type { Decision, Subject } from '../../engine/decision.ts'
import { branchesOf, takenBy } from '../../engine/render/branches.ts'
import { counted } from '../../problems/counted.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import { defaultOf } from '../../profile/parameters.ts'
import type { Profile } from '../../profile/profile.ts'
import type { Parameter } from '../../profile/schema/schema.ts'
import type { CaseResult } from './case-result.ts'

/** How much of a profile the test cases use. */
export interface Coverage {
  readonly profile: string
  /** What there is to use: values of parameters, and both results of each condition. */
  readonly total: number
  /** A line for each thing that no case uses. */
  readonly missing: readonly string[]
}

/** What of the profiles the cases use, by profile. `always` are covered, too, if no case requests them. */
export function coverageOf(
  results: readonly CaseResult[],
  always: Profiles | undefined,
): readonly Coverage[] {
  const seen = new Map<string, Seen>()
  const of = (profile: Profile) => {
    const id = idOf(profile)
    const known = seen.get(id)
    if (known) return known
    const made = { profile, values: new Map(), branches: new Set<string>() }
    seen.set(id, made)
    return made
  }
  for (const profile of always?.all ?? []) of(profile)
  for (const { tried } of results) {
    if (!tried) continue
    const { decided, subjects } = tried.outcome
    for (const [i, { decision }] of decided.entries())
      for (const profile of requestedBy(decision, subjects[i]!, tried.profiles))
        record(of(profile), subjects[i]!)
  }
  return Array.from(seen.values(), coverageOfProfile).filter(({ total }) => total > 0)
}

/** The profile with the values of its parameters and the results of its conditions so far. */
interface Seen {
  readonly profile: Profile
  readonly values: Map<string, Set<unknown>>
  readonly branches: Set<string>
}

/** The same profile in several cases counts once; another revision is another profile. */
function idOf({ kind, namespace = '', name, revision }: Profile): string {
  return `${kind}/${namespace}/${name}@${revision}`
}

function requestedBy(decision: Decision, { namespace }: Subject, profiles: Profiles): readonly Profile[] {
  const names = new Set(decision.profiles.map(({ name }) => name))
  return [...names].flatMap(name => profiles.find(name, namespace.name) ?? [])
}

function record({ profile, values, branches }: Seen, subject: Subject): void {
  const taken = takenBy(subject, profile)
  if (!taken) return
  for (const name of Object.keys(profile.parameters)) {
    const all = values.get(name) ?? new Set()
    values.set(name, all.add(taken.params[name]))
  }
  for (const [field, isTrue] of taken.branches) branches.add(`${field}=${isTrue}`)
}

function coverageOfProfile({ profile, values, branches }: Seen): Coverage {
  const goals = Object.entries(profile.parameters).flatMap(([name, declared]) =>
    goalsOf(name, declared, values.get(name) ?? new Set()),
  )
  const conditions = branchesOf(profile).flatMap(({ field, source }) =>
    [true, false].map(wanted => ({
      isMet: branches.has(`${field}=${wanted}`),
      text: `no case in which ${field.replace(/\.expression$/, '')} is ${wanted}: ${source}`,
    })),
  )
  const all = [...goals, ...conditions]
  return {
    profile: profile.name,
    total: all.length,
    missing: all.filter(({ isMet }) => !isMet).map(({ text }) => text),
  }
}

/** Each value of a boolean and of an enum; of other parameters, a value that is not the default. */
function goalsOf(name: string, declared: Parameter, seen: ReadonlySet<unknown>) {
  const values = declared.type === 'boolean' ? [true, false] : declared.enum
  if (values)
    return values.map(value => ({ isMet: seen.has(value), text: `no case has \`${name}: ${value}\`` }))
  const fallback = defaultOf(declared)
  const others = [...seen].filter(value => value !== undefined && value !== fallback)
  return [{ isMet: others.length > 0, text: `no case sets \`${name}\`` }]
}

/** `coverage of profile log-tail: 3 of 4` with what is missing; nothing about a profile that is covered. */
export function coverageLines(all: readonly Coverage[]): readonly string[] {
  return all.flatMap(({ profile, total, missing }) => {
    if (missing.length === 0) return []
    const rest = missing.length - mostShown
    return [
      `coverage of profile ${profile}: ${total - missing.length} of ${total}`,
      ...missing.slice(0, mostShown).map(text => `  ${text}`),
      ...(rest > 0 ? [`  and ${counted(rest, 'more gap')}`] : []),
    ]
  })
}

const mostShown = 20
