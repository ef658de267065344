import type { Namespace } from '../../engine/pod.ts'
import { type JsonObject, metadataOf } from '../../json/json.ts'
import { type Api, metadataOnly } from '../api/api.ts'

/** The Pods of one namespace that run. */
export interface Surveyed {
  pods: number
  /** How many of them may matter. */
  matter: number
  /** Their names, as long as there are few of them. */
  readonly names: string[]
}

export interface SurveyOptions {
  readonly mayMatter: (pod: JsonObject, namespace: Namespace) => boolean
  readonly namespaceOf: (name: string) => Namespace
  readonly excludedNamespaces: ReadonlySet<string>
  /** The only one to look at; all when absent. */
  readonly namespace?: string
  /** How many names of a namespace to keep at most. */
  readonly mostNames: number
  readonly signal: AbortSignal
}

/**
 * The namespaces with Pods that may matter, by the metadata of all Pods that run; nothing else of them crosses
 * the wire. The list is read to its end before anything else is done: it expires after five minutes.
 */
export async function surveyPods(api: Api, options: SurveyOptions): Promise<Survey> {
  const { mayMatter, namespaceOf, excludedNamespaces, namespace, mostNames, signal } = options
  const namespaces = new Map<string, Surveyed>()
  let pods = 0
  const query = { fieldSelector: stillRunning }
  const listing = { query, accept: metadataOnly.list, signal }
  for await (const page of api.pages(podsPath(namespace), listing)) {
    for (const pod of page.items) {
      const { namespace: inside, name } = metadataOf(pod)
      if (typeof inside !== 'string' || typeof name !== 'string' || excludedNamespaces.has(inside)) continue
      pods += 1
      const surveyed = namespaces.get(inside) ?? { pods: 0, matter: 0, names: [] }
      namespaces.set(inside, surveyed)
      surveyed.pods += 1
      if (!mayMatter(pod, namespaceOf(inside))) continue
      surveyed.matter += 1
      if (surveyed.names.length < mostNames) surveyed.names.push(name)
    }
  }
  for (const [name, { matter }] of namespaces) if (matter === 0) namespaces.delete(name)
  return { pods, namespaces }
}

export interface Survey {
  /** All of them, those of excluded namespaces aside. */
  readonly pods: number
  readonly namespaces: ReadonlyMap<string, Surveyed>
}

export function podsPath(namespace: string | undefined): string {
  return namespace === undefined ? '/api/v1/pods' : `/api/v1/namespaces/${namespace}/pods`
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/ */
export const stillRunning = 'status.phase!=Succeeded,status.phase!=Failed'
