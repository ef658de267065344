import type { Decision } from '../engine/decision.ts'
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

export interface AdmissionResponse {
  readonly uid: string
  readonly allowed: boolean
  readonly status?: {
    readonly status: 'Failure'
    readonly code: number
    readonly reason: string
    readonly message: string
  }
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
    ...(isDenied && { status: statusOf(decision) }),
    ...(!isDenied && decision.patch.length > 0 && patchOf(decision)),
    ...(warnings.length > 0 && { warnings }),
    auditAnnotations: auditAnnotations(decision),
  })
}

/** Puts an answer into its envelope. Without a patch it has less than 64 KiB, however long the message is. */
export function enclose({ status, ...rest }: AdmissionResponse): AdmissionReview {
  const response = {
    ...rest,
    ...(status && {
      status: { ...status, message: withinJsonBytes(status.message, limits.messageBytes) },
    }),
  }
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }
}

/**
 * Forbidden, like the denials of the API server's own admission plugins. Pillion's reason is in the message, not in
 * `reason`: clients act on `reason`, and would retry a `Conflict`.
 */
function statusOf({ reason, message }: Decision) {
  const separator = message.includes('\n') ? '\n' : ' '
  return {
    status: 'Failure',
    code: 403,
    reason: 'Forbidden',
    message: `${reason}:${separator}${message}`,
  } as const
}

function patchOf({ patch }: Decision) {
  return { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') } as const
}

function auditAnnotations({ outcome, reason, profiles }: Decision): Record<string, string> {
  const known = knownProfiles(profiles)
  return { outcome, reason, ...(known.length > 0 && { profiles: known.join(',') }) }
}
