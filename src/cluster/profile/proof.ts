import type { JsonObject } from '../../json/json.ts'
import type { Verdict } from '../../profile/accept/acceptance.ts'
import type { Profile } from '../../profile/profile.ts'
import { type Api, describeError, describeFailure } from '../api/api.ts'
import type { ApiResponse } from '../api/response.ts'
import { type Proof, provingIsOff } from './profile-conditions.ts'

export interface ProveOptions {
  /** Makes a Pod with a profile, or says why it cannot; undefined if profiles are not verified. */
  readonly sample?:
    | ((profile: Profile) => { readonly pod: JsonObject } | { readonly missing: string })
    | undefined
  /** The namespace of the dry runs: Pillion's own. */
  readonly namespace: string
  readonly signal: AbortSignal
}

/**
 * Verifies an accepted profile by a dry run. After several attempts with errors only, the result stays unknown: another
 * webhook may be down permanently.
 */
export async function proofOf(
  api: Api,
  { profile }: Verdict,
  attempts: number,
  { sample, ...options }: ProveOptions,
): Promise<Proof> {
  if (!sample || !profile) return provingIsOff
  let made: ReturnType<typeof sample>
  try {
    made = sample(profile)
  } catch (error) {
    // A bug that one profile triggers must not end the reports on others.
    made = { missing: `no Pod could be made with it: ${describeError(error)}` }
  }
  if ('missing' in made) return { outcome: 'unknown', message: made.missing }
  const proof = await prove(api, made.pod, options)
  return proof.outcome === 'later' && attempts >= maxAttempts && proof.isAnswer
    ? { outcome: 'unknown', message: proof.message }
    : proof
}

/** After this number of failures, the status says what fails. */
export const maxAttempts = 4

/**
 * Sends a Pod to the API server as a dry run with strict field validation: all of admission, and nothing is stored.
 * Pillion creates it in its own namespace, where other exemptions, quotas and Pod Security levels hold than for the users
 * of the profile: so this proves only that the Pod is valid. The API server validates a Pod before it applies Pod Security.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
 */
export async function prove(
  api: Api,
  pod: JsonObject,
  { namespace, signal }: Pick<ProveOptions, 'namespace' | 'signal'>,
): Promise<Proof> {
  const path = `/api/v1/namespaces/${namespace}/pods`
  const query = { dryRun: 'All', fieldValidation: 'Strict' }
  return proofIn(await api.request('POST', path, { query, body: pod, signal }))
}

function proofIn(answer: ApiResponse): Proof {
  if (answer.ok) return { outcome: 'proven' }
  const { status, message, retryAfterMs: afterMs } = answer
  if ([0, 401, 408, 409, 429].includes(status) || status >= 500)
    return { outcome: 'later', message: describeFailure(answer), isAnswer: status !== 0, afterMs }
  if (status === 403 && message.includes(' violates PodSecurity ')) return { outcome: 'proven' }
  // Webhooks may deny with any status, and a policy denies with 422.
  const isOthers = message.startsWith('admission webhook ') || message.includes('ValidatingAdmissionPolicy')
  return { outcome: [400, 422].includes(status) && !isOthers ? 'refused' : 'unknown', message }
}
