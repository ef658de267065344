import { annotation } from '../../engine/pod.ts'
import { didYouMean } from '../../problems/nearest.ts'
import { oneLine } from '../../problems/one-line.ts'
import { truncate } from '../../problems/truncate.ts'
import { accepts } from '../../profile/parameters.ts'
import type { Profile } from '../../profile/profile.ts'
import type { Parameter } from '../../profile/schema/schema.ts'
import { type ProfileFlags, profileSource } from '../cluster/profiles-in-force.ts'
import { type ExitCode, Failure, type Io, printJson } from '../io.ts'
import { columns } from '../output/columns.ts'
import { wrapped } from '../output/wrap.ts'

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
    truncate(firstSentence(oneLine(description)), longestDescription),
  ])
  return columns([['NAME', 'KIND', 'REVISION', 'DESCRIPTION'], ...rows])
}

/** What tells profiles apart; `pillion profiles NAME` prints all of it. */
function firstSentence(text: string): string {
  const end = text.indexOf('. ')
  return end < 0 ? text : text.slice(0, end + 1)
}

// With the other columns, a line of the catalog has 120.
const longestDescription = 68

function page(profile: Profile): string {
  const { name, kind, revision, description = '', parameters } = profile
  const declared = Object.entries(parameters)
  return `${[
    `${name} (${kind}, revision ${revision})`,
    ...wrapped(description, ''),
    ...(declared.length > 0 ? ['', 'Parameters'] : []),
    ...declared.flatMap(([key, parameter]) => parameterLines(key, parameter)),
    '',
    'Annotations to copy',
    '  annotations:',
    `    ${annotation.inject}: ${name}`,
    ...declared.map(([key, parameter]) => {
      // Without its line, the parameter has no value.
      const isOptional = !parameter.required && (parameter.default ?? '') === ''
      return `    ${isOptional ? '# ' : ''}${annotation.prefix}${name}.${key}: ${JSON.stringify(exampleOf(parameter))}`
    }),
  ].join('\n')}\n`
}

function parameterLines(key: string, parameter: Parameter): readonly string[] {
  const { default: value, required, description = '' } = parameter
  const fallback =
    value === undefined ? (required ? 'required' : 'optional') : `default ${JSON.stringify(value)}`
  return [...wrapped(`${key}: ${shortened(parameter)}; ${fallback}`, '  '), ...wrapped(description, '      ')]
}

/** A pattern that is too long for a line is only in the JSON: the example and the description say more. */
function shortened(parameter: Parameter): string {
  const { pattern = '', ...others } = parameter
  if (pattern.length <= longestPattern) return accepts(parameter)
  return parameter.default
    ? accepts(others)
    : `${accepts(others)} such as ${JSON.stringify(exampleOf(parameter))}`
}

const longestPattern = 24

function exampleOf({ example, default: value, enum: allowed, minimum, type }: Parameter): string {
  return String(value || (example ?? value ?? allowed?.[0] ?? minimum ?? `<${type}>`))
}
