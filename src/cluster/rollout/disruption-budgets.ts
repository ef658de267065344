import { type JsonObject, metadataOf, objectAt, objectsIn } from '../../json/json.ts'
import type { Api } from '../api/api.ts'
import type { RolloutJudge } from './rollout-judge.ts'

/**
 * The PodDisruptionBudgets of a cluster, for updates in place: the API server does not check them there, as it does at an
 * eviction. https://kubernetes.io/docs/tasks/run-application/configure-pdb/
 */
export function disruptionBudgets(
  api: Api,
  { matchesLabels, signal }: Pick<RolloutJudge, 'matchesLabels'> & { readonly signal: AbortSignal },
) {
  /** By namespace. */
  const known = new Map<string, { readonly readAt: number; readonly budgets: readonly JsonObject[] }>()
  /** By the uid of a budget, when Pods were disrupted that its status may not show yet. */
  const recent = new Map<string, readonly number[]>()

  async function budgetsIn(namespace: string): Promise<readonly JsonObject[]> {
    const now = performance.now()
    for (const [name, { readAt }] of known) if (now - readAt > rememberedMs) known.delete(name)
    const before = known.get(namespace)
    if (before) return before.budgets
    const budgets: JsonObject[] = []
    const path = `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`
    for await (const { items } of api.pages(path, { signal })) budgets.push(...items)
    known.set(namespace, { readAt: now, budgets })
    return budgets
  }

  async function budgetsOf(pod: JsonObject): Promise<readonly JsonObject[]> {
    const { namespace, labels } = metadataOf(pod)
    const has = objectAt({ labels }, 'labels')
    const all = await budgetsIn(String(namespace))
    // A budget without a selector is about no Pod.
    return all.filter(
      budget =>
        objectAt(budget, 'spec')['selector'] !== undefined &&
        matchesLabels(objectAt(budget, 'spec', 'selector'), has),
    )
  }

  function recentlyOf(budget: JsonObject): readonly number[] {
    const since = performance.now() - settledMs
    return (recent.get(String(metadataOf(budget)['uid'])) ?? []).filter(at => at > since)
  }

  return {
    /** The name of a budget that allows no disruption of the Pod now. Throws an `ApiFailure`. */
    async protecting(pod: JsonObject): Promise<string | undefined> {
      const budgets = await budgetsOf(pod)
      const protecting = budgets.find(budget => allowedBy(budget) - recentlyOf(budget).length <= 0)
      return protecting && String(metadataOf(protecting)['name'])
    },
    /** Must be called when a container of the Pod restarts. Throws an `ApiFailure`. */
    async disrupted(pod: JsonObject): Promise<void> {
      for (const budget of await budgetsOf(pod)) {
        const uid = String(metadataOf(budget)['uid'])
        recent.set(uid, [...recentlyOf(budget), performance.now()])
      }
      for (const [uid, times] of recent)
        if (times.every(at => performance.now() - at > settledMs)) recent.delete(uid)
    },
  }
}

/** A budget whose status is about an earlier spec, or missing, allows nothing. */
function allowedBy(budget: JsonObject): number {
  const { disruptionsAllowed, observedGeneration } = objectAt(budget, 'status')
  const { generation } = metadataOf(budget)
  const isKnown =
    typeof disruptionsAllowed === 'number' && Number(observedGeneration ?? 0) >= Number(generation ?? 0)
  return isKnown ? disruptionsAllowed : 0
}

/**
 * Whether the readiness of the Pod depends on a probe of one of these containers. Without a probe, a container is ready again
 * as soon as it runs.
 */
export function countsForReadiness(pod: JsonObject, names: readonly string[]): boolean {
  const spec = objectAt(pod, 'spec')
  return [...objectsIn(spec['initContainers']), ...objectsIn(spec['containers'])].some(
    ({ name, readinessProbe }) => names.includes(String(name)) && readinessProbe !== undefined,
  )
}

const rememberedMs = 2_000
/** After this time, the status of a budget shows that a Pod is not ready. */
const settledMs = 10_000
