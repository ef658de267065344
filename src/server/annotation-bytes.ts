import { limits } from '../limits/limits.ts'

/**
 * Whether an object in the JSON of a review has more bytes of annotations than the API server accepts of any object, or of the
 * template of a Pod. It checks those of a Pod only after its webhooks, and to parse such a Pod would take ten times as long.
 * Looks only at the first annotations: those of the object, and of the templates in it. Of what is not JSON it says anything.
 */
export function hasTooManyAnnotations(json: Buffer): boolean {
  if (json.length <= limits.podAnnotationBytes) return false
  let at = json.indexOf(member)
  for (let looked = 0; at !== -1 && looked < mostMaps; looked++) {
    const { bytes, end } = sizeOf(json, at + member.length)
    if (bytes > limits.podAnnotationBytes) return true
    at = json.indexOf(member, end)
  }
  return false
}

/** The bytes of the names and values that start there, and where they end. Reads little more than a Pod may have. */
function sizeOf(json: Buffer, start: number): { readonly bytes: number; readonly end: number } {
  let bytes = 0
  let i = start
  for (; i < json.length && json[i] !== closingBrace && bytes <= limits.podAnnotationBytes; i++) {
    if (json[i] !== quote) continue
    for (i++; i < json.length && json[i] !== quote; i++) {
      // An escape counts as one byte, the least that it stands for, so that nothing is refused that is within the limit.
      if (json[i] === backslash) i += json[i + 1] === unicode ? '\\u003c'.length - 1 : 1
      bytes++
    }
  }
  return { bytes, end: i }
}

// A CronJob has a template of a Job, which has one of a Pod.
const mostMaps = 3
// Not within a string, where a quotation mark has a backslash before it.
const member = '"annotations":{'
const [quote, backslash, unicode, closingBrace] = [...'"\\u}'].map(each => each.charCodeAt(0))
