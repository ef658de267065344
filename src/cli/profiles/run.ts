import { annotation } from '../../engine/pod.ts'
import { didYouMean } from '../../problems/nearest.ts'
import { accepts } from '../../profile/parameters.ts'
import type { Profile } from '../../profile/profile.ts'
import type { Parameter } from '../../profile/schema/schema.ts'
import { type ProfileFlags, profileSource } from '../cluster/profiles-in-force.ts'
import { type ExitCode, Failure, type Io, printJson } from '../io.ts'
import { columns } from '../output/columns.ts'

interface ProfilesFlags extends ProfileFlags {
  readonly namespace?: string
  readonly output: 'text' | 'json'
}

/** Prints a table of the profiles, or one of them with annotations to copy. */
export async function run(flags: ProfilesFlags, io: Io, [name]: readonly string[]): Promise<ExitCode> {
  const source = await profileSource(flags, io)
  const { profiles } = await source.profilesIn([flags.namespace ?? source.cluster?.namespace ?? 'default'])
  const all = profiles.all.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const chosen = name === undefined ? all : all.filter(profile => profile.name === name)
  if (name !== undefined && chosen.length === 0) {
    const names = all.map(profile => profile.name)
    throw new Failure(1, `no profile ${JSON.stringify(name)}${didYouMean(name, names)} (${names.join(', ')})`)
  }
  if (flags.output === 'json') printJson(chosen.map(summary), io)
  else io.out(name === undefined ? table(chosen) : chosen.map(page).join('\n'))
  return 0
}

function summary({ kind, name, namespace, revision, description, parameters }: Profile): object {
  return { kind, name, ...(namespace && { namespace }), revision, description, parameters }
}

function table(profiles: readonly Profile[]): string {
  const rows = profiles.map(({ name, kind, revision, description = '' }) => [
    name,
    kind,
    revision,
    description,
  ])
  return columns([['NAME', 'KIND', 'REVISION', 'DESCRIPTION'], ...rows])
}

function page(profile: Profile): string {
  const { name, kind, revision, description = '', parameters } = profile
  const declared = Object.entries(parameters)
  const rows = declared.map(([key, parameter]) => [
    `  ${key}`,
    accepts(parameter),
    defaultText(parameter),
    parameter.description ?? '',
  ])
  return [
    `${name} (${kind}, revision ${revision})\n${description}\n`,
    ...(rows.length > 0
      ? [`\nParameters\n${columns([['  NAME', 'VALUE', 'DEFAULT', 'DESCRIPTION'], ...rows])}`]
      : []),
    `\nAnnotations to copy\n  annotations:\n    ${annotation.inject}: ${name}\n`,
    ...declared.map(
      ([key, parameter]) =>
        `    ${annotation.prefix}${name}.${key}: ${JSON.stringify(exampleOf(parameter))}\n`,
    ),
  ].join('')
}

function defaultText({ default: value, required }: Parameter): string {
  if (value !== undefined) return String(value)
  return required ? '(required)' : '(none)'
}

function exampleOf({ example, default: value, enum: allowed, minimum, type }: Parameter): string {
  return String(example ?? value ?? allowed?.[0] ?? minimum ?? `<${type}>`)
}
