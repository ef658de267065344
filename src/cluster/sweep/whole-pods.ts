import type { JsonObject } from '../../json/json.ts'
import { type Api, succeeded } from '../api/api.ts'

/** The running Pods of one namespace. */
export interface Surveyed {
  pods: number
  /** How many of them may matter. */
  matter: number
  /** Their names, up to `mostGets`. */
  readonly names: string[]
}

/** Gets the Pods that may matter one by one, or lists the namespace where that is cheaper. */
export async function* wholePods(
  api: Api,
  namespace: string,
  { pods, matter, names }: Surveyed,
  signal: AbortSignal,
): AsyncGenerator<JsonObject> {
  const path = podsPath(namespace)
  if (matter > names.length || matter * podsListedPerGet > pods) {
    const query = { fieldSelector: stillRunning }
    for await (const { items } of api.pages(path, { query, limit: wholePodsPerPage, signal })) yield* items
    return
  }
  for (const name of names) {
    const answer = await api.request('GET', `${path}/${name}`, { signal })
    if (answer.ok) yield answer.body
    // 404: deleted since it was listed.
    else if (answer.status !== 404) succeeded(answer)
  }
}

export function podsPath(namespace: string | undefined): string {
  return namespace === undefined ? '/api/v1/pods' : `/api/v1/namespaces/${namespace}/pods`
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/ */
export const stillRunning = 'status.phase!=Succeeded,status.phase!=Failed'

// About what the API server lists in the time of one more request.
const podsListedPerGet = 10
export const mostGets = 500
// Half a megabyte or less: reviews wait while a page is parsed.
export const wholePodsPerPage = 50
