import { isObject, type Json, type JsonObject } from '../json/json.ts'
import { limits } from '../limits/limits.ts'
import { truncate } from '../problems/truncate.ts'

/** The members that every admission request has, whatever its object is. */
export interface EnvelopedRequest extends JsonObject {
  readonly uid: string
  readonly operation: AdmissionOperation
  readonly subResource?: string
  readonly namespace?: string
  readonly dryRun?: boolean
  readonly object?: Json
  readonly oldObject?: Json
}

type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'

/** Why a body gets no review: a mistake of the caller, who gets HTTP 400. */
export interface BadRequest {
  readonly status: 400
  /** Field paths and the values that are allowed, never a value of the object. */
  readonly message: string
}

/** The request of an AdmissionReview v1 about any kind of object, or why the body is not one. */
export function open(
  body: unknown,
): { readonly request: EnvelopedRequest } | { readonly badRequest: BadRequest } {
  const misread = reviewProblem(body)
  if (misread !== undefined) return badRequest(misread)
  const { request } = body as { request: EnvelopedRequest }
  const invalid = requestProblem(request)
  return invalid === undefined ? { request } : badRequest(invalid)
}

export function badRequest(message: string): { readonly badRequest: BadRequest } {
  return { badRequest: { status: 400, message: truncate(message, maxMessage) } }
}

// A key may be as long as the body; the start of the message is enough for its reader.
const maxMessage = 2_000

const version = 'admission.k8s.io/v1'

function reviewProblem(body: unknown): string | undefined {
  if (!isObject(body) || body['kind'] !== 'AdmissionReview') {
    return `the body is not an AdmissionReview: it must be a JSON object with kind AdmissionReview and apiVersion ${version}`
  }
  if (body['apiVersion'] !== version) {
    return `apiVersion must be ${version}: set admissionReviewVersions: [v1] in the webhook configuration`
  }
  return isObject(body['request']) ? undefined : 'request must be an object'
}

const operations: readonly unknown[] = [
  'CREATE',
  'UPDATE',
  'DELETE',
  'CONNECT',
] satisfies AdmissionOperation[]

function requestProblem(request: JsonObject): string | undefined {
  const { uid, operation, subResource, namespace, dryRun } = request
  if (typeof uid !== 'string' || uid === '') return 'request.uid must be a non-empty string'
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
