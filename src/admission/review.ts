import { decide } from '../engine/decide.ts'
import type { Cluster, Decision, Subject } from '../engine/decision.ts'
import type { Namespace } from '../engine/pod.ts'
import { hasUnknownRevision } from '../engine/revise/revise.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import type { Refusal } from './envelope.ts'
import { type Facts, factsOf } from './facts.ts'
import { read } from './read.ts'
import { type AdmissionReview, respond } from './respond.ts'

/** What a review is made with. */
export interface Reviewing {
  readonly profiles: Profiles
  readonly cluster: Cluster
  /** What is known of a namespace; of an unknown one, its name. */
  readonly namespaceOf: (name: string) => Namespace
}

/** What became of a body: an answer, the caller's mistake, or ours. */
export type Reviewed =
  | {
      readonly facts: Facts
      readonly decision: Decision
      readonly response: AdmissionReview
      /** The Pod has a profile's revision that is not known here, and was denied: another replica may be ahead. */
      readonly isBehind: boolean
    }
  | { readonly refusal: Refusal }
  | { readonly facts: Facts; readonly failure: unknown }

/**
 * One admission review, from the parsed body of a request to the body of its answer. Never throws: a
 * `failure` is a bug of ours, to which the server answers HTTP 500, so that `failurePolicy` decides.
 */
export function review(body: unknown, reviewing: Reviewing): Reviewed {
  const reading = read(body)
  if ('refusal' in reading) return reading
  const { request } = reading
  const facts = factsOf(request)
  try {
    const { pod, operation, subResource } = request
    const namespace = reviewing.namespaceOf(request.namespace)
    const subject: Subject = { pod, namespace, operation, ...(subResource && { subResource }) }
    const { profiles, cluster } = reviewing
    const decision = decide(subject, profiles, cluster)
    const isBehind = decision.outcome === 'denied' && hasUnknownRevision(subject, profiles)
    // A dry run gets the same answer: deciding has no side effects.
    return { facts, decision, response: respond(request.uid, decision), isBehind }
  } catch (failure) {
    return { facts, failure }
  }
}
