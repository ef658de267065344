import { equal, isObject, type Json, member } from '../json/json.ts'
import { limits } from '../limits/limits.ts'
import type { Problem } from '../problems/problem.ts'
import { listProblems } from '../problems/problem-list.ts'
import { type Beyond, beyondQuotaMessage } from '../profile/accept/namespace-quota.ts'
import { nameTaken, type Profiles } from '../profile/accept/profiles.ts'
import { countedBytes } from '../profile/accept/stored-size.ts'
import { orderCycle } from '../profile/order/profile-cycles.ts'
import { excesses } from '../profile/pod-security/level.ts'
import type { Profile } from '../profile/profile.ts'
import { readProfile } from '../profile/read.ts'
import { apiVersion, type Kind, kinds } from '../profile/schema/schema.ts'
import { type EnvelopedRequest, type Operation, open, type Refusal, refuse } from './envelope.ts'
import { shorten } from './facts.ts'
import { type AdmissionReview, enclose } from './respond.ts'
import type { Reviewing } from './review.ts'
import { headerWarnings } from './warnings.ts'

/** What was found about a profile that somebody wants to store. */
export interface ProfileReview {
  readonly outcome: 'allowed' | 'denied'
  /** Denied is only what is `Invalid`, and what `PodSecurity` does not allow in its namespace: the other reasons depend on other profiles, which come and go. */
  readonly reason: ProfileReviewReason
  /** For its author: all that is wrong, each with its field path. Empty when nothing is. */
  readonly message: string
}

/**
 * `NotReviewed` is what cannot make a profile worse: its deletion, a subresource, and an update that leaves its
 * spec as it is. So that one which was stored by an earlier version can still be labelled and deleted.
 */
export type ProfileReviewReason =
  | 'Valid'
  | 'Invalid'
  | 'PodSecurity'
  | 'NameTaken'
  | 'OrderCycle'
  | 'TooManyProfiles'
  | 'NotReviewed'

/** What a log may say of a profile's review: nothing of what is in it. */
export interface ProfileFacts {
  readonly uid: string
  readonly operation: Operation
  readonly dryRun: boolean
  readonly kind: Kind
  readonly namespace?: string
  readonly name?: string
}

/** What became of a body: an answer, the caller's mistake, or ours. */
export type ProfileReviewed =
  | { readonly facts: ProfileFacts; readonly review: ProfileReview; readonly response: AdmissionReview }
  | { readonly refusal: Refusal }
  | { readonly facts: ProfileFacts; readonly failure: unknown }

/**
 * One admission review of a ClusterSidecarProfile or SidecarProfile, from the parsed body of a request to the
 * body of its answer: denied with everything that is wrong when the profile could never work, allowed with
 * warnings when it is at odds with the profiles in use. Never throws: a `failure` is a bug of ours.
 */
export function reviewProfile(
  body: unknown,
  { profiles: among, namespaceOf }: Pick<Reviewing, 'profiles' | 'namespaceOf'>,
  perNamespace: number = limits.profilesPerNamespace,
): ProfileReviewed {
  const opened = open(body)
  if ('refusal' in opened) return opened
  const { request } = opened
  const kind = kindOf(request)
  if (!kind) return refuse(notProfile)
  const facts = factsOf(request, kind)
  try {
    const { review, warnings } = judge(request, among, namespaceOf, perNamespace)
    return { facts, review, response: enclose(responseTo(request.uid, review, warnings)) }
  } catch (failure) {
    return { facts, failure }
  }
}

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
  among: Profiles,
  namespaceOf: Reviewing['namespaceOf'],
  perNamespace: number,
): Judgement {
  const isWritten = (operation === 'CREATE' || operation === 'UPDATE') && !subResource
  if (!isWritten) return notReviewed
  const read = readProfile(named(object ?? null))
  const problems = 'profile' in read ? excessesOf(read.profile, namespaceOf) : read.problems
  if ('profile' in read && problems.length === 0) {
    const beyond = beyondQuotaOf(read.profile, among, perNamespace)
    if (beyond) {
      const message = beyondQuotaMessage(beyond, { count: perNamespace })
      return atOdds('TooManyProfiles', `this profile is not accepted: ${message}`)
    }
    return amongOthers(read.profile, among)
  }
  const message = listProblems(problems)
  const isTheSame = operation === 'UPDATE' && equal(member(object, 'spec'), member(oldObject, 'spec'))
  if (isTheSame) return { ...notReviewed, warnings: [`this profile is not accepted: ${message}`] }
  const reason = 'profile' in read ? 'PodSecurity' : 'Invalid'
  return { review: { outcome: 'denied', reason, message }, warnings: [] }
}

