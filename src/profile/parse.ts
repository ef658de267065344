import { type Document, isAlias, isCollection, isNode, isPair, LineCounter, parseAllDocuments } from 'yaml'
import type { Json } from './json.ts'
import type { Path, Problem } from './problem.ts'
import { isProfileLike, type Profile, readProfile } from './profile.ts'

/**
 * The profiles in a YAML text of one or more documents, and what is wrong with the others, each problem
 * at its file, line and column. Empty documents are passed over; anything but a profile is a problem.
 */
export function parseProfiles(text: string, file: string): { profiles: Profile[]; problems: Problem[] } {
  const lines = new LineCounter()
  const profiles: Profile[] = []
  const problems: Problem[] = []
  for (const document of documents(text, lines)) {
    const read = readDocument(document)
    if ('profile' in read) profiles.push(read.profile)
    else problems.push(...read.problems.map(problem => locate(problem, document, lines, file)))
  }
  return { profiles, problems }
}

function documents(text: string, lines: LineCounter): Document[] {
  // parseAllDocuments gives an empty array-like for an empty text.
  return Array.from(
    parseAllDocuments(text.replace(/^\uFEFF/, ''), { lineCounter: lines, prettyErrors: false }) as Document[],
  ).filter(({ contents, errors }) => contents !== null || errors.length > 0)
}

function readDocument(
  document: Document,
): ReturnType<typeof readProfile> | { problems: (Problem & { offset?: number })[] } {
  if (document.errors.length > 0) {
    return { problems: document.errors.map(({ message, pos }) => ({ path: [], message, offset: pos[0] })) }
  }
  const object = toJson(document)
  if ('problem' in object) return { problems: [object.problem] }
  if (!isProfileLike(object.value)) {
    return {
      problems: [{ path: [], message: 'is no Pillion profile: apiVersion must be pillion.dev/v1alpha1' }],
    }
  }
  return readProfile(object.value)
}

function toJson(document: Document): { value: Json } | { problem: Problem } {
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) as Json }
  } catch (error) {
    return { problem: { path: [], message: (error as Error).message } }
  }
}

function locate(
  { offset, ...problem }: Problem & { offset?: number },
  document: Document,
  lines: LineCounter,
  file: string,
): Problem {
  const { line, col } = lines.linePos(offset ?? offsetOf(document, problem.path))
  return { ...problem, file, line, column: col }
}

/** Where the deepest existing node on a path starts; for a member, its key. */
function offsetOf(document: Document, path: Path): number {
  let node: unknown = document.contents
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0
  for (const step of path) {
    const target: unknown = isAlias(node) ? node.resolve(document) : node
    if (!isCollection(target)) break
    const item = target.items.find((candidate, i) =>
      isPair(candidate) ? isNode(candidate.key) && candidate.key.toJSON() === step : i === step,
    )
    if (item === undefined) break
    const place = isPair(item) ? item.key : item
    offset = (isNode(place) ? place.range?.[0] : undefined) ?? offset
    node = isPair(item) ? item.value : item
  }
  return offset
}
