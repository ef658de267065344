import type { Decision } from '../engine/decision.ts'
import { withMore } from '../engine/reason.ts'
import { withinJsonBytes } from '../json/bytes.ts'
import { limits } from '../limits/limits.ts'
import { knownProfiles } from './known-profiles.ts'
import { headerWarnings } from './warnings.ts'

/**
 * An AdmissionReview v1 that answers a request.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#response
 */
export interface AdmissionReview {
  readonly apiVersion: 'admission.k8s.io/v1'
  readonly kind: 'AdmissionReview'
  readonly response: AdmissionResponse
}

interface AdmissionResponse {
  readonly uid: string
  readonly allowed: boolean
  readonly status?: ReturnType<typeof failure>
  /** JSON Patch in base64. */
  readonly patch?: string
  readonly patchType?: 'JSONPatch'
  readonly warnings?: readonly string[]
  /** The API server puts the webhook's name before each key. */
  readonly auditAnnotations: Readonly<Record<string, string>>
}

/** Answers a request with a decision. kubectl prints the message of a denial. */
export function respond(uid: string, decision: Decision): AdmissionReview {
  const isDenied = decision.outcome === 'denied'
  const warnings = headerWarnings(decision.warnings)
  return enclose({
    uid,
    allowed: !isDenied,
    ...(isDenied && { status: denial(decision) }),
    ...(!isDenied && decision.patch.length > 0 && patchOf(decision)),
    ...(warnings.length > 0 && { warnings }),
    auditAnnotations: auditAnnotations(decision),
  })
}

/** Puts an answer into its envelope. Without a patch it has less than 64 KiB, however long the message is. */
export function enclose({ status, ...rest }: AdmissionResponse): AdmissionReview {
  const fitting = status && {
    status: { ...status, message: withinJsonBytes(status.message, limits.messageBytes) },
  }
  const response = { ...rest, ...fitting }
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }
}

/**
 * A denial with a reason of the API server's own. Pillion's reason is in the message: clients act on `reason`, and would
 * retry a `Conflict`. A list of problems starts on a line of its own.
 */
export function failure(code: number, reason: string, subject: string, message: string) {
  const separator = message.includes('\n') ? '\n' : ' '
  return { status: 'Failure' as const, code, reason, message: `${subject}:${separator}${message}` }
}

function denial(decision: Decision) {
  return failure(403, 'Forbidden', decision.reason, withMore(decision))
}

function patchOf({ patch }: Decision) {
  return { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') } as const
}

function auditAnnotations({ outcome, reason, profiles }: Decision): Record<string, string> {
  const known = knownProfiles(profiles)
  return { outcome, reason, ...(known.length > 0 && { profiles: known.join(',') }) }
}
