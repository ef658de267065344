import type { JsonObject } from '../../json/json.ts'
import { revision } from '../revision.ts'
import { revisionName } from './controller-revision.ts'
import type { Kept } from './kept-revision.ts'
import { storedBytes } from './stored-size.ts'

/** These specs of a profile as its kept revisions, the oldest first. */
export function keeping(profile: string, ...specs: readonly JsonObject[]): Kept {
  const all = specs.map((spec, i) => {
    const hash = revision(spec)
    return {
      name: revisionName(profile, hash),
      revision: hash,
      number: i + 1,
      bytes: storedBytes({ spec }),
      isWhole: true,
      spec: () => spec,
    }
  })
  return {
    size: all.length,
    find: wanted => all.find(each => each.revision === wanted),
    isGone: () => false,
    all: () => all.toReversed(),
  }
}

/** The reference in a status to the kept revision with this spec. */
export function referenceTo(profile: string, spec: JsonObject) {
  return { revision: revision(spec), name: revisionName(profile, revision(spec)) }
}
