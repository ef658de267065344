import { truncate } from '../../problems/truncate.ts'
import { annotation } from '../pod.ts'

/**
 * What to write instead of an entry that names no profile: names with separators other than commas, or a word such as
 * `enabled` or `false`, which other injectors use. Undefined if the entry is another mistake.
 */
export function rightWords(
  entry: string,
  isOfNamespace: boolean,
  known: readonly string[],
): string | undefined {
  const parts = entry.split(otherSeparators)
  if (parts.length > 1)
    return `commas separate profiles: ${annotation.inject}: ${truncate(parts.filter(part => part !== '').join(', '), longestLine)}`
  const word = entry.toLowerCase()
  if (offWords.has(word)) return `to opt out, write ${annotation.inject}: none`
  if (!onWords.has(word)) return undefined
  if (isOfNamespace)
    return `the annotation has names of profiles; the word is for the label ${annotation.inject}=${enabled}`
  return `write names of profiles, for example ${annotation.inject}: ${known[0] ?? 'NAME'}`
}

/** The names in an annotation, with the separators that people also try. */
export function namesTried(value: string): readonly string[] {
  return value.split(anySeparator).filter(name => name !== '')
}

/** Whether a value turns injection on without a name of a profile, as in other injectors. */
export function isOnWord(value: string): boolean {
  return onWords.has(value.trim().toLowerCase())
}

/** Whether a value turns injection off, as in other injectors. */
export function isOffWord(value: string): boolean {
  return offWords.has(value.trim().toLowerCase())
}

/** The value of the label of a namespace that opts in. */
export const enabled = 'enabled'

const onWords: ReadonlySet<string> = new Set(['true', 'yes', 'on', 'enabled', 'enable', '1'])
const offWords: ReadonlySet<string> = new Set(['false', 'no', 'off', 'disabled', 'disable', '0'])
const otherSeparators = /[\s;|]+/
const anySeparator = /[\s;|,]+/
const longestLine = 128
