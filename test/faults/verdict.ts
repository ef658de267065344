import type { ApiResponse } from '../../src/cluster/api/response.ts'
import type { Plans } from './plans.ts'
import type { Sample } from './samples.ts'

/**
 * What became of a creation: the Pod is as planned; the API server did not create it; it has not what it asks for; it
 * differs from the plan; or the API server would not have created it without Pillion either.
 */
export type Verdict = 'ok' | 'failed' | 'without' | 'wrong' | 'unavailable'

/** What the API server says about a sample that it was asked to create. */
export function judged(
  sample: Sample,
  response: ApiResponse,
  plans: Pick<Plans, 'find'>,
): { readonly verdict: Verdict; readonly message: string } {
  if (response.ok) return plans.find(sample, response.body) ?? { verdict: 'ok', message: '' }
  const { status, message } = response
  const verdict = isOfTheApiServer(status, message) ? 'unavailable' : 'failed'
  return { verdict, message: `${status}: ${message}` }
}

/**
 * Whether the API server was not there, had no time, or refused a request before it called any webhook. It names the webhook
 * that it could not call, or that denied the Pod.
 */
function isOfTheApiServer(status: number, message: string): boolean {
  if (/webhook/.test(message)) return false
  if ([0, 429, 503, 504].includes(status)) return true
  return status === 403 && starting.some(each => each.test(message))
}

/** An API server that starts answers before it knows its own objects. */
const starting = [
  // The roles and their bindings: https://github.com/kubernetes/kubernetes/issues/121635
  /^pods is forbidden: User "[^"]*" cannot create resource "pods"/,
  // What its admission plugins need, the webhook configurations for example.
  /not yet ready to handle request$/,
]
