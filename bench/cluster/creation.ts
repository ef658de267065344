import type { ApiServer } from '../../test/apiserver/apiserver.ts'
import { until } from '../../test/apiserver/until.ts'
import { load, type Measured } from '../load/load.ts'

export interface Creation {
  readonly clients: number
  /** It ends after so many Pods or seconds, whichever comes first. */
  readonly count: number
  readonly seconds: number
  /** Stored, or else a dry run: all of admission and validation. */
  readonly isStored: boolean
}

/** What is created, and where. */
export interface Created {
  readonly namespace: string
  readonly pod: string
  /** Whether it must be. */
  readonly isInjected: boolean
}

/** Creates Pods that are all the same. One that is refused, or is not injected where it must be, is an error. */
export function create(
  { url, ca, token }: ApiServer,
  { namespace, pod, isInjected }: Created,
  { clients, count, seconds, isStored }: Creation,
): Promise<Measured> {
  return load({
    url: `${url}${podsIn(namespace)}${isStored ? '' : '?dryRun=All'}`,
    ca,
    headers: { authorization: `Bearer ${token}` },
    bodies: [pod],
    connections: clients,
    requests: count,
    seconds,
    expectStatus: 201,
    ...(isInjected && { expect: injected }),
  })
}

/** Whether such a Pod gets injected there now. */
export async function isInjectedNow(
  { request }: ApiServer,
  { namespace, pod }: Pick<Created, 'namespace' | 'pod'>,
): Promise<boolean> {
  const { status, body } = await request('POST', podsIn(namespace), pod, { dryRun: true })
  if (status !== 201) throw new Error(`a Pod was refused: ${JSON.stringify(body)}`)
  return JSON.stringify(body).includes(injected)
}

/** Deletes all Pods of a namespace. Nothing runs them, so none takes a while to end. */
export async function removePods({ request }: ApiServer, namespace: string): Promise<void> {
  await until('no Pod is left', 60_000, async () => {
    await request('DELETE', podsIn(namespace))
    const { body } = await request<{ items: readonly object[] }>('GET', `${podsIn(namespace)}?limit=1`)
    return body.items.length === 0
  })
}

function podsIn(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/pods`
}

/** What every Pod has that was injected by whomever; one that was not does not have it. */
const injected = '"mountPath":"/var/log/app"'
