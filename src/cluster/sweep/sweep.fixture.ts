import type { Api, ListPage } from '../api/api.ts'
import type { ApiRequest, HttpMethod } from '../api/http.ts'
import type { ApiResponse } from '../api/response.ts'
import type { FoundPod } from './found-pod.ts'

/** An API with the answers of a test, for answers that a real API server does not give on demand. */
export function apiAnswering(
  answer: (method: HttpMethod, path: string, call: ApiRequest) => ApiResponse | Promise<ApiResponse>,
  pages: (path: string, call: ApiRequest) => readonly ListPage[] = () => [],
): Api & { readonly calls: readonly { method: HttpMethod; path: string; body: unknown }[] } {
  const calls: { method: HttpMethod; path: string; body: unknown }[] = []
  return {
    calls,
    async request(method, path, call = {}) {
      calls.push({ method, path, body: call.body })
      return answer(method, path, call)
    },
    async *pages(path, call = {}) {
      calls.push({ method: 'GET', path, body: undefined })
      yield* pages(path, call)
    },
    watch() {
      throw new Error('this API has no watch')
    },
  }
}

export function succeed(date?: Date): ApiResponse {
  return { ok: true, status: 201, body: {}, warnings: [], ...(date && { date }) }
}

export function refuse(status: number, message = `told to say ${status}`, reason?: string): ApiResponse {
  return { ok: false, status, message, ...(reason !== undefined && { reason }) }
}

/** A missed Pod of the ReplicaSet `web`, unless it is said to be something else. */
export function foundFor(name: string, { controller, ...fields }: Partial<FoundPod> = {}): FoundPod {
  return {
    kind: 'Missed',
    message: 'runs without what it asked for: agent',
    profiles: ['agent'],
    namespace: 'shop',
    name,
    uid: `uid-of-${name}`,
    createdAt: 0,
    isLasting: true,
    labels: {},
    requestedAt: 0,
    controller: controller ?? replicaSet('web'),
    ...fields,
  }
}

export function replicaSet(name: string) {
  return { kind: 'ReplicaSet', name, uid: `uid-of-${name}` }
}
