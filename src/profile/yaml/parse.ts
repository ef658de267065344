import type { Problem } from '../../problems/problem.ts'
import type { Profile } from '../profile.ts'
import { isProfileLike, readProfile } from '../read.ts'
import { offsetOf } from './offset.ts'
import { readYaml, type Yaml, type YamlDocument } from './read.ts'

/** The profiles in a text. */
export interface Parsed {
  readonly profiles: Profile[]
  readonly problems: Problem[]
  /** About valid profiles. */
  readonly advice: Problem[]
}

/**
 * Parses a YAML text of one or more documents. Each problem has its file, line and column, in the order of the text. Empty
 * documents are skipped; a document that is not a profile is a problem.
 */
export function parseProfiles(text: string, file: string): Parsed {
  const yaml = readYaml(text)
  const profiles: Profile[] = []
  const problems: Problem[] = []
  const advice: Problem[] = []
  for (const document of yaml.documents) {
    if (document.isEmpty && document.mistakes.length === 0) continue
    const read = readDocument(document)
    if ('profile' in read) {
      profiles.push(read.profile)
      advice.push(...located(read.profile.advice, document, yaml, file))
    } else problems.push(...located(read.problems, document, yaml, file))
  }
  return { profiles, problems, advice }
}

function readDocument({
  value,
  mistakes,
  warnings,
}: YamlDocument): ReturnType<typeof readProfile> | { problems: (Problem & { offset?: number })[] } {
  const syntax = [...mistakes, ...warnings].map(mistake => ({ path: [], ...mistake }))
  if (syntax.length > 0) return { problems: syntax }
  if (!isProfileLike(value)) {
    return {
      problems: [{ path: [], message: 'is not a Pillion profile: apiVersion must be pillion.dev/v1alpha1' }],
    }
  }
  return readProfile(value)
}

function located(
  problems: readonly (Problem & { offset?: number })[],
  { node }: YamlDocument,
  { placeOf }: Yaml,
  file: string,
): Problem[] {
  return problems
    .map(({ offset, ...problem }) => ({ problem, offset: offset ?? offsetOf(node, problem.path) }))
    .sort((a, b) => a.offset - b.offset)
    .map(({ problem, offset }) => ({ ...problem, file, ...placeOf(offset) }))
}
