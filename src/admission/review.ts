import { decide } from '../engine/decide.ts'
import type { Cluster, Decision } from '../engine/decision.ts'
import type { Namespace } from '../engine/pod.ts'
import type { Profiles } from '../profile/profiles.ts'
import type { Refusal } from './envelope.ts'
import { type Facts, factsOf } from './facts.ts'
import { type AdmissionRequest, read } from './read.ts'
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
  | { readonly facts: Facts; readonly decision: Decision; readonly response: AdmissionReview }
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
    const decision = decideOn(request, reviewing)
    return { facts, decision, response: respond(request.uid, decision) }
  } catch (failure) {
    return { facts, failure }
  }
}

/** A dry run gets the same answer: deciding has no side effects. */
function decideOn(request: AdmissionRequest, { profiles, cluster, namespaceOf }: Reviewing): Decision {
  const { pod, operation, subResource } = request
  const namespace = namespaceOf(request.namespace)
  return decide({ pod, namespace, operation, ...(subResource && { subResource }) }, profiles, cluster)
}
