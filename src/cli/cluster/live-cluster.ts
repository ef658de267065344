import type { Api } from '../../cluster/api/api.ts'
import type { FailedResponse } from '../../cluster/api/response.ts'
import type { JsonObject } from '../../json/json.ts'
import { Failure } from '../io.ts'
import { lacking, permissionFor } from './permission.ts'

/** A cluster, with the permissions of the user. Each object is requested only once. */
export interface LiveCluster {
  readonly api: Api
  /** Sends a request as it is; ends the command when no API server answers. */
  send: Api['request']
  /** The namespace of the context, as in kubectl. */
  readonly namespace: string
  get(path: string): Promise<Seen<JsonObject>>
  list(path: string, query?: Readonly<Record<string, string>>): Promise<Seen<readonly JsonObject[]>>
  /** A response that is not JSON, for example metrics. */
  text(path: string): Promise<Seen<string>>
}

/** A value that was read, or that it does not exist, or why it is unknown, for example because a permission is missing. */
export type Seen<T> =
  | { readonly state: 'there'; readonly value: T }
  | { readonly state: 'absent' }
  | { readonly state: 'unknown'; readonly why: string }

/**
 * The cluster of a context of the kubeconfig, by default of the current one; in a Pod, the cluster of the Pod. Its
 * requests end the command when no API server answers, or when it does not know the user.
 */
export async function liveCluster(context?: string): Promise<LiveCluster> {
  const [{ apiAt, ApiFailure }, { defaultAccess }, { sender }, { namespaceOfContext }] = await Promise.all([
    import('../../cluster/api/api.ts'),
    import('../../cluster/api/access.ts'),
    import('../../cluster/api/http.ts'),
    import('../../cluster/api/kubeconfig.ts'),
  ])
  const access = defaultAccess(context)
  const api = apiAt(access)
  const send = sender(access)
  const known = new Map<string, Promise<unknown>>()

  function once<T>(key: string, read: () => Promise<T>): Promise<T> {
    const reading = (known.get(key) as Promise<T> | undefined) ?? read()
    known.set(key, reading)
    return reading
  }

  async function listed(path: string, query: Readonly<Record<string, string>>) {
    try {
      const pages = await Array.fromAsync(api.pages(path, { query }))
      return there(pages.flatMap(({ items }) => items))
    } catch (error) {
      if (error instanceof ApiFailure) return unseen('list', path, error.response)
      throw error
    }
  }

  async function read(path: string): Promise<Seen<string>> {
    try {
      const response = await send('GET', path, { accept: '*/*', signal: AbortSignal.timeout(30_000) })
      const { text } = await import('node:stream/consumers')
      const said = await text(response)
      const status = response.statusCode ?? 0
      return status === 200
        ? there(said)
        : unseen('get', path, { ok: false, status, message: `HTTP ${status}` })
    } catch (error) {
      return { state: 'unknown', why: `${path}: ${(error as Error).message}` }
    }
  }

  return {
    api,
    namespace: contextNamespace(() => namespaceOfContext(context)),
    get: path =>
      once(path, async () => {
        const answer = await api.request('GET', path)
        return answer.ok ? there(answer.body) : unseen('get', path, answer)
      }),
    list: (path, query = {}) => once(`${path}?${JSON.stringify(query)}`, () => listed(path, query)),
    text: path => once(`text ${path}`, () => read(path)),
    send: async (...request) => {
      const answer = await api.request(...request)
      return answer.ok ? answer : reachable(answer)
    },
  }
}

/** The value, if it was read. */
export function present<T>(seen: Seen<T>): T | undefined {
  return seen.state === 'there' ? seen.value : undefined
}

/** Why something could not be read; empty when it was read or does not exist. */
export function notesOf(seen: Seen<unknown>): readonly string[] {
  return seen.state === 'unknown' ? [seen.why] : []
}

function contextNamespace(read: () => string): string {
  try {
    return read()
  } catch (error) {
    throw unreachable(`the kubeconfig cannot be read: ${(error as Error).message}`)
  }
}

function there<T>(value: T): Seen<T> {
  return { state: 'there', value }
}

function unseen(verb: 'get' | 'list', path: string, response: FailedResponse): Seen<never> {
  const { status, message } = reachable(response)
  if (status === 404) return { state: 'absent' }
  const why = status === 403 ? lacking(permissionFor(verb, path)) : `${path}: ${status}: ${message}`
  return { state: 'unknown', why }
}

function reachable(response: FailedResponse): FailedResponse {
  const { status, message } = response
  if (status === 0) throw unreachable(`no API server answers: ${message}`)
  if (status === 401) throw unreachable(`the API server does not know who you are: ${message}`)
  return response
}

/** No command can continue. */
function unreachable(why: string): Failure {
  return new Failure(
    2,
    `${why} (the kubeconfig is KUBECONFIG or ~/.kube/config; --context selects another context)`,
  )
}
