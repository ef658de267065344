import { type JsonObject, metadataOf } from '../../json/json.ts'
import type { Api } from '../api/api.ts'

/**
 * The stored MutatingWebhookConfiguration of a name; undefined if there is none. Uses a list, because Pillion has this
 * permission for `caBundle` already. Throws an `ApiFailure`.
 */
export async function webhookConfiguration(
  api: Api,
  name: string,
  signal: AbortSignal,
): Promise<JsonObject | undefined> {
  const query = { fieldSelector: `metadata.name=${name}` }
  for await (const { items } of api.pages(path, { query, signal })) {
    const found = items.find(object => metadataOf(object)['name'] === name)
    if (found) return found
  }
  return undefined
}

const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
