import { type JsonObject, metadataOf } from '../../json/json.ts'
import { acceptedCondition } from '../../profile/accept/candidate.ts'
import { describeUsedBy, usedByIn } from '../../profile/accept/used-by.ts'
import { rolloutEvent } from '../../profile/rollout/rollout-event.ts'
import { rolloutStatusIn } from '../../profile/rollout/rollout-status.ts'
import type { Rollout } from '../../profile/schema/rollout-schema.ts'
import { apiVersion } from '../../profile/schema/schema.ts'
import type { Api } from '../api/api.ts'
import { type Said, writeEvent } from '../api/event.ts'
import { namespacePace } from './namespace-pace.ts'
import { kindOf } from './status-patch.ts'

export interface ProfileEventOptions {
  /** The replica that writes the Events. */
  readonly identity: string
  readonly failed: (reason: string) => void
  readonly signal: AbortSignal
}

/**
 * Events on profiles, for `kubectl describe`: one for each verdict on a spec, one for each step of a rollout, and one if a
 * profile is deleted while Pods have it. The name of an Event is derived from the profile and from what it says, so that the
 * next leader does not repeat the Event.
 */
export function profileEvents(api: Api, { identity, failed, signal }: ProfileEventOptions) {
  const pace = namespacePace({ atOnce: 100, perMinute: 60 })
  // Users of a namespace can change their profiles as often as they like.
  const ofNamespace = namespacePace({ atOnce: 10, perMinute: 6 })

  async function say(
    object: JsonObject,
    said: Omit<Said, 'action'>,
    of: { readonly action: string; readonly component: string; readonly id?: string } = ofAcceptance,
  ): Promise<void> {
    const { namespace, name, uid = '', generation } = metadataOf(object)
    const now = performance.now()
    if (namespace !== undefined && ofNamespace.take(String(namespace), now) > 0) return
    // Namespaces together do not use up what ClusterSidecarProfiles need.
    if (pace.take(namespace === undefined ? 'cluster' : 'namespaces', now) > 0) return
    const written = await writeEvent(
      api,
      { ...said, action: of.action },
      {
        about: {
          apiVersion,
          kind: kindOf(object),
          ...(namespace !== undefined && { namespace: String(namespace) }),
          name: String(name),
          uid,
        },
        component: of.component,
        identity,
        id: `${uid}/${generation}/${said.reason}/${of.id ?? said.message}`,
        signal,
      },
    )
    if (typeof written === 'object' && !signal.aborted) failed(written.problem)
  }

  return {
    /** Must be called when a status was written, with the profile as it was before. Writes an Event if the verdict is new. */
    async judged(object: JsonObject, status: JsonObject): Promise<void> {
      const before = acceptedCondition(object)
      const { status: now, reason, message } = acceptedCondition({ ...object, status }) ?? {}
      if (before?.['status'] === now && before?.['reason'] === reason && before?.['message'] === message)
        return
      await say(
        object,
        now === 'True'
          ? { type: 'Normal', reason: 'Accepted', message: `Pods get revision ${status['revision']}` }
          : { type: 'Warning', reason: 'NotAccepted', message: `${reason}: ${message}` },
      )
    },
    /** Must be called when a status was written, with the profile as it was before. Writes an Event if its rollout went on. */
    async rolled(object: JsonObject, status: JsonObject, rollout: Rollout = {}): Promise<void> {
      const after = rolloutStatusIn({ status })
      const said = rolloutEvent(rolloutStatusIn(object), after, rollout)
      if (said) await say(object, said, { ...ofRollout, id: `${after?.step}/${after?.since}` })
    },
    /** Must be called when a profile was deleted, with the profile as it was before. Writes an Event if Pods have it. */
    async deleted(object: JsonObject): Promise<void> {
      const users = usedByIn(object)
      if (!users || users.pods === 0) return
      const message = `it was deleted while ${describeUsedBy(users)} had it. These Pods keep it, but new Pods that ask for it are denied`
      await say(object, { type: 'Warning', reason: 'DeletedInUse', message })
    },
  }
}

const ofAcceptance = { action: 'Accept', component: 'pillion.dev/profiles' }
const ofRollout = { action: 'RollOut', component: 'pillion.dev/rollout' }
