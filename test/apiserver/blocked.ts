import type { JsonObject } from '../../src/json/json.ts'
import type { ApiServer } from './apiserver.ts'

interface BlockedReplicaSet {
  readonly namespace: string
  readonly name: string
  /** The answer of the API server to the creation of a Pod. */
  readonly answer: string
  readonly labels: Readonly<Record<string, string>>
  readonly template: JsonObject
}

/**
 * Writes what the controller of a ReplicaSet writes if the API server denies its Pod, because no controller runs here.
 * `recover` writes that it can create Pods again.
 */
export async function createBlocked(
  server: ApiServer,
  { namespace, name, answer, labels, template }: BlockedReplicaSet,
): Promise<{ recover(): Promise<unknown> }> {
  const path = `/apis/apps/v1/namespaces/${namespace}/replicasets`
  const { body } = await server.request<{ metadata: { uid: string } }>('POST', path, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name },
    spec: { replicas: 1, selector: { matchLabels: labels }, template },
  })
  const setConditions = (...conditions: readonly JsonObject[]) =>
    server.request('PATCH', `${path}/${name}/status`, { status: { replicas: 0, conditions } })
  await setConditions({ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: answer })
  const { uid } = body.metadata
  const { status } = await server.request('POST', `/api/v1/namespaces/${namespace}/events`, {
    metadata: { name: `${name}.1` },
    involvedObject: { apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace, name, uid },
    reason: 'FailedCreate',
    type: 'Warning',
    message: `Error creating: ${answer}`,
    lastTimestamp: new Date().toISOString(),
  })
  if (status !== 201) throw new Error('the Event was not created')
  return { recover: () => setConditions() }
}
