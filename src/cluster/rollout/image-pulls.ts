import { type JsonObject, metadataOf, objectAt } from '../../json/json.ts'
import { type Api, describeFailure, succeeded } from '../api/api.ts'
import {
  createdAt,
  type ImagePull,
  isPullName,
  type PullState,
  pullLabel,
  pullName,
  pullPod,
  pullStateOf,
} from './pull-pod.ts'

export interface ImagePullsOptions {
  /** The namespace of Pillion, where its pull Pods run. */
  readonly namespace: string
  readonly signal: AbortSignal
  /** Maximum number of pull Pods at a time. */
  readonly mostAtOnce?: number
  /** How long an image counts as pulled: the kubelet deletes unused images when its disk is full. */
  readonly rememberedMs?: number
}

/** A pull, and for how long it has not succeeded. */
export type WantedPull = PullState & { readonly waitedMs: number }

/**
 * Makes nodes pull images, by one short-lived Pod for each node and image. What is under way is known from the Pods in the
 * cluster: a new leader goes on with those that it wants, and deletes the others.
 */
export function imagePulls(api: Api, options: ImagePullsOptions) {
  const { namespace, signal, mostAtOnce = 4, rememberedMs = 10 * 60_000 } = options
  const path = `/api/v1/namespaces/${namespace}/pods`
  /** When each image was pulled, by the name of its Pod. */
  const pulledAt = new Map<string, number>()
  const firstWantedAt = new Map<string, number>()
  /** Whether there can be pull Pods: also those of an earlier leader. */
  let mayHavePods = true

  async function listed(): Promise<readonly JsonObject[]> {
    const query = { labelSelector: `${pullLabel}=true` }
    const found: JsonObject[] = []
    for await (const { items } of api.pages(path, { query, signal })) found.push(...items)
    // Other Pods may have the label, and the token may not delete them.
    return found.filter(pod => isPullName(String(metadataOf(pod)['name'])))
  }

  async function remove(pod: JsonObject): Promise<void> {
    const { name, uid } = metadataOf(pod)
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } }
    const answer = await api.request('DELETE', `${path}/${name}`, { body, signal })
    // 409: another Pod has this name.
    if (!answer.ok && answer.status !== 404 && answer.status !== 409) succeeded(answer)
  }

  /** Undefined if the Pod was created, or exists already. */
  async function create(pull: ImagePull): Promise<PullState | undefined> {
    const answer = await api.request('POST', path, { body: pullPod(pull), signal })
    if (answer.ok || answer.reason === 'AlreadyExists') return undefined
    const isRefused = answer.status === 403 || answer.status === 422 || answer.status === 400
    if (!isRefused) succeeded(answer)
    const message = `the API server does not allow the Pod that pulls the image in ${namespace}: ${describeFailure(answer)}`
    return { state: 'failed', reason: 'RefusedByApiServer', message, isFinal: answer.status !== 403 }
  }

  function forget(now: number): void {
    for (const [name, at] of pulledAt) if (now - at > rememberedMs) pulledAt.delete(name)
  }

  return {
    /**
     * Works on these pulls, and on no others; returns how far each is, by `pullName`. Must be called again and again, with an
     * empty list at the end. Throws an `ApiFailure` when a request fails; the next call goes on.
     */
    async look(
      wanted: readonly ImagePull[],
      isLeader: () => boolean,
    ): Promise<ReadonlyMap<string, WantedPull>> {
      const now = performance.now()
      forget(now)
      const pulls = new Map(wanted.map(pull => [pullName(pull), pull]))
      for (const name of firstWantedAt.keys()) if (!pulls.has(name)) firstWantedAt.delete(name)
      const states = new Map<string, WantedPull>()
      const set = (name: string, state: PullState, waitedMs = 0) => states.set(name, { ...state, waitedMs })
      for (const name of pulls.keys()) if (pulledAt.has(name)) set(name, { state: 'pulled' })
      if (!mayHavePods && states.size === pulls.size) return states

      const pods = await listed()
      let active = 0
      const inNamespace = new Map<string, number>()
      const begin = (namespace = '') => {
        active += 1
        inNamespace.set(namespace, (inNamespace.get(namespace) ?? 0) + 1)
      }
      for (const pod of pods) {
        const name = String(metadataOf(pod)['name'])
        const state = pulls.has(name) ? pullStateOf(pod) : undefined
        if (state?.state === 'pulled') {
          pulledAt.set(name, now)
          firstWantedAt.delete(name)
          set(name, state)
        } else if (state && !states.has(name)) {
          const since = firstWantedAt.get(name) ?? now - Math.max(0, Date.now() - createdAt(pod))
          firstWantedAt.set(name, since)
          set(name, state, now - since)
        }
        const isOver = state === undefined || state.state === 'pulled' || isSpent(pod)
        if (!isOver) begin(pulls.get(name)?.namespace)
        else if (isLeader()) await remove(pod)
      }
      for (const [name, pull] of pulls) {
        const isFull =
          active >= mostAtOnce || (inNamespace.get(pull.namespace) ?? 0) >= mostOfNamespace(mostAtOnce)
        if (states.has(name) || isFull || !isLeader()) continue
        begin(pull.namespace)
        firstWantedAt.set(name, firstWantedAt.get(name) ?? now)
        const refused = await create(pull)
        set(name, refused ?? { state: 'pulling' }, now - (firstWantedAt.get(name) ?? now))
      }
      mayHavePods = pods.length > 0 || active > 0
      return states
    },
    /** Forgets what it knows: another replica leads now. */
    resigned(): void {
      pulledAt.clear()
      firstWantedAt.clear()
      mayHavePods = true
    },
  }
}

/** For Pods of one namespace: the others need not wait, even if its registry never answers. */
function mostOfNamespace(mostAtOnce: number): number {
  return Math.max(1, mostAtOnce - 1)
}

/** A Pod that will pull no more (the node did not take it, or its time is over), after a pause before the next attempt. */
function isSpent(pod: JsonObject): boolean {
  return objectAt(pod, 'status')['phase'] === 'Failed' && Date.now() - createdAt(pod) > againMs
}

const againMs = 15_000
