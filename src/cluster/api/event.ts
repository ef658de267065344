import { createHash } from 'node:crypto'
import type { JsonObject } from '../../json/json.ts'
import { truncate } from '../../problems/truncate.ts'
import { type Api, describeFailure } from './api.ts'

/** What an Event says. */
export interface Said {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly action: string
  readonly message: string
}

export interface EventOptions {
  /** `apiVersion`, `kind`, `name`, `uid` and, if it has one, `namespace` of the object. */
  readonly about: JsonObject & { readonly name: string; readonly namespace?: string }
  readonly related?: JsonObject
  /** The part of Pillion that writes the Event. */
  readonly component: string
  /** The replica that writes the Event. */
  readonly identity: string
  /** Two Events with the same id on the same object are the same Event, so replicas do not repeat each other. */
  readonly id: string
  readonly signal: AbortSignal
}

/**
 * Writes an Event about an object, unless it exists already. `ending`: nothing can be created, because the namespace is being
 * deleted. https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */
export async function writeEvent(
  api: Api,
  said: Said,
  { about, related, component, identity, id, signal }: EventOptions,
): Promise<'written' | 'ending' | { readonly problem: string }> {
  const time = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const hash = createHash('sha256').update(id).digest('hex').slice(0, 16)
  // Events about objects without a namespace are in the namespace default.
  const namespace = about.namespace ?? 'default'
  const path = `/api/v1/namespaces/${namespace}/events`
  const body = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace, name: `${about.name.slice(0, maxObjectName)}.${hash}` },
    involvedObject: about,
    ...(related && { related }),
    ...said,
    message: truncate(said.message, maxMessage),
    source: { component: 'pillion' },
    reportingComponent: component,
    reportingInstance: identity,
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  }
  const answer = await api.request('POST', path, { body, signal })
  if (answer.ok || answer.reason === 'AlreadyExists') return 'written'
  if (answer.reason === 'Forbidden' && answer.message.includes('being terminated')) return 'ending'
  return { problem: `${path}: ${describeFailure(answer)}` }
}

// The API server allows names of 253 and messages of 1,024 characters, and keeps an Event for an hour.
const maxObjectName = 230
const maxMessage = 1_000
