import type { Subject } from '../engine/decision.ts'
import type { Pod } from '../engine/pod.ts'
import { isObject, type Json, type JsonObject } from '../profile/json.ts'
import { fieldPath, type Problem } from '../profile/problem.ts'
import { checkPodShape } from './pod-shape.ts'

/** What an API server asks about one Pod. */
export interface AdmissionRequest {
  readonly uid: string
  readonly operation: Subject['operation']
  readonly subResource?: string
  readonly namespace: string
  readonly dryRun: boolean
  /** As it was sent: nothing copied, nothing coerced. Empty where nothing but its creation matters. */
  readonly pod: Pod
}

/** Why a body gets no review: it is the caller's mistake, and HTTP says so. */
export interface Refusal {
  readonly status: 400
  /** Field paths and what is allowed there, never a value of a Pod. */
  readonly message: string
}

/**
 * The request of an AdmissionReview v1, or the refusal of a body that is none, or is none about a Pod.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#request
 */
export function read(body: unknown): { readonly request: AdmissionRequest } | { readonly refusal: Refusal } {
  const misread = reviewProblem(body)
  if (misread !== undefined) return refuse(misread)
  const { request } = body as unknown as { request: RawRequest }
  const invalid = requestProblem(request)
  if (invalid !== undefined) return refuse(invalid)

  const { uid, operation, subResource = '', namespace, dryRun = false, object } = request
  // The rest of a Pod's life is left alone, so what such a request holds (an eviction, nothing) is not read.
  const isCreation = operation === 'CREATE' && subResource === ''
  const problems = isCreation ? checkPodShape(object ?? null) : []
  if (problems.length > 0) return refuse(problems.map(describe).join('; '))
  const pod = isCreation ? (object as Pod) : {}
  const podNamespace = namespace || pod.metadata?.namespace
  if (!podNamespace) return refuse('request.namespace is missing, and the Pod names no namespace')
  return {
    request: { uid, operation, namespace: podNamespace, dryRun, pod, ...(subResource && { subResource }) },
  }
}

interface RawRequest extends JsonObject {
  readonly uid: string
  readonly operation: Subject['operation']
  readonly subResource?: string
  readonly namespace?: string
  readonly dryRun?: boolean
  readonly object?: Json
}

const version = 'admission.k8s.io/v1'

function reviewProblem(body: unknown): string | undefined {
  if (!isObject(body) || body['kind'] !== 'AdmissionReview') {
    return `the body is no AdmissionReview: a JSON object of apiVersion ${version} and kind AdmissionReview is expected`
  }
  if (body['apiVersion'] !== version) {
    return `apiVersion must be ${version}: set admissionReviewVersions: [v1] in the webhook configuration`
  }
  return isObject(body['request']) ? undefined : 'request must be an object'
}

const operations: readonly unknown[] = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT']

function requestProblem(request: JsonObject): string | undefined {
  const { uid, operation, subResource, namespace, dryRun } = request
  if (typeof uid !== 'string' || uid === '') return 'request.uid must be a string that is not empty'
  if (!operations.includes(operation)) return `request.operation must be one of ${operations.join(', ')}`
  if (!isOptional('string', subResource)) return 'request.subResource must be a string'
  if (!isOptional('string', namespace)) return 'request.namespace must be a string'
  if (!isOptional('boolean', dryRun)) return 'request.dryRun must be true or false'
  // pods/eviction is about an Eviction, pods/binding about a Binding.
  if (!subResource && !isPod(request['kind'])) {
    return 'request.kind must be a v1 Pod: only Pods are injected, whatever creates them; the rules of the webhook configuration must say resources: [pods]'
  }
  return undefined
}

function isOptional(type: 'string' | 'boolean', value: Json | undefined): boolean {
  return value === undefined || typeof value === type
}

function isPod(kind: Json | undefined): boolean {
  return isObject(kind) && kind['kind'] === 'Pod' && kind['version'] === 'v1' && !kind['group']
}

function describe({ path, message }: Problem): string {
  return `${fieldPath(['request', 'object', ...path])} ${message}`
}

// A key may be as long as a body; whoever reads the message needs its start.
const maxMessage = 2_000

function refuse(message: string): { readonly refusal: Refusal } {
  const isLong = message.length > maxMessage
  return { refusal: { status: 400, message: isLong ? `${message.slice(0, maxMessage)}…` : message } }
}
