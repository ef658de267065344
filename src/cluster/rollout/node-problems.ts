import { type JsonObject, objectAt, objectsIn } from '../../json/json.ts'
import { type Api, succeeded } from '../api/api.ts'

/**
 * Why no Pod of a node should be updated now; undefined if nothing speaks against it. A node is read again after a while.
 * Throws an `ApiFailure` when the request fails.
 */
export function nodeProblems(api: Api, { signal, rememberedMs = 10_000 }: NodeOptions) {
  const known = new Map<string, { readonly readAt: number; readonly problem: string | undefined }>()
  return async (name: string): Promise<string | undefined> => {
    const now = performance.now()
    for (const [node, { readAt }] of known) if (now - readAt > rememberedMs) known.delete(node)
    const before = known.get(name)
    if (before) return before.problem
    const answer = await api.request('GET', `/api/v1/nodes/${name}`, { signal })
    const isGone = !answer.ok && answer.status === 404
    const problem = isGone ? `node ${name} is gone` : problemOf(name, succeeded(answer))
    known.set(name, { readAt: now, problem })
    return problem
  }
}

/** A node that is unschedulable is about to be drained, and one that is not ready pulls and restarts nothing. */
function problemOf(name: string, node: JsonObject): string | undefined {
  if (objectAt(node, 'spec')['unschedulable'] === true) return `node ${name} is unschedulable`
  const ready = objectsIn(objectAt(node, 'status')['conditions']).find(({ type }) => type === 'Ready')
  return ready?.['status'] === 'True' ? undefined : `node ${name} is not ready`
}

interface NodeOptions {
  readonly signal: AbortSignal
  /** How long an answer counts. */
  readonly rememberedMs?: number
}
