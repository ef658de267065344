import { type JsonObject, metadataOf } from '../../json/json.ts'
import type { Api } from '../api/api.ts'

/**
 * The MutatingWebhookConfiguration of a name, as it is stored now; undefined when there is none. By a list, for which
 * the permission exists that keeps its `caBundle` right. Throws an `ApiFailure`.
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
