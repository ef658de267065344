import { nearest } from '../../problems/nearest.ts'
import { truncate } from '../../problems/truncate.ts'
import { annotation } from '../pod.ts'
import { isOffWord, isOnWord, namesTried } from '../select/select.ts'

/** The value of an annotation as its author meant it. Corrects it if the correction is certain. */
export function valueMeant(key: string, value: string, known: readonly string[]): string {
  return key === annotation.inject ? requestMeant(value, known) : value
}

/** The line of YAML that sets an annotation as its author meant it. */
export function annotationLine(key: string, value: string, known: readonly string[]): string {
  const shown = truncate(valueMeant(key, value, known), longestValue)
  return `${key}: ${isPlain.test(shown) && !isOtherType.test(shown) ? shown : JSON.stringify(shown)}`
}

/** The names of profiles that a value means. */
function requestMeant(value: string, known: readonly string[]): string {
  if (isOffWord(value)) return 'none'
  if (isOnWord(value)) return 'NAME'
  return namesTried(truncate(value, longestValue))
    .map(name => (known.includes(name) ? name : (nearest(name, known) ?? name)))
    .join(', ')
}

// Short enough for a warning that quotes it.
const longestValue = 80
// Text that YAML reads as a string without quotation marks. One character class, so that the expression does not backtrack.
const isPlain = /^[A-Za-z/][\w./, -]*$/
const isOtherType = /^(true|false|yes|no|on|off|y|n|null)$/i
