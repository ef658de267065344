import type { Api } from '../../cluster/api/api.ts'
import type { FailedResponse } from '../../cluster/api/response.ts'
import type { JsonObject } from '../../json/json.ts'
import { oneLine } from '../../problems/one-line.ts'
import { Failure } from '../io.ts'
import type { ClusterFlags } from './options.ts'
import { lacking, permissionFor } from './permission.ts'

/** A cluster, with the permissions of the user. Each object is requested only once. */
export interface LiveCluster {
  readonly api: Api
  /** Sends a request as it is; ends the command when no API server answers. */
  send: Api['request']
  /** The namespace of the context, as in kubectl. */
  readonly namespace: string
  /** For messages: `context kind-x`, `the cluster of this Pod`. */
  readonly where: string
  get(path: string): Promise<Seen<JsonObject>>
  list(path: string, query?: Readonly<Record<string, string>>): Promise<Seen<readonly JsonObject[]>>
  /** A response that is not JSON, for example metrics; each time a new one. */
  text(path: string): Promise<Seen<string>>
}

/** A value that was read, or that it does not exist, or why it is unknown, for example because a permission is missing. */
export type Seen<T> =
  | { readonly state: 'there'; readonly value: T }
  | { readonly state: 'absent' }
  | { readonly state: 'unknown'; readonly why: string }

/** A cluster, or why the command has none: no kubeconfig was found, or it selects no context. */
type ClusterIfAny = LiveCluster | { readonly none: string }

/**
 * The cluster of a context of the kubeconfig, by default of the current one; in a Pod, the cluster of the Pod. Its
 * requests end the command when no API server answers, or when it does not know the user.
 */
export async function liveCluster(flags: ClusterFlags = {}): Promise<LiveCluster> {
  const cluster = await clusterIfAny(flags)
  if ('none' in cluster) throw new Failure(2, `no cluster: ${cluster.none} (${howToSelect})`)
  return cluster
}

/** The same; says why when there is no cluster. A context that cannot be used ends the command. */
export async function clusterIfAny(flags: ClusterFlags = {}): Promise<ClusterIfAny> {
  if (flags.asGroup && flags.as === undefined)
    throw new Failure(2, '--as-group needs --as: only a user has groups')
  const [{ apiAt, ApiFailure, defaultTimeoutMs }, { defaultAccess }, { sender }, { selectedContext }] =
    await Promise.all([
      import('../../cluster/api/api.ts'),
      import('../../cluster/api/access.ts'),
      import('../../cluster/api/http.ts'),
      import('../../cluster/api/kubeconfig.ts'),
    ])
  const context = usable(() => selectedContext(flags))
  if ('none' in context) return { none: oneLine(context.none) }
  const access = defaultAccess(flags)
  // The limit of setTimeout is 24 days.
  const timeoutMs = flags.requestTimeout === 0 ? 2 ** 31 - 1 : (flags.requestTimeout ?? defaultTimeoutMs)
  const api = apiAt(access, timeoutMs)
  const send = sender(access)
  const where = context.name === undefined ? 'the cluster of this Pod' : `context ${oneLine(context.name)}`
  const reachable = (response: FailedResponse) => answered(response, where)
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
      if (error instanceof ApiFailure) return unseen('list', path, reachable(error.response))
      throw error
    }
  }

  async function read(path: string): Promise<Seen<string>> {
    try {
      const response = await send('GET', path, { accept: '*/*', signal: AbortSignal.timeout(timeoutMs) })
      const { text } = await import('node:stream/consumers')
      const said = await text(response)
      const status = response.statusCode ?? 0
      return status === 200
        ? there(said)
        : unseen('get', path, reachable({ ok: false, status, message: `HTTP ${status}` }))
    } catch (error) {
      return { state: 'unknown', why: `${path}: ${oneLine((error as Error).message)}` }
    }
  }

  return {
    api,
    namespace: context.namespace,
    where,
    get: path =>
      once(path, async () => {
        const answer = await api.request('GET', path)
        return answer.ok ? there(answer.body) : unseen('get', path, reachable(answer))
      }),
    list: (path, query = {}) => once(`${path}?${JSON.stringify(query)}`, () => listed(path, query)),
    text: read,
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

function usable<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new Failure(2, `${oneLine((error as Error).message)} (${howToSelect})`)
  }
}

function there<T>(value: T): Seen<T> {
  return { state: 'there', value }
}

function unseen(verb: 'get' | 'list', path: string, response: FailedResponse): Seen<never> {
  const { status, message } = response
  if (status === 404) return { state: 'absent' }
  const why = status === 403 ? lacking(permissionFor(verb, path)) : `${path}: ${status}: ${message}`
  return { state: 'unknown', why }
}

/** No command can continue without an API server, or with one that does not know the user. */
function answered(response: FailedResponse, where: string): FailedResponse {
  const { status, message } = response
  if (status === 0) throw new Failure(2, `no API server answers (${where}): ${message} (${howToSelect})`)
  if (status === 401)
    throw new Failure(2, `the API server does not know who you are (${where}): ${message} (${howToSelect})`)
  return response
}

const howToSelect = '--context selects another context, --kubeconfig another file'
