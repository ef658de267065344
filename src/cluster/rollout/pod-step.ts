import type { PodPatch } from '../../engine/update/pod-update.ts'
import type { JsonObject } from '../../json/json.ts'
import { type Api, describeFailure } from '../api/api.ts'
import type { FailedResponse } from '../api/response.ts'

/**
 * What the API server said to a change of a Pod. `gone`: the Pod was deleted or changed since it was read, so it must be
 * looked at again. `later`: the same request may succeed later; `isOverall`: no request would succeed now.
 */
export type StepAnswer =
  | { readonly result: 'changed'; readonly pod: JsonObject | undefined }
  | { readonly result: 'gone' }
  | { readonly result: 'refused'; readonly message: string }
  | {
      readonly result: 'later'
      readonly message: string
      readonly afterMs?: number
      readonly isOverall: boolean
    }

/** Sends the patches of an update in their order, until one of them fails. */
export async function applyPatches(
  api: Api,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  patches: readonly PodPatch[],
  signal: AbortSignal,
): Promise<StepAnswer> {
  let pod: JsonObject | undefined
  for (const { subresource, operations } of patches) {
    const end = subresource === undefined ? '' : `/${subresource}`
    const answer = await api.request('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}${end}`, {
      query: { fieldManager: 'pillion' },
      contentType: 'application/json-patch+json',
      body: operations,
      signal,
    })
    if (!answer.ok) return answerOf(answer)
    pod = answer.body
  }
  return { result: 'changed', pod }
}

/** What a failed response to a change of a Pod means. */
export function answerOf(failure: FailedResponse): Exclude<StepAnswer, { readonly result: 'changed' }> {
  const { status, retryAfterMs } = failure
  if (status === 404 || status === 409) return { result: 'gone' }
  const message = describeFailure(failure)
  // A JSON patch whose test fails gets the same status as a Pod that is not valid, or that a policy denies.
  if (status === 422 && failure.message.includes('rejected our request')) return { result: 'gone' }
  if ([400, 403, 413, 422].includes(status)) return { result: 'refused', message }
  const isOverall = status === 0 || status === 429 || status === 503
  return { result: 'later', message, isOverall, ...(retryAfterMs !== undefined && { afterMs: retryAfterMs }) }
}
