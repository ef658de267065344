import { limits } from '../limits/limits.ts'

/**
 * Whether the first annotations in the JSON of a review have more bytes than the API server accepts of any object, which
 * it checks only after its webhooks. Those of a Pod that an API server sends come first. Reads no further than that many
 * bytes: to parse such a Pod would take ten times as long. Of what is not JSON it says anything.
 */
export function hasTooManyAnnotations(json: Buffer): boolean {
  if (json.length <= limits.podAnnotationBytes) return false
  const start = json.indexOf(member)
  if (start === -1) return false
  let bytes = 0
  for (let i = start + member.length; i < json.length && json[i] !== closingBrace; i++) {
    if (json[i] !== quote) continue
    for (i++; i < json.length && json[i] !== quote; i++) {
      // An escape counts as one byte, the least that it stands for, so that nothing is refused that is within the limit.
      if (json[i] === backslash) i += json[i + 1] === unicode ? '\\u003c'.length - 1 : 1
      bytes++
    }
    if (bytes > limits.podAnnotationBytes) return true
  }
  return false
}

// Not within a string, where a quotation mark has a backslash before it.
const member = '"annotations":{'
const [quote, backslash, unicode, closingBrace] = [...'"\\u}'].map(each => each.charCodeAt(0))
