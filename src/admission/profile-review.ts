import { idleAutoInject } from '../engine/mistakes/auto-inject.ts'
import { equal, isObject, type Json, type JsonObject, member, metadataOf } from '../json/json.ts'
import { limits } from '../limits/limits.ts'
import type { Problem } from '../problems/problem.ts'
import { listProblems } from '../problems/problem-list.ts'
import { beyondQuotaMessage, quotaReachedMessage } from '../profile/accept/namespace-quota.ts'
import { nameTaken, type Profiles } from '../profile/accept/profiles.ts'
import { countedBytes } from '../profile/accept/stored-size.ts'
import { describeUsedBy, usedByIn } from '../profile/accept/used-by.ts'
import { cycleProblem, orderCycle } from '../profile/order/profile-cycles.ts'
import { excesses } from '../profile/pod-security/level.ts'
import type { Profile } from '../profile/profile.ts'
import { readProfile } from '../profile/read.ts'
import { apiVersion, type Kind, kinds } from '../profile/schema/schema.ts'
import { badRequest, type EnvelopedRequest, open } from './envelope.ts'
import { type ObjectLogFields, objectLogFields } from './log-fields.ts'
import { type AdmissionReview, enclose, failure } from './respond.ts'
import type { ReviewContext } from './review.ts'
import { catchFailure, type Reviewed } from './reviewed.ts'
import { rolloutObjections, rolloutWarning } from './rollout-review.ts'
import { headerWarnings } from './warnings.ts'

/** The result for a profile that a user wants to store. */
export interface ProfileReview {
  readonly outcome: 'allowed' | 'denied'
  /**
   * `Invalid` and `PodSecurity` deny, and `TooManyProfiles` denies a new profile, as a ResourceQuota does. The other
   * reasons depend on other profiles, which may change at any time, so they only warn.
   * `InUse` is the deletion of a profile that Pods have. `NotReviewed` is any other request that cannot make a profile worse:
   * a deletion, a subresource, or an update with the same spec. So users can still label and delete a profile that an
   * earlier version of Pillion accepted.
   */
  readonly reason:
    | 'Valid'
    | 'Invalid'
    | 'PodSecurity'
    | 'NameTaken'
    | 'OrderCycle'
    | 'TooManyProfiles'
    | 'InUse'
    | 'NotReviewed'
  /** For the author: all problems, each with its field path; empty when there are none. */
  readonly message: string
}

export interface ProfileLogFields extends ObjectLogFields {
  readonly kind: Kind
}

interface ProfileAnswer {
  readonly logFields: ProfileLogFields
  readonly review: ProfileReview
  readonly response: AdmissionReview
}

/**
 * Reviews one ClusterSidecarProfile or SidecarProfile: from the parsed body of the request to the body of the answer. A
 * profile that could never work is denied with all its problems. A profile that clashes with those in use is allowed
 * with a warning.
 */
export function reviewProfile(
  body: unknown,
  context: ProfileReviewContext,
  perNamespace: number = limits.profilesPerNamespace,
): Reviewed<ProfileLogFields, ProfileAnswer> {
  const opened = open(body)
  if ('badRequest' in opened) return opened
  const { request } = opened
  const kind = kindOf(request)
  if (!kind) return badRequest(notProfile)
  const logFields = { ...objectLogFields(request), kind }
  return catchFailure(logFields, () => {
    const { review, warnings } = judge(request, context, perNamespace)
    return { logFields, review, response: enclose(responseTo(request.uid, review, warnings)) }
  })
}

/** What a profile is compared with. */
type ProfileReviewContext = Pick<ReviewContext, 'profiles' | 'namespaceOf' | 'namespaces' | 'updatesPods'> &
  Partial<Pick<ReviewContext, 'cluster'>>

const notProfile = `request.kind must be one of ${apiVersion}: ${kinds.join(', ')}; the rules of the webhook configuration must say apiGroups: [pillion.dev], apiVersions: [v1alpha1]`

function kindOf({ kind: asked }: EnvelopedRequest): Kind | undefined {
  if (!isObject(asked) || `${asked['group']}/${asked['version']}` !== apiVersion) return undefined
  return kinds.find(kind => kind === asked['kind'])
}

interface Judgement {
  readonly review: ProfileReview
  readonly warnings: readonly string[]
}

function judge(
  { operation, subResource, object, oldObject }: EnvelopedRequest,
  context: ProfileReviewContext,
  perNamespace: number,
): Judgement {
  const { profiles } = context
  if (operation === 'DELETE' && !subResource) return deletionOf(oldObject)
  const isWritten = (operation === 'CREATE' || operation === 'UPDATE') && !subResource
  if (!isWritten) return notReviewed
  const profile = named(object ?? null)
  const quota = { count: perNamespace }
  // Checked before the profile is compiled: it will not be used, so it must not take CPU time from other namespaces.
  if (isCrowdedOut(profile, profiles, perNamespace)) {
    return operation === 'CREATE'
      ? denied('TooManyProfiles', quotaReachedMessage(quota))
      : // Its labels and finalizers may still change.
        unaccepted('TooManyProfiles', beyondQuotaMessage('count', quota))
  }
  const read = readProfile(profile)
  const isTheSame = operation === 'UPDATE' && equal(member(object, 'spec'), member(oldObject, 'spec'))
  const problems = 'profile' in read ? excessesOf(read.profile, context) : read.problems
  if ('profile' in read && problems.length === 0) {
    // It is accepted nevertheless: each of its Pods says then why it is not updated.
    const objections = isTheSame ? [] : rolloutObjections(read.profile, context)
    if (objections.length > 0) return denied('Invalid', listProblems(objections))
    return isBeyondBytes(read.profile, profiles)
      ? unaccepted('TooManyProfiles', beyondQuotaMessage('bytes', quota))
      : amongOthers(read.profile, context)
  }
  const message = listProblems(problems)
  if (isTheSame) return { ...notReviewed, warnings: [notAccepted(message)] }
  return denied('profile' in read ? 'PodSecurity' : 'Invalid', message)
}

