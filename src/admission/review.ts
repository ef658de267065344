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

interface PodAnswer {
  readonly logFields: LogFields
  readonly decision: Decision
  readonly response: AdmissionReview
  /**
   * The Pod claims a revision of a profile that this replica does not know, but another replica may know it; and the Pod was
   * denied, or would get something of another revision.
   */
  readonly hasUnknownRevision: boolean
}

/** Reviews one Pod: from the parsed body of the request to the body of the answer. */
export function review(
  body: unknown,
  { profiles, cluster, namespaceOf }: ReviewContext,
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
    const isBehind = changes.has(decision.outcome) && hasUnknownRevision(subject, profiles)
    // A dry run gets the same answer: deciding has no side effects.
    return { logFields, decision, response: respond(request.uid, decision), hasUnknownRevision: isBehind }
  })
}

const changes: ReadonlySet<Outcome> = new Set(['denied', 'injected'])
