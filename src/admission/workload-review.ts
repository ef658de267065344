import { decide } from '../engine/decide.ts'
import type { Decision } from '../engine/decision.ts'
import type { Mistake } from '../engine/mistakes/mistake.ts'
import { namespaceMistakes } from '../engine/mistakes/namespace.ts'
import { asCreated, templatePath } from '../engine/mistakes/pod-template.ts'
import { workloadMistakes } from '../engine/mistakes/workload.ts'
import { annotation, type Namespace, type Pod, type Strings } from '../engine/pod.ts'
import { notCalledAsShipped } from '../engine/select/not-called.ts'
import { isObject, type Json, type JsonObject, member, metadataOf } from '../json/json.ts'
import { BudgetSpent, withReviewBudget } from '../limits/budget.ts'
import { describe, type Path } from '../problems/problem.ts'
import { workloadOfTemplate } from '../profile/rollout/workload.ts'
import { badRequest, type EnvelopedRequest, open } from './envelope.ts'
import { type ObjectLogFields, objectLogFields, shorten } from './log-fields.ts'
import { checkPodShape } from './pod-shape.ts'
import { type AdmissionReview, enclose } from './respond.ts'
import type { ReviewContext } from './review.ts'
import { catchFailure, type Reviewed } from './reviewed.ts'
import { headerWarnings } from './warnings.ts'

export interface WorkloadLogFields extends ObjectLogFields {
  readonly kind: string
}

export interface WorkloadAnswer {
  readonly logFields: WorkloadLogFields
  /** Number of warnings; 0 if nothing is wrong. */
  readonly mistakes: number
  readonly response: AdmissionReview
}

/**
 * Reviews a workload or a Namespace that a user writes: from the parsed body of the request to the body of the answer. The
 * answer always allows the object. It has a warning for each annotation or label without effect, and for each reason for
 * which the Pods would be denied. `kubectl apply` prints these warnings; only a controller gets the denial of a Pod.
 */
export function reviewWorkload(
  body: unknown,
  context: ReviewContext,
): Reviewed<WorkloadLogFields, WorkloadAnswer> {
  const opened = open(body)
  if ('badRequest' in opened) return opened
  const { request } = opened
  const subject = subjectOf(request)
  if ('badRequest' in subject) return subject
  const kind = shorten(String(member(request['kind'], 'kind') ?? ''))
  const logFields = { ...objectLogFields(request), kind }
  return catchFailure(logFields, () => {
    const sentences = withinBudget(() => sentencesAbout(subject, context))
    const warnings = headerWarnings(sentences)
    const response = {
      uid: request.uid,
      allowed: true,
      ...(warnings.length > 0 && { warnings }),
      auditAnnotations: { outcome: sentences.length > 0 ? 'warned' : 'clean' },
    }
    return { logFields, mistakes: sentences.length, response: enclose(response) }
  })
}

/** The object of the request: a Namespace, a workload with its Pod, or an object that gets no warning. */
type Subject =
  | { readonly namespace: Namespace }
  | {
      readonly object: JsonObject
      readonly template: Path
      readonly pod: Pod
      readonly in: string
    }
  | { readonly nothing: true }

function subjectOf({ operation, subResource, object, namespace }: EnvelopedRequest) {
  const isWritten = (operation === 'CREATE' || operation === 'UPDATE') && !subResource
  if (!isWritten) return { nothing: true } satisfies Subject
  if (!isObject(object)) return badRequest('request.object must be an object')
  const { name, labels, annotations } = metadataOf(object)
  if (object['apiVersion'] === 'v1' && object['kind'] === 'Namespace')
    return {
      namespace: { name: String(name), labels: texts(labels), annotations: texts(annotations) },
    } satisfies Subject
  const template = templatePath(object)
  if (!template) return badRequest(notWorkload)
  const pod = asCreated(
    template.reduce<Json | undefined>((value, step) => member(value, String(step)), object) ?? {},
    String(name ?? ''),
  )
  const problems = checkPodShape(pod).map(({ path, message }) =>
    describe({ path: [...template, ...path], message }),
  )
  if (problems.length > 0) return badRequest(problems.join('; '))
  return { object, template, pod: pod as Pod, in: namespace || 'default' } satisfies Subject
}

const notWorkload =
  'request.object must be a Namespace, or an object with a Pod template: the rules of the webhook configuration name only these'

function sentencesAbout(
  subject: Subject,
  { profiles, cluster, namespaceOf }: ReviewContext,
): readonly string[] {
  if ('nothing' in subject) return []
  if ('namespace' in subject) return messages(namespaceMistakes(subject.namespace, profiles, cluster))
  const { object, template, pod } = subject
  const namespace = namespaceOf(subject.in)
  const notCalled = notCalledAsShipped({ pod, namespace })
  const created = {
    pod,
    namespace,
    operation: 'CREATE',
    ...(template.length > 0 && { workload: workloadOfTemplate(object, pod) }),
    ...(notCalled !== undefined && { notCalled }),
  } as const
  const decision = decide(created, profiles, cluster)
  const isAsked = Object.hasOwn(pod.metadata?.annotations ?? {}, annotation.inject)
  return [
    ...messages(workloadMistakes({ object, template, subject: created }, profiles, cluster)),
    ...new Set(refusals(decision, String(object['kind']), isAsked)),
  ]
}

function messages(mistakes: readonly Mistake[]): readonly string[] {
  return mistakes.map(({ message }) => message)
}

/** Why the Pods of a workload would be denied, or would not get a profile that they name. */
function refusals({ profiles }: Decision, kind: string, isAsked: boolean): readonly string[] {
  return profiles.flatMap(({ outcome, name, reason, message }) => {
    if (outcome === 'denied') return [`the Pods of this ${kind} would be denied: ${reason}: ${message}`]
    if (outcome === 'skipped' && isAsked)
      return [`the Pods of this ${kind} would start without profile ${name}: ${reason}: ${message}`]
    return []
  })
}

/** The decision uses the same budget, so both together cost no more than the review of a Pod. */
function withinBudget(judge: () => readonly string[]): readonly string[] {
  try {
    return withReviewBudget(judge)
  } catch (error) {
    if (error instanceof BudgetSpent) return [`not checked for mistakes: ${error.message}`]
    throw error
  }
}

function texts(map: Json | undefined): Strings {
  const members = Object.entries(isObject(map) ? map : {})
  return Object.fromEntries(members.filter((each): each is [string, string] => typeof each[1] === 'string'))
}
