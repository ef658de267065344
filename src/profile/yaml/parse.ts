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
    const locate = (problems: readonly (Problem & { offset?: number })[], at: Path = []): Problem[] =>
      problems
        .map(({ offset, path, message }) => {
          const place = [...at, ...path]
          return { path: place, message: withHint(path, message), offset: offset ?? offsetOf(node, place) }
        })
        .sort((a, b) => a.offset - b.offset)
        .map(({ offset, ...problem }) => ({ ...problem, file, ...placeOf(offset) }))
    const syntax = [...mistakes, ...warnings].map(mistake => ({ path: [], ...mistake }))
    parsed.problems.push(...locate(syntax))
    if (isEmpty || syntax.length > 0) continue
    for (const [at, object] of objectsOf(value)) {
      const read = isProfileLike(object) ? readProfile(object) : { problems: [notProfile] }
      if ('problems' in read) parsed.problems.push(...locate(read.problems, at))
      else {
        parsed.profiles.push(read.profile)
        parsed.advice.push(...locate(read.profile.advice, at))
      }
    }
  }
  return parsed
}

const notProfile = { path: [], message: 'is not a Pillion profile: apiVersion must be pillion.dev/v1alpha1' }

/** `kubectl get -o yaml` prints a list. */
function objectsOf(value: Json): readonly (readonly [Path, Json])[] {
  const items = String(member(value, 'kind')).endsWith('List') ? member(value, 'items') : undefined
  return Array.isArray(items) ? items.map((item: Json, i) => [['items', i], item]) : [[[], value]]
}

function withHint(path: Path, message: string): string {
  const isBoolean = path.at(-1) === 'true' || path.at(-1) === 'false'
  return isBoolean ? `${message}; YAML reads keys such as yes and on as booleans: quote them` : message
}
