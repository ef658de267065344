import type { JsonObject } from '../../json/json.ts'
import type { Api } from '../api/api.ts'

/**
 * The stored MutatingWebhookConfiguration of a name; undefined if it does not exist. Uses a list, because Pillion has this
 * permission for `caBundle` already. Throws an `ApiFailure`.
 */
export async function webhookConfiguration(
  api: Api,
  name: string,
  signal: AbortSignal,
): Promise<JsonObject | undefined> {
  const query = { fieldSelector: `metadata.name=${name}` }
  for await (const { items } of api.pages(path, { query, signal })) {
    if (items[0]) return items[0]
  }
  return undefined
}

const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
