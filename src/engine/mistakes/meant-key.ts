import { limits } from '../../limits/limits.ts'
import { nearest } from '../../problems/nearest.ts'
import { annotation } from '../pod.ts'

/**
 * Finds the annotation of Pillion's that a writer meant by a key: the key itself, or the nearest one for a misspelt name, as
 * in `pillion.dev/injct`, and for another domain, as in `pillion.io/inject`. Undefined for a key that is about something
 * else. Compares only the first few keys letter by letter, so make one for each object.
 */
export function meantKeys(settable: readonly string[]): (key: string) => string | undefined {
  let hints: number = limits.hints
  const names = ['inject', ...settable]
  const known = new Set(names)
  const isNear = (text: string, candidates: readonly string[]) =>
    hints-- > 0 ? nearest(text, candidates) : undefined
  return key => {
    const slash = key.indexOf('/')
    if (slash < 0 || key.length > longestKey) return undefined
    const [domain, name] = [key.slice(0, slash), key.slice(slash + 1)]
    const isOurs = domain === ownDomain
    if (!isOurs && !isOurDomainMisspelt(domain, isNear)) return undefined
    const meant = known.has(name) ? name : isNear(name, names)
    return meant === undefined ? undefined : `${annotation.prefix}${meant}`
  }
}

function isOurDomainMisspelt(
  domain: string,
  isNear: (text: string, candidates: readonly string[]) => string | undefined,
): boolean {
  if (domain.includes('pillion')) return true
  return Math.abs(domain.length - ownDomain.length) <= 1 && isNear(domain, [ownDomain]) !== undefined
}

const ownDomain = annotation.prefix.slice(0, -1)
// A prefix of a key has at most 253 characters, its name 63.
const longestKey = 253 + 1 + 63
