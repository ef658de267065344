import type { ProfileReview } from '../admission/profile-review.ts'
import type { Step } from '../cluster/rollout/flights.ts'
import type { EvictionResult } from '../cluster/sweep/evict.ts'
import type { Outcome } from '../engine/decision.ts'
import type { Reason } from '../engine/reason.ts'
import { kinds } from '../profile/schema/schema.ts'
import { refusedReasons } from './refusals.ts'

/** The reasons of each outcome of a decision, as in docs/reasons.md. */
const decided: Readonly<Record<Outcome, readonly Reason[]>> = {
  injected: ['Injected'],
  unchanged: ['Unchanged'],
  skipped: [
    'NotRequested',
    'OptedOut',
    'ExcludedNamespace',
    'MirrorPod',
    'NotCreated',
    'RequirementNotMet',
    'JobWouldNeverFinish',
    'NotUsableInNamespace',
    'Conflict',
  ],
  denied: [
    'UnknownProfile',
    'UnknownRevision',
    'UnknownParameter',
    'InvalidParameter',
    'Conflict',
    'OrderCycle',
    'LimitExceeded',
    'PodSecurity',
    'RequirementNotMet',
  ],
}

const reviewed: Readonly<Record<ProfileReview['outcome'], readonly ProfileReview['reason'][]>> = {
  allowed: ['Valid', 'NameTaken', 'OrderCycle', 'TooManyProfiles', 'InUse', 'NotReviewed'],
  denied: ['Invalid', 'PodSecurity', 'TooManyProfiles'],
}

const evictionResults: Readonly<Record<EvictionResult, true>> = {
  evicted: true,
  protected: true,
  gone: true,
  failed: true,
}

const stepKinds: Readonly<Record<Step['kind'], true>> = {
  metadata: true,
  images: true,
  resources: true,
  recreate: true,
  putBack: true,
}

const stepResults: Readonly<Record<Step['result'], true>> = {
  done: true,
  failed: true,
  refused: true,
  gone: true,
}

/** The labels of each series of a counter. */
export const counted = {
  requests: [
    ...pairs(decided),
    ...refusedReasons.map(reason => ({ outcome: 'refused', reason })),
    { outcome: 'failed', reason: 'InternalError' },
  ],
  profileReviews: pairs(reviewed),
  evictionResults: Object.keys(evictionResults),
  rolloutSteps: Object.keys(stepKinds).flatMap(kind =>
    Object.keys(stepResults).map(result => ({ kind, result })),
  ),
  /** The kinds of objects that Pillion reads. */
  kinds: [
    ...kinds,
    'Pod',
    'Namespace',
    'Secret',
    'MutatingWebhookConfiguration',
    'ValidatingWebhookConfiguration',
  ],
}

function pairs(reasonsOf: Readonly<Record<string, readonly string[]>>) {
  return Object.entries(reasonsOf).flatMap(([outcome, reasons]) =>
    reasons.map(reason => ({ outcome, reason })),
  )
}
