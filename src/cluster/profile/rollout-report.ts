import { equal, isObject, type JsonObject, metadataOf } from '../../json/json.ts'
import type { Verdict } from '../../profile/accept/acceptance.ts'
import { conditionsIn, lastAcceptedIn } from '../../profile/accept/candidate.ts'
import { type ProfileId, profileId } from '../../profile/accept/controller-revision.ts'
import type { Kept } from '../../profile/accept/kept-revision.ts'
import { advance, holdEnds } from '../../profile/rollout/advance.ts'
import { type Finding, isSamePlace } from '../../profile/rollout/finding.ts'
import { marksOf } from '../../profile/rollout/marks.ts'
import { type RolloutStatus, rolloutStatusIn } from '../../profile/rollout/rollout-status.ts'

export interface RolloutReportOptions {
  /** Whether Pillion updates Pods that run (`--rollout`). Default: false. */
  readonly updatesPods?: boolean
  /** The kept revisions of a profile. */
  readonly keptOf?: (id: ProfileId) => Kept
  /** The clock by which steps end, in milliseconds since 1970. Default: that of this process. */
  readonly now?: () => number
}

/** The part of the status of profiles that is about rollouts: what the loop found, and when to look again. */
export function rolloutReport({ updatesPods = false, keptOf, now: time = Date.now }: RolloutReportOptions) {
  /** What the loop found last, by the uid of the profile. */
  const findings = new Map<string, Finding>()
  /** When the numbers of a profile were written last, by its uid. */
  const countedAt = new Map<string, number>()
  /** When a step ends by time, or numbers may be written again, by the uid of the profile. */
  const dueAt = new Map<string, number>()

  return {
    /** Takes what the loop found. Returns whether it is news. */
    found(uid: string, finding: Finding): boolean {
      const isNews = !equal(findings.get(uid) as JsonObject | undefined, finding as unknown as JsonObject)
      findings.set(uid, finding)
      return isNews
    },
    /** The `status.rollout` as it should be; `accepted` is the revision of the spec if it is accepted. */
    next({ object, profile }: Verdict, accepted: string | undefined): RolloutStatus | undefined {
      const uid = uidOf(object)
      const lastAccepted = lastAcceptedIn(object)?.['revision']
      const stored = rolloutStatusIn(object)
      const now = time()
      if (stored && profile?.rollout) due(uid, holdEnds(stored, profile.rollout), now)
      return advance({
        stored,
        rollout: profile?.rollout,
        accepted,
        lastAccepted: typeof lastAccepted === 'string' ? lastAccepted : undefined,
        marks: marksOf(object),
        found: findings.get(uid),
        updates: updatesPods,
        isKept: revision => keptOf?.(profileId(object)).find(revision) !== undefined,
        now,
      })
    },
    /** Whether a status must wait, because it differs in numbers only, and such were written a moment ago. */
    mustWait(object: JsonObject, status: JsonObject): boolean {
      const uid = uidOf(object)
      const now = time()
      const mayAt = (countedAt.get(uid) ?? 0) + betweenCountsMs
      const before = withoutCounts(object['status'])
      if (now >= mayAt || !before || !equal(before, withoutCounts(status))) return false
      due(uid, mayAt, now)
      return true
    },
    /** Must be called when a status was written, with the profile as it was before. */
    written(object: JsonObject, status: JsonObject): void {
      const uid = uidOf(object)
      countedAt.set(uid, time())
      const [before, after] = [rolloutStatusIn(object), rolloutStatusIn({ status })]
      // What was found before a transition must not count for a later one of the same second.
      if (before && after && !isSamePlace(before, after)) findings.delete(uid)
    },
    /** Must be called before each look at a profile. */
    looks: (object: JsonObject) => void dueAt.delete(uidOf(object)),
    /** When the next one is due, in milliseconds since 1970. */
    nextAt: () => Math.min(...dueAt.values()),
    /** Keeps only what is about these profiles. */
    keep(uids: ReadonlySet<string>): void {
      for (const map of [findings, countedAt, dueAt])
        for (const uid of map.keys()) if (!uids.has(uid)) map.delete(uid)
    },
  }

  function due(uid: string, at: number | undefined, now: number): void {
    if (at !== undefined && at > now) dueAt.set(uid, Math.min(at, dueAt.get(uid) ?? at))
  }
}

/** Numbers change with each Pod, and every replica reads each status. */
const betweenCountsMs = 3_000

/** The conditions of a rollout have its message, which changes with what the Pods wait for. */
function withoutCounts(status: JsonObject[string]): JsonObject | undefined {
  if (!isObject(status) || !isObject(status['rollout'])) return undefined
  const { matched, updated, ready, outdated, needsRecreate, failed, progress, message, ...rollout } =
    status['rollout']
  const conditions = conditionsIn({ status }).filter(
    ({ type }) => type !== 'Progressing' && type !== 'Degraded',
  )
  return { ...status, rollout, conditions }
}

function uidOf(object: JsonObject): string {
  return String(metadataOf(object)['uid'])
}