function excessesOf(profile: Profile, namespaceOf: Reviewing['namespaceOf']): readonly Problem[] {
  return profile.namespace === undefined ? [] : excesses(profile, namespaceOf(profile.namespace).labels)
}

const notReviewed: Judgement = {
  review: { outcome: 'allowed', reason: 'NotReviewed', message: '' },
  warnings: [],
}

/** The API server makes a name of `generateName` only after us, of so many characters and five more. */
function named(object: Json): Json {
  const metadata = member(object, 'metadata')
  const generateName = member(metadata, 'generateName')
  if (!isObject(object) || !isObject(metadata) || metadata['name'] || typeof generateName !== 'string')
    return object
  return { ...object, metadata: { ...metadata, name: `${generateName.slice(0, 58)}xxxxx` } }
}

/**
 * Whether a new profile is one too many beside those in use, or too large; the others that are stored may be even more.
 * One that is in use already is older than others, which give way to it, unless it is too large for any namespace.
 */
function beyondQuotaOf(profile: Profile, among: Profiles, perNamespace: number): Beyond | undefined {
  const { name, namespace } = profile
  if (namespace === undefined) return undefined
  const own = among.all.filter(each => each.namespace === namespace)
  const isNew = own.every(each => each.name !== name)
  if (isNew && own.length >= perNamespace) return 'count'
  const before = isNew ? own.reduce((sum, each) => sum + countedBytes(each), 0) : 0
  return before + countedBytes(profile) > limits.namespaceProfileBytes ? 'bytes' : undefined
}

/** What is wrong by itself is out of the way here. */
function amongOthers(profile: Profile, among: Profiles): Judgement {
  const namesakes = among.all.filter(({ name }) => name === profile.name)
  if (profile.namespace !== undefined) {
    const owner = namesakes.find(({ namespace }) => namespace === undefined)
    if (owner) return atOdds('NameTaken', `this profile is not accepted: ${listProblems([nameTaken(owner)])}`)
  }
  const losers = profile.namespace === undefined ? namesakes.flatMap(({ namespace }) => namespace ?? []) : []
  const lost = losers.length > 0 ? [nameLost(profile.name, losers)] : []
  const cycle = orderCycle(profile, among)
  if (cycle) {
    const { review, warnings } = atOdds('OrderCycle', cycleMessage(cycle))
    return { review, warnings: [...warnings, ...lost] }
  }
  return { review: { outcome: 'allowed', reason: 'Valid', message: '' }, warnings: lost }
}

function atOdds(reason: ProfileReviewReason, message: string): Judgement {
  return { review: { outcome: 'allowed', reason, message }, warnings: [message] }
}

function cycleMessage(cycle: readonly string[]): string {
  return `this profile is not accepted: spec.order: makes a cycle with other profiles: ${cycle.join(' before ')}`
}

function nameLost(name: string, namespaces: readonly string[]): string {
  const [shown, rest] = [namespaces.slice(0, maxNamed), namespaces.length - maxNamed]
  const where = `${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
  return `the SidecarProfile ${JSON.stringify(name)} of ${where} is no longer in use: a ClusterSidecarProfile takes its name`
}

// A warning has 256 characters, and a namespace's name up to 63.
const maxNamed = 2

function responseTo(uid: string, review: ProfileReview, warnings: readonly string[]) {
  const { outcome, reason, message } = review
  const kept = headerWarnings(warnings)
  return {
    uid,
    allowed: outcome === 'allowed',
    // As the API server itself says that an object is not valid.
    ...(outcome === 'denied' && {
      status: {
        status: 'Failure',
        code: 422,
        reason: 'Invalid',
        message: `the profile is not valid:${message.includes('\n') ? '\n' : ' '}${message}`,
      } as const,
    }),
    ...(kept.length > 0 && { warnings: kept }),
    auditAnnotations: { outcome, reason },
  }
}

function factsOf(request: EnvelopedRequest, kind: Kind): ProfileFacts {
  const { uid, operation, dryRun = false, namespace, object } = request
  const name = request['name'] || member(member(object, 'metadata'), 'name')
  return {
    uid: shorten(uid),
    operation,
    dryRun,
    kind,
    ...(namespace && { namespace: shorten(namespace) }),
    ...(typeof name === 'string' && name !== '' && { name: shorten(name) }),
  }
}
