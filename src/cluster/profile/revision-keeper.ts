import { type JsonObject, member, metadataOf } from '../../json/json.ts'
import { lastAcceptedIn } from '../../profile/accept/candidate.ts'
import {
  controllerRevision,
  ownerOf,
  type ProfileId,
  profileId,
  profileLabel,
  revisionName,
  revisionNamespace,
  storedRevision,
} from '../../profile/accept/controller-revision.ts'
import type { Kept, KeptRevision } from '../../profile/accept/kept-revision.ts'
import { apiVersion } from '../../profile/schema/schema.ts'
import { type Api, describeError, describeFailure, findByName } from '../api/api.ts'
import type { FailedResponse } from '../api/response.ts'
import type { RevisionStore } from './revision-store.ts'
import { kindOf } from './status-patch.ts'

export interface KeeperOptions {
  /** Pillion's own namespace. */
  readonly namespace: string
  readonly revisions: Pick<RevisionStore, 'of' | 'hold' | 'put'>
  readonly signal: AbortSignal
}

/** A stored profile whose current spec is accepted. */
interface Accepted {
  readonly object: JsonObject
  readonly revision: string
}

/** Why a revision is not kept. */
export interface NotKept {
  readonly message: string
  readonly afterMs?: number | undefined
  /** Another object has its name, and stays until somebody deletes it. */
  readonly isTaken?: true
  /** The policy for Pillion's token has not seen the profile or its new spec yet. */
  readonly isEarly?: boolean
}

/** Writes the accepted spec of a profile into a ControllerRevision. Only the leader does. */
export function revisionKeeper(api: Api, { namespace: home, revisions, signal }: KeeperOptions) {
  function hold(object: JsonObject, owner: ProfileId): KeptRevision | undefined {
    const stored = storedRevision(object, home)
    if (stored?.owner !== owner) return undefined
    const held = revisions.hold(stored)
    revisions.put(held)
    return held
  }

  async function create(profile: JsonObject, number: number): Promise<FailedResponse | undefined> {
    const body = controllerRevision(profile, { home, number })
    const answer = await api.request('POST', pathFor(profile), { body, signal })
    if (!answer.ok || hold(answer.body, profileId(profile))) return answer.ok ? undefined : answer
    return { ok: false, status: 0, message: changedByOther }
  }

  /**
   * Raises the number of a revision that was accepted before, and is again. Not by a patch: the API server would write the data
   * anew, with `>` as \u003e for example, compare the bytes, and refuse the patch because data is immutable.
   */
  async function raise(accepted: Accepted, name: string, number: number): Promise<NotKept | undefined> {
    const path = pathFor(accepted.object)
    try {
      const object = await findByName(api, path, name, { signal })
      if (!object) return takeOver(accepted, name, number)
      const body = { ...object, apiVersion: 'apps/v1', kind: 'ControllerRevision', revision: number }
      const answer = await api.request('PUT', `${path}/${name}`, { body, signal })
      if (!answer.ok) return failed(answer)
      hold(answer.body, profileId(accepted.object))
      return undefined
    } catch (error) {
      return { message: describeError(error) }
    }
  }

  async function takeOver(
    { object: profile, revision }: Accepted,
    name: string,
    number: number,
  ): Promise<NotKept | undefined> {
    let object: JsonObject | undefined
    try {
      object = await findByName(api, pathFor(profile), name, { signal })
    } catch (error) {
      return { message: describeError(error) }
    }
    if (object && hold(object, profileId(profile))) return keep({ object: profile, revision })
    if (object && !isOf(profile, object)) return { message: takenBy(object), isTaken: true }
    if (object) {
      const { uid, resourceVersion } = metadataOf(object)
      const body = { preconditions: { uid, resourceVersion } }
      const answer = await api.request('DELETE', `${pathFor(profile)}/${name}`, { body, signal })
      if (!answer.ok && answer.status !== 404) return failed(answer)
    }
    const again = await create(profile, number)
    return again && failed(again)
  }

  async function keep(accepted: Accepted): Promise<NotKept | undefined> {
    const { object: profile, revision } = accepted
    const kept = revisions.of(profileId(profile))
    if (isDone(accepted, kept)) return undefined
    const number = (kept.all()[0]?.number ?? 0) + 1
    const name = revisionName(String(metadataOf(profile)['name']), revision)
    if (kept.find(revision)) return raise(accepted, name, number)
    const answer = await create(profile, number)
    if (!answer) return undefined
    return answer.reason === 'AlreadyExists' ? takeOver(accepted, name, number) : failed(answer)
  }

  function pathFor(profile: JsonObject): string {
    return `/apis/apps/v1/namespaces/${revisionNamespace(profile, home)}/controllerrevisions`
  }

  return {
    /** Whether the current spec of a profile is kept as its newest revision. */
    isKept: (accepted: Accepted) => isDone(accepted, revisions.of(profileId(accepted.object))),
    /** Keeps the current spec of a profile. Returns why it could not; another attempt may succeed. */
    keep,
  }
}

/** An earlier revision counts as the newest one only when it is accepted again. */
function isDone({ object, revision }: Accepted, kept: Kept): boolean {
  if (!kept.find(revision)) return false
  return lastAcceptedIn(object)?.revision === revision || kept.all()[0]?.revision === revision
}

/** Whether a ControllerRevision is of this profile, or of an earlier one of its kind and name, which is deleted. */
function isOf(profile: JsonObject, object: JsonObject): boolean {
  const owner = ownerOf(object)
  const { name } = metadataOf(profile)
  return (
    owner?.['apiVersion'] === apiVersion &&
    owner['kind'] === kindOf(profile) &&
    owner['name'] === name &&
    member(metadataOf(object)['labels'], profileLabel) === name
  )
}

const changedByOther =
  'the ControllerRevision was stored in another form than it was sent: does a webhook change ControllerRevisions?'

function takenBy(object: JsonObject): string {
  const { kind, name } = ownerOf(object) ?? {}
  const { namespace, name: own } = metadataOf(object)
  const owner = kind === undefined ? 'no controller' : `the ${kind} ${name}`
  return `the ControllerRevision ${own} in the namespace ${namespace} belongs to ${owner}, not to this profile: delete it, so that Pillion can keep this revision`
}

function failed(answer: FailedResponse): NotKept {
  const isEarly = answer.message.includes('ValidatingAdmissionPolicy')
  return { message: describeFailure(answer), afterMs: answer.retryAfterMs, isEarly }
}
