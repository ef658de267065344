import type { PodPatch, PodUpdate } from '../../engine/update/pod-update.ts'
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

/**
 * Sends the patches of an update in their order, until one of them fails. If the API server refuses the last of several, the
 * first one is taken back: otherwise the Pod would keep requests and limits of a revision that it does not have.
 */
export async function applyPatches(
  api: Api,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { patches, undo }: Pick<PodUpdate, 'patches' | 'undo'>,
  signal: AbortSignal,
): Promise<StepAnswer> {
  const send = ({ subresource, operations }: PodPatch) =>
    api.request(
      'PATCH',
      `/api/v1/namespaces/${namespace}/pods/${name}${subresource === undefined ? '' : `/${subresource}`}`,
      {
        query: { fieldManager: 'pillion' },
        contentType: 'application/json-patch+json',
        body: operations,
        signal,
      },
    )
  let pod: JsonObject | undefined
  for (const patch of patches) {
    const answer = await send(patch)
    if (!answer.ok) {
      const refused = answerOf(answer)
      // The first one may also have been sent by a leader that stopped then.
      if (refused.result === 'refused' && undo && patch.subresource === undefined) await send(undo)
      return refused
    }
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
