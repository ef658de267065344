import { limits } from '../../limits/limits.ts'
import { nearest } from '../../problems/nearest.ts'
import { annotation } from '../pod.ts'

/**
 * Finds the annotation of Pillion that an author meant: the key itself, or the nearest one if the name is misspelt
 * (`pillion.dev/injct`) or the domain is wrong (`pillion.io/inject`). Undefined if the key is not about Pillion. It compares
 * only the first few keys letter by letter, so create a new finder for each object.
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
