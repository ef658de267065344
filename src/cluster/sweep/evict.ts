import { type Api, describeFailure } from '../api/api.ts'
import type { RetryOptions } from '../api/backoff.ts'
import type { FoundPod } from './found-pod.ts'

/** `protected`: a PodDisruptionBudget does not allow it now. `gone`: the Pod was deleted already. */
export type EvictionResult = 'evicted' | 'protected' | 'gone' | 'failed'

/**
 * Whether a controller replaces the Pod by one that has what this one lacks. A bare or static Pod is not replaced. A
 * DaemonSet's Pod is the only one of its node. A Pod that runs to completion, as a Job's, would lose its work.
 */
export function mayBeEvicted({ kind, controller, isLasting }: FoundPod): boolean {
  return kind === 'Missed' && isLasting && controller !== undefined && !notEvicted.has(controller.kind)
}

const notEvicted: ReadonlySet<string> = new Set(['DaemonSet', 'Node', 'Job'])

/**
 * Evicts one Pod through the Eviction API, by its uid. Returns also the time of the API server's clock, if it sent any.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
 */
export async function evict(
  api: Api,
  { namespace, name, uid }: Pick<FoundPod, 'namespace' | 'name' | 'uid'>,
  { failed, signal }: EvictOptions,
): Promise<{ readonly result: EvictionResult; readonly date?: Date }> {
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`
  const body = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { namespace, name },
    deleteOptions: { preconditions: { uid } },
  }
  const answer = await api.request('POST', path, { body, signal })
  const date = answer.date && { date: answer.date }
  if (answer.ok) return { result: 'evicted', ...date }
  // 409: another Pod has this name; the API server tries for ten seconds before it says so.
  if (answer.status === 404 || answer.status === 409) return { result: 'gone', ...date }
  if (answer.status === 429) return { result: 'protected', ...date }
  failed(`${path}: ${describeFailure(answer)}`)
  return { result: 'failed', ...date }
}

export type EvictOptions = Omit<RetryOptions, 'backoff'>
