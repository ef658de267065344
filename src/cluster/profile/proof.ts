import type { JsonObject } from '../../json/json.ts'
import { type Api, describeFailure } from '../api/api.ts'
import type { ApiResponse } from '../api/response.ts'

/** What the API server says of a Pod. */
export type Proof =
  /** It is a valid Pod. Whether its creator may create it, and where, is not said. */
  | { readonly outcome: 'proven' }
  /** It is no valid Pod, whoever creates it, and wherever. */
  | { readonly outcome: 'refused'; readonly message: string }
  /** Something else kept it from being tried: a quota, another webhook, a policy, missing permissions. */
  | { readonly outcome: 'unknown'; readonly message: string }
  /** Not now: there was no answer, or one that says so. */
  | {
      readonly outcome: 'later'
      readonly message: string
      readonly afterMs?: number
      readonly isAnswer: boolean
    }

/**
 * Shows a Pod to the API server: a dry run of its creation with strict field validation, all of admission and
 * nothing stored. It is made by Pillion in its own namespace, where other exemptions, quotas and Pod Security levels hold
 * than for the users of a profile: so it proves that the Pod is valid, and nothing else. The API server validates a Pod
 * before Pod Security judges it. What Pod Security says in the profile's namespace is found by pod-security-level.ts. https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
 */
export async function prove(
  api: Api,
  pod: JsonObject,
  { namespace, signal }: { readonly namespace: string; readonly signal: AbortSignal },
): Promise<Proof> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`
  const query = { dryRun: 'All', fieldValidation: 'Strict' }
  return proofIn(await api.request('POST', path, { query, body: pod, signal }))
}

function proofIn(answer: ApiResponse): Proof {
  if (answer.ok) return { outcome: 'proven' }
  const { status, message, retryAfterMs } = answer
  if (isTransient(status)) {
    const afterMs = retryAfterMs === undefined ? {} : { afterMs: retryAfterMs }
    return { outcome: 'later', message: describeFailure(answer), isAnswer: status !== 0, ...afterMs }
  }
  if (status === 403 && message.includes(' violates PodSecurity ')) return { outcome: 'proven' }
  if ((status === 400 || status === 422) && !isOthers(message)) return { outcome: 'refused', message }
  return { outcome: 'unknown', message }
}

function isTransient(status: number): boolean {
  return status === 0 || status === 401 || status === 408 || status === 409 || status === 429 || status >= 500
}

/** They may deny with any code, and a policy does with 422. */
function isOthers(message: string): boolean {
  return message.startsWith('admission webhook ') || message.includes('ValidatingAdmissionPolicy')
}
