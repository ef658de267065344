// Warnings travel in HTTP headers. The API server may cut one that is longer than this, and passes over
// what comes after so many characters in all.
// https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#response
const maxCharacters = 256
const maxTotalCharacters = 4_096

/**
 * Warnings that reach their reader whole: each on one line and no longer than the API server passes on.
 * Where there are too many, the last one says how many are left out. No more of them is read than can be kept.
 */
export function headerWarnings(warnings: readonly string[]): string[] {
  const kept: string[] = []
  let total = 0
  for (const warning of warnings) {
    const line = shorten(oneLine(warning.slice(0, maxRead)))
    total += [...line].length + charactersOfLine
    if (total > maxTotalCharacters - roomForRest) break
    kept.push(line)
  }
  const left = warnings.length - kept.length
  return left === 0 ? kept : [...kept, `${left} more; pillion explain shows all`]
}

const roomForRest = 64
// An empty one takes room, too, so that their number is bounded.
const charactersOfLine = 2
// Pairs of code units, and white space that becomes a single one.
const maxRead = 4 * maxCharacters

/** Without control characters, and in whole characters: the API server drops a header with anything else. */
function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
}

function shorten(text: string): string {
  const characters = [...text]
  return characters.length > maxCharacters ? `${characters.slice(0, maxCharacters - 1).join('')}…` : text
}
