import { type Api, describeFailure } from '../api/api.ts'
import type { FoundPod } from './found-pod.ts'

/**
 * What became of an eviction. `protected`: a PodDisruptionBudget holds for now. `gone`: somebody else was
 * faster.
 */
export type EvictionResult = 'evicted' | 'would-evict' | 'protected' | 'gone' | 'failed'

export interface Evicted {
  readonly result: EvictionResult
  /** When, by the API server's clock; absent where it said nothing. */
  readonly date?: Date
}

/**
 * Whether somebody makes another Pod in its place that then has what this one lacks. Nobody does for a bare or
 * a static Pod. A DaemonSet's Pod is its node's only one, and what runs to completion, as a Job's does, would
 * lose its work, and one of its attempts.
 */
export function mayBeEvicted({ kind, controller, isLasting }: FoundPod): boolean {
  return kind === 'Missed' && isLasting && controller !== undefined && !notEvicted.has(controller.kind)
}

const notEvicted: ReadonlySet<string> = new Set(['DaemonSet', 'Node', 'Job'])

/**
 * Evicts one Pod through the Eviction API, that one and none of the same name; in a dry run nothing happens
 * and PodDisruptionBudgets answer as they would.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
 */
export async function evict(
  api: Api,
  { namespace, name, uid }: Pick<FoundPod, 'namespace' | 'name' | 'uid'>,
  { isDryRun, failed, signal }: EvictOptions,
): Promise<Evicted> {
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`
  const body = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { namespace, name },
    deleteOptions: { preconditions: { uid }, ...(isDryRun && { dryRun: ['All'] }) },
  }
  const answer = await api.request('POST', path, { body, signal })
  const date = answer.date && { date: answer.date }
  if (answer.ok) return { result: isDryRun ? 'would-evict' : 'evicted', ...date }
  // Not found; or it is another Pod of that name, which the API server says after trying for ten seconds.
  if (answer.status === 404 || answer.status === 409) return { result: 'gone', ...date }
  if (answer.status === 429) return { result: 'protected', ...date }
  failed(`${path}: ${describeFailure(answer)}`)
  return { result: 'failed', ...date }
}

export interface EvictOptions {
  readonly isDryRun: boolean
  readonly failed: (reason: string) => void
  readonly signal: AbortSignal
}
