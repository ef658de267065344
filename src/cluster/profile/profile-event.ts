import { createHash } from 'node:crypto'
import { type JsonObject, metadataOf } from '../../json/json.ts'
import { truncate } from '../../problems/truncate.ts'
import { acceptedCondition } from '../../profile/accept/candidate.ts'
import { describeUsedBy, usedByIn } from '../../profile/accept/used-by.ts'
import { apiVersion } from '../../profile/schema/schema.ts'
import { type Api, describeFailure } from '../api/api.ts'
import { namespacePace } from './namespace-pace.ts'

export interface ProfileEventOptions {
  /** The replica that writes the Events. */
  readonly identity: string
  readonly failed: (reason: string) => void
  readonly signal: AbortSignal
}

/**
 * Events on profiles, for `kubectl describe`: one for each verdict on a spec, and one if a profile is deleted while Pods have
 * it. The name of an Event is derived from the profile and the verdict, so that the next leader does not repeat the Event.
 * https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */
export function profileEvents(api: Api, { identity, failed, signal }: ProfileEventOptions) {
  const pace = namespacePace({ atOnce: 100, perMinute: 60 })
  // Users of a namespace can change their profiles as often as they like.
  const ofNamespace = namespacePace({ atOnce: 10, perMinute: 6 })

  async function say(
    object: JsonObject,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
  ): Promise<void> {
    const { namespace, name, uid, generation } = metadataOf(object)
    const now = Date.now()
    if (namespace !== undefined && ofNamespace.take(String(namespace), now) > 0) return
    // Namespaces together do not use up what ClusterSidecarProfiles need.
    if (pace.take(namespace === undefined ? 'cluster' : 'namespaces', now) > 0) return
    const time = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z')
    const hash = createHash('sha256')
      .update(`${uid}/${generation}/${reason}/${message}`)
      .digest('hex')
      .slice(0, 16)
    // Events about objects without a namespace are in the namespace default.
    const place = String(namespace ?? 'default')
    const body = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace: place, name: `${name}.${hash}` },
      involvedObject: {
        apiVersion,
        kind: namespace === undefined ? 'ClusterSidecarProfile' : 'SidecarProfile',
        ...(namespace !== undefined && { namespace }),
        name,
        uid,
      },
      type,
      reason,
      action: 'Accept',
      message: truncate(message, maxMessage),
      source: { component: 'pillion' },
      reportingComponent: 'pillion.dev/profiles',
      reportingInstance: identity,
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    }
    const path = `/api/v1/namespaces/${place}/events`
    const answer = await api.request('POST', path, { body, signal })
    // In a namespace that is being deleted, nothing can be created.
    const isEnding = !answer.ok && answer.message.includes('being terminated')
    if (!answer.ok && answer.reason !== 'AlreadyExists' && !isEnding && !signal.aborted)
      failed(`${path}: ${describeFailure(answer)}`)
  }

  return {
    /** Must be called when a status was written, with the profile as it was before. Writes an Event if the verdict is new. */
    async judged(object: JsonObject, status: JsonObject): Promise<void> {
      const before = acceptedCondition(object)
      const { status: now, reason, message } = acceptedCondition({ ...object, status }) ?? {}
      if (before?.['status'] === now && before?.['reason'] === reason && before?.['message'] === message)
        return
      if (now === 'True') await say(object, 'Normal', 'Accepted', `Pods get revision ${status['revision']}`)
      else await say(object, 'Warning', 'NotAccepted', `${reason}: ${message}`)
    },
    /** Must be called when a profile was deleted, with the profile as it was before. Writes an Event if Pods have it. */
    async deleted(object: JsonObject): Promise<void> {
      const users = usedByIn(object)
      if (!users || users.pods === 0) return
      const message = `it was deleted while ${describeUsedBy(users)} had it. These Pods keep it, but new Pods that ask for it are denied`
      await say(object, 'Warning', 'DeletedInUse', message)
    },
  }
}

// The limit of the API server.
const maxMessage = 1_000
