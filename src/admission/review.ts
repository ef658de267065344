import { decide } from '../engine/decide.ts'
import type { Cluster, Decision, Outcome, Subject } from '../engine/decision.ts'
import type { Namespace } from '../engine/pod.ts'
import { hasUnknownRevision } from '../engine/revise/revise.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import { type LogFields, logFieldsOf } from './log-fields.ts'
import { read } from './read.ts'
import { type AdmissionReview, respond } from './respond.ts'
import { catchFailure, type Reviewed } from './reviewed.ts'

/** What a review needs besides the request. */
export interface ReviewContext {
  readonly profiles: Profiles
  readonly cluster: Cluster
  /** A namespace with its labels and annotations; of an unknown namespace, only the name. */
  readonly namespaceOf: (name: string) => Namespace
  /** All namespaces; absent outside of a cluster. */
  readonly namespaces?: () => Iterable<Namespace>
  /** Whether Pillion updates Pods that run (`--rollout`); absent if that is not known. */
  readonly updatesPods?: boolean
}

export interface PodAnswer {
  readonly logFields: LogFields
  /** The Namespace as this replica knew it. */
  readonly namespace: Namespace
  readonly decision: Decision
  readonly response: AdmissionReview
  /**
   * This replica may decide otherwise in a moment. It does not know something that the API server may know: the Namespace of
   * the Pod, a profile or a revision that the Pod asks for, or a revision that its status claims.
   */
  readonly isBehind: boolean
}

/** Reviews one Pod: from the parsed body of the request to the body of the answer. */
export function review(
  body: unknown,
  { profiles, cluster, namespaceOf, namespaces }: ReviewContext,
): Reviewed<LogFields, PodAnswer> {
  const reading = read(body)
  if ('badRequest' in reading) return reading
  const { request } = reading
  const logFields = logFieldsOf(request)
  return catchFailure(logFields, () => {
    const { pod, operation, subResource } = request
    const namespace = namespaceOf(request.namespace)
    const subject: Subject = { pod, namespace, operation, ...(subResource && { subResource }) }
    const decision = decide(subject, profiles, cluster)
    const isBehind =
      (changes.has(decision.outcome) && hasUnknownRevision(subject, profiles)) ||
      // The API server creates no Pod in a namespace that does not exist.
      namespace.isUnknown === true ||
      (namespaces !== undefined && asksForUnknown(decision))
    // A dry run gets the same answer: deciding has no side effects.
    return { logFields, namespace, decision, response: respond(request.uid, decision), isBehind }
  })
}

/** Somebody may have created the profile together with the Pod. */
function asksForUnknown({ profiles }: Decision): boolean {
  return profiles.some(({ reason }) => reason === 'UnknownProfile' || reason === 'UnknownRevision')
}

const changes: ReadonlySet<Outcome> = new Set(['denied', 'injected'])
