import { isObject, type Json, type JsonObject } from '../json/json.ts'
import { limits } from '../limits/limits.ts'

/** What an API server asks, whatever it is about: the members that every admission request has. */
export interface EnvelopedRequest extends JsonObject {
  readonly uid: string
  readonly operation: Operation
  readonly subResource?: string
  readonly namespace?: string
  readonly dryRun?: boolean
  readonly object?: Json
  readonly oldObject?: Json
}

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'

/** Why a body gets no review: it is the caller's mistake, and HTTP says so. */
export interface Refusal {
  readonly status: 400
  /** Field paths and what is allowed there, never a value of the object. */
  readonly message: string
}

/** The request of an AdmissionReview v1, of whatever kind, or the refusal of a body that is none. */
export function open(body: unknown): { readonly request: EnvelopedRequest } | { readonly refusal: Refusal } {
  const misread = reviewProblem(body)
  if (misread !== undefined) return refuse(misread)
  const { request } = body as { request: EnvelopedRequest }
  const invalid = requestProblem(request)
  return invalid === undefined ? { request } : refuse(invalid)
}

export function refuse(message: string): { readonly refusal: Refusal } {
  const isLong = message.length > maxMessage
  return { refusal: { status: 400, message: isLong ? `${message.slice(0, maxMessage)}…` : message } }
}

// A key may be as long as a body; whoever reads the message needs its start.
const maxMessage = 2_000

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

const operations: readonly unknown[] = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] satisfies Operation[]

function requestProblem(request: JsonObject): string | undefined {
  const { uid, operation, subResource, namespace, dryRun } = request
  if (typeof uid !== 'string' || uid === '') return 'request.uid must be a string that is not empty'
  if (uid.length > limits.uidLength)
    return `request.uid has ${uid.length} characters; the limit is ${limits.uidLength}`
  if (!operations.includes(operation)) return `request.operation must be one of ${operations.join(', ')}`
  if (!isOptional('string', subResource)) return 'request.subResource must be a string'
  if (!isOptional('string', namespace)) return 'request.namespace must be a string'
  if (!isOptional('boolean', dryRun)) return 'request.dryRun must be true or false'
  return undefined
}

function isOptional(type: 'string' | 'boolean', value: Json | undefined): boolean {
  return value === undefined || typeof value === type
}
