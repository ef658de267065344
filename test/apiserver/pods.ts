import type { Api } from '../../src/cluster/api/api.ts'
import type { ApiServer } from './apiserver.ts'

/** A Pod that an API server takes; nobody ever runs it. */
export function podFor(
  name: string,
  { annotations = {}, controller, restartPolicy }: PodWishes = {},
): object {
  const owner = { apiVersion: 'apps/v1', controller: true, uid: uidOf(controller?.name ?? ''), ...controller }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, annotations, ...(controller && { ownerReferences: [owner] }) },
    spec: {
      containers: [{ name: 'app', image: 'example/app:1' }],
      ...(restartPolicy !== undefined && { restartPolicy }),
    },
  }
}

interface PodWishes {
  readonly annotations?: Readonly<Record<string, string>>
  readonly controller?: { readonly kind: string; readonly name: string }
  readonly restartPolicy?: string
}

/** No controller runs beside these API servers: a uid is whatever one says. */
function uidOf(name: string): string {
  return `${Buffer.from(name).toString('hex').padEnd(8, '0').slice(0, 8)}-0000-4000-8000-000000000000`
}

/** Throws where the API server refuses it. */
export async function createPod(
  { request }: Pick<ApiServer, 'request'>,
  namespace: string,
  pod: object,
): Promise<void> {
  const { status, body } = await request('POST', `/api/v1/namespaces/${namespace}/pods`, pod)
  if (status !== 201) throw new Error(`the API server refused a Pod: ${JSON.stringify(body)}`)
}

/** The same client, with all that it asked for: method, path and query. */
export function recording(api: Api): { readonly api: Api; readonly calls: string[] } {
  const calls: string[] = []
  return {
    calls,
    api: {
      ...api,
      request(method, path, call) {
        calls.push(`${method} ${path}`)
        return api.request(method, path, call)
      },
      pages(path, call) {
        calls.push(`LIST ${path}${call?.accept ? ' metadata' : ''}`)
        return api.pages(path, call)
      },
    },
  }
}
