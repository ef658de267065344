import { type JsonObject, objectAt } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { namedRevisions } from './candidate.ts'
import type { Kept, KeptRevision } from './kept-revision.ts'

/** The kept revisions of a profile that its history does not need. */
export interface Surplus<Revision extends KeptRevision> {
  /** Those beyond `spec.revisionHistoryLimit` that no Pod uses; empty if nobody knows what Pods use. */
  readonly unused: readonly Revision[]
  /** Those beyond the most that are kept of any profile, used or not. */
  readonly tooMany: readonly Revision[]
}

/** What the history of a stored profile does not need: never a revision that the status names, nor the current one. */
export function surplusRevisions<Revision extends KeptRevision>(
  object: JsonObject,
  kept: Kept<Revision>,
  { current, used }: { readonly current: string | undefined; readonly used: ReadonlySet<string> | undefined },
): Surplus<Revision> {
  const named = namedRevisions(object)
  const others = kept.all().filter(({ revision }) => !named.has(revision) && revision !== current)
  const unused = used ? others.filter(({ revision }) => !used.has(revision)) : []
  return { unused: unused.slice(historyLimit(object)), tooMany: others.slice(limits.keptRevisions) }
}

function historyLimit(object: JsonObject): number {
  const { revisionHistoryLimit: limit } = objectAt(object, 'spec')
  return typeof limit === 'number' && limit >= 0 ? limit : defaultLimit
}

/** As a Deployment's. */
const defaultLimit = 10
