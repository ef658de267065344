// Warnings are HTTP headers. The API server may cut a longer warning, and drops the warnings beyond this total.
// https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#response
const maxCharacters = 256
const maxTotalCharacters = 4_096

/**
 * Makes each warning one line that the API server passes on uncut. If there are too many, the last line says how many are
 * missing. Takes time for the warnings that are kept, not for all of them.
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
// An empty warning takes room, too: this bounds their number.
const charactersOfLine = 2
// A character may have two code units, and white space shrinks to one space.
const maxRead = 4 * maxCharacters

/** Removes control characters and halves of characters: the API server drops a header that contains one. */
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
