import { type Json, member } from '../../json/json.ts'
import type { Path, Problem } from '../../problems/problem.ts'
import type { Profile } from '../profile.ts'
import { isProfileLike, readProfile } from '../read.ts'
import { offsetOf } from './offset.ts'
import { readYaml } from './read.ts'

/** The profiles in a text. */
interface Parsed {
  readonly profiles: Profile[]
  readonly problems: Problem[]
  /** About valid profiles. */
  readonly advice: Problem[]
}

/**
 * Parses a YAML text of one or more documents, each of them a profile or a list of profiles. Each problem has its file,
 * line and column, in the order of the text. Empty documents are skipped; anything else is a problem.
 */
export function parseProfiles(text: string, file: string): Parsed {
  const { documents, placeOf } = readYaml(text)
  const parsed: Parsed = { profiles: [], problems: [], advice: [] }
  for (const { node, value, isEmpty, mistakes, warnings } of documents) {
    const locate = (
      problems: readonly (Problem & { offset?: number })[],
      at: Path = [],
      object: Json = null,
    ): Problem[] =>
      problems
        .map(({ offset, path, message, ...others }) => {
          const place = [...at, ...path]
          return {
            ...others,
            path: place,
            message: withHint(path, message, object),
            offset: offset ?? offsetOf(node, place),
          }
        })
        .sort((a, b) => a.offset - b.offset)
        .map(({ offset, ...problem }) => ({ ...problem, file, ...placeOf(offset) }))
    const syntax = [...mistakes, ...warnings].map(mistake => ({
      path: [],
      ...mistake,
      message: `${mistake.message}${unquoted(text, mistake.offset)}`,
    }))
    parsed.problems.push(...locate(syntax))
    if (isEmpty || syntax.length > 0) continue
    for (const [at, object] of profileObjectsIn(value)) {
      const read = isProfileLike(object) ? readProfile(object) : { problems: [notProfile] }
      if ('problems' in read) parsed.problems.push(...locate(read.problems, at, object))
      else {
        parsed.profiles.push(read.profile)
        parsed.advice.push(...locate(read.profile.advice, at))
      }
    }
  }
  return parsed
}

const notProfile = { path: [], message: 'is not a Pillion profile: apiVersion must be pillion.dev/v1alpha1' }

/** The objects of a document with their paths: `kubectl get -o yaml` prints a list. */
export function profileObjectsIn(value: Json): readonly (readonly [Path, Json])[] {
  const items = String(member(value, 'kind')).endsWith('List') ? member(value, 'items') : undefined
  return Array.isArray(items) ? items.map((item: Json, i) => [['items', i], item]) : [[[], value]]
}

function withHint(path: Path, message: string, object: Json): string {
  const isBoolean = path.at(-1) === 'true' || path.at(-1) === 'false'
  const value = message === 'must be a string' ? valueAt(object, path) : undefined
  if (typeof value === 'boolean' || typeof value === 'number')
    return `${message}, and YAML reads this value as ${value}: put it into quotes`
  return isBoolean ? `${message}; YAML reads keys such as yes and on as booleans: quote them` : message
}

function valueAt(object: Json, path: Path): Json | undefined {
  return path.reduce<Json | undefined>((value, key) => (value as Record<string, Json> | null)?.[key], object)
}

/** An expression is the most frequent text that YAML does not read as one text. */
function unquoted(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', offset)
  const line = text.slice(start, end < 0 ? undefined : end)
  return line.includes('$(') ? '; put the value with $( ) into quotes' : ''
}
