import {
  type Document,
  isScalar,
  LineCounter,
  type ParseOptions,
  parseAllDocuments,
  type ScalarTag,
  type SchemaOptions,
} from 'yaml'
import type { Json } from './json.ts'
import type { Problem } from './problem.ts'
import { isProfileLike, type Profile, readProfile } from './profile.ts'
import { offsetOf } from './yaml-place.ts'

/** What a text holds. */
export interface Parsed {
  readonly profiles: Profile[]
  readonly problems: Problem[]
  /** On the profiles, which are good all the same. */
  readonly advice: Problem[]
}

/**
 * The profiles in a YAML text of one or more documents, and what is wrong with the others, each problem
 * at its file, line and column, in the order of the text. Empty documents are passed over; anything but a
 * profile is a problem.
 */
export function parseProfiles(text: string, file: string): Parsed {
  const lines = new LineCounter()
  const profiles: Profile[] = []
  const problems: Problem[] = []
  const advice: Problem[] = []
  for (const document of documents(text, lines)) {
    const read = readDocument(document)
    if ('profile' in read) {
      profiles.push(read.profile)
      advice.push(...located(read.profile.advice, document, lines, file))
    } else problems.push(...located(read.problems, document, lines, file))
  }
  return { profiles, problems, advice }
}

function documents(text: string, lines: LineCounter): Document[] {
  // parseAllDocuments gives an empty array-like for an empty text.
  return Array.from(
    parseAllDocuments(text.replace(/^\uFEFF/, ''), { ...asKubectl, lineCounter: lines }) as Document[],
  ).filter(({ contents, errors }) => errors.length > 0 || !isEmpty(contents))
}

function isEmpty(contents: unknown): boolean {
  return contents === null || (isScalar(contents) && contents.value === null)
}

// The YAML that kubectl reads: 0644 is octal, << merges, every key is a string; no tag makes a set or a date.
const octal: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^0[0-7]+$/,
  resolve: text => Number.parseInt(text, 8),
}
const asKubectl: ParseOptions & SchemaOptions & { prettyErrors: boolean } = {
  customTags: tags => [octal, ...tags],
  merge: true,
  stringKeys: true,
  resolveKnownTags: false,
  prettyErrors: false,
}

function readDocument(
  document: Document,
): ReturnType<typeof readProfile> | { problems: (Problem & { offset?: number })[] } {
  const syntax = syntaxProblems(document)
  if (syntax.length > 0) return { problems: syntax }
  const object = toJson(document)
  if ('problem' in object) return { problems: [object.problem] }
  if (!isProfileLike(object.value)) {
    return {
      problems: [{ path: [], message: 'is no Pillion profile: apiVersion must be pillion.dev/v1alpha1' }],
    }
  }
  return readProfile(object.value)
}

function syntaxProblems({ errors, warnings }: Document): (Problem & { offset: number })[] {
  const tooDeep = errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION')
  // The stack overflowed; whatever else was found then is noise.
  if (tooDeep) return [{ path: [], message: 'is nested too deeply', offset: tooDeep.pos[0] }]
  return [...errors, ...warnings].map(({ message, pos }) => ({ path: [], message, offset: pos[0] }))
}

function toJson(document: Document): { value: Json } | { problem: Problem } {
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) as Json }
  } catch (error) {
    return { problem: { path: [], message: (error as Error).message } }
  }
}

function located(
  problems: readonly (Problem & { offset?: number })[],
  document: Document,
  lines: LineCounter,
  file: string,
): Problem[] {
  return problems
    .map(({ offset, ...problem }) => ({ problem, offset: offset ?? offsetOf(document, problem.path) }))
    .sort((a, b) => a.offset - b.offset)
    .map(({ problem, offset }) => {
      const { line, col } = lines.linePos(offset)
      return { ...problem, file, line, column: col }
    })
}