function excessesOf(profile: Profile, { namespaceOf }: ProfileReviewContext): readonly Problem[] {
  return profile.namespace === undefined ? [] : excesses(profile, namespaceOf(profile.namespace).labels)
}

const notReviewed: Judgement = {
  review: { outcome: 'allowed', reason: 'NotReviewed', message: '' },
  warnings: [],
}

/** A deletion is allowed, with a warning if the last sweep found Pods that have the profile. */
function deletionOf(object: Json | undefined): Judgement {
  const users = isObject(object) ? usedByIn(object) : undefined
  if (!users || users.pods === 0) return notReviewed
  const { name } = metadataOf(object as JsonObject)
  const message = `${describeUsedBy(users)} had the profile ${JSON.stringify(name)} at the last sweep. They keep it, but a new Pod that asks for it is denied, so no Pod can replace them`
  return { review: { outcome: 'allowed', reason: 'InUse', message }, warnings: [message] }
}

/** The API server makes the name from `generateName` after the webhooks: its first 58 characters and five random ones. */
function named(object: Json): Json {
  const metadata = member(object, 'metadata')
  const generateName = member(metadata, 'generateName')
  if (!isObject(object) || !isObject(metadata) || metadata['name'] || typeof generateName !== 'string')
    return object
  return { ...object, metadata: { ...metadata, name: `${generateName.slice(0, 58)}xxxxx` } }
}

/**
 * Whether a namespace has as many profiles in use as it may have, without this one (more may be stored). A profile in use
 * keeps its place, because newer ones lose theirs first.
 */
function isCrowdedOut(object: Json, { all }: Profiles, perNamespace: number): boolean {
  const { name, namespace } = isObject(object) ? metadataOf(object) : {}
  const own = all.filter(each => namespace !== undefined && each.namespace === namespace)
  return own.length >= perNamespace && own.every(each => each.name !== name)
}

/** Whether a profile and those in use of its namespace are larger than they may be together. */
function isBeyondBytes(profile: Profile, { all }: Profiles): boolean {
  const { name, namespace } = profile
  if (namespace === undefined) return false
  const own = all.filter(each => each.namespace === namespace)
  const isNew = own.every(each => each.name !== name)
  const before = isNew ? own.reduce((sum, each) => sum + countedBytes(each), 0) : 0
  return before + countedBytes(profile) > limits.namespaceProfileBytes
}

/** Compares a profile that is valid by itself with the profiles in use. */
function amongOthers(
  profile: Profile,
  { profiles: among, namespaces, updatesPods }: ProfileReviewContext,
): Judgement {
  const { name, namespace } = profile
  const namesakes = among.all.filter(each => each.name === name)
  const owner = namesakes.find(each => each.namespace === undefined)
  if (namespace !== undefined && owner) return unaccepted('NameTaken', listProblems([nameTaken(owner)]))
  const losers = namespace === undefined ? namesakes.flatMap(each => each.namespace ?? []) : []
  const lost = losers.length > 0 ? [nameLost(name, losers)] : []
  const cycle = orderCycle(profile, among)
  if (cycle) return unaccepted('OrderCycle', listProblems([cycleProblem(cycle)]), lost)
  const idle = namespaces && idleAutoInject(profile, namespaces())
  const warnings = [...lost, idle, rolloutWarning(profile, updatesPods)].filter(said => said !== undefined)
  return { review: { outcome: 'allowed', reason: 'Valid', message: '' }, warnings }
}

function denied(reason: ProfileReview['reason'], message: string): Judgement {
  return { review: { outcome: 'denied', reason, message }, warnings: [] }
}

function unaccepted(reason: ProfileReview['reason'], why: string, more: readonly string[] = []): Judgement {
  const message = notAccepted(why)
  return { review: { outcome: 'allowed', reason, message }, warnings: [message, ...more] }
}

function notAccepted(why: string): string {
  return `this profile is not accepted: ${why}`
}

function nameLost(name: string, namespaces: readonly string[]): string {
  const rest = namespaces.length - maxNamed
  const where = `${namespaces.slice(0, maxNamed).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
  return `the SidecarProfile ${JSON.stringify(name)} of ${where} is no longer in use: a ClusterSidecarProfile takes its name`
}

// A warning has at most 256 characters, a namespace's name 63.
const maxNamed = 2

function responseTo(uid: string, { outcome, reason, message }: ProfileReview, warnings: readonly string[]) {
  const kept = headerWarnings(warnings)
  return {
    uid,
    allowed: outcome === 'allowed',
    ...(outcome === 'denied' && { status: denial(reason, message) }),
    ...(kept.length > 0 && { warnings: kept }),
    auditAnnotations: { outcome, reason },
  }
}

/** The statuses that the API server itself uses for a quota that is exceeded, and for an object that is not valid. */
function denial(reason: ProfileReview['reason'], message: string) {
  return reason === 'TooManyProfiles'
    ? failure(403, 'Forbidden', 'the profile exceeds the quota', message)
    : failure(422, 'Invalid', 'the profile is not valid', message)
}
