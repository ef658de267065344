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
    let bytes = 0
    for (at += member.length; at < json.length && json[at] !== closingBrace; at++) {
      if (json[at] !== quote) continue
      for (at++; at < json.length && json[at] !== quote; at++) {
        // An escape counts as one byte, the least that it stands for, so that nothing is refused that is within the limit.
        if (json[at] === backslash) at += json[at + 1] === unicode ? '\\u003c'.length - 1 : 1
        bytes++
      }
      if (bytes > limits.podAnnotationBytes) return true
    }
    at = json.indexOf(member, at)
  }
  return false
}

// A CronJob has a template of a Job, which has one of a Pod.
const mostMaps = 3
// Not within a string, where a quotation mark has a backslash before it.
const member = '"annotations":{'
const [quote, backslash, unicode, closingBrace] = [...'"\\u}'].map(each => each.charCodeAt(0))
