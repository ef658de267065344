import { limits } from '../../limits/limits.ts'
import { listNames, nearest } from '../../problems/nearest.ts'
import { truncate } from '../../problems/truncate.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import type { Profile } from '../../profile/profile.ts'
import type { LabelSelector } from '../../profile/schema/core-schema.ts'
import type { Cluster, Subject } from '../decision.ts'
import { annotation, type Strings } from '../pod.ts'
import { type Because, because, limitExceeded, type Refusal, refusal } from '../reason.ts'

/** Which profiles a Pod gets, in the order it asked for them, or why it gets none of them. */
export type Selection =
  | { readonly skipped: Because }
  | { readonly profiles: readonly Profile[]; readonly refused: readonly Refusal[] }

/**
 * The first that speaks decides: the Pod's own annotation, then what is asked on its behalf, then its
 * namespace's annotation, then the profiles' `autoInject`. A Pod for which the API server does not call Pillion gets no profile.
 */
export function select(subject: Subject, profiles: Profiles, cluster: Cluster): Selection {
  const selection = selectCalled(subject, profiles, cluster)
  if (subject.notCalled === undefined || 'skipped' in selection) return selection
  return { skipped: because('NotCalled', subject.notCalled) }
}

function selectCalled(subject: Subject, profiles: Profiles, cluster: Cluster): Selection {
  for (const check of [isNotCreated, isMirrorPod, isExcluded]) {
    const skipped = check(subject, cluster)
    if (skipped) return { skipped }
  }
  const request = requestOf(subject)
  if (!request) return automatic(subject, profiles)
  // Beyond the limit it is denied, unread: it may be as long as a request.
  if (request.value.length > limits.annotationLength)
    return exceeded(
      `${request.by} has ${request.value.length} characters in the annotation ${annotation.inject}; the limit is ${limits.annotationLength}`,
    )
  const names = [...new Set(request.value.split(',').map(name => name.trim()))].filter(name => name !== '')
  if (names.length === 0)
    return {
      skipped: because(
        'NotRequested',
        `${request.by} asks for nothing: its annotation ${annotation.inject} is empty`,
      ),
    }
  if (names.length === 1 && names[0] === 'none') return { skipped: because('OptedOut', request.by) }
  return named(names, request, subject, profiles)
}

type Check = (subject: Subject, cluster: Cluster) => Because | undefined

const isNotCreated: Check = ({ operation, subResource }) =>
  operation === 'CREATE' && !subResource ? undefined : because('NotCreated')

// https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/
const isMirrorPod: Check = ({ pod }) =>
  Object.hasOwn(pod.metadata?.annotations ?? {}, 'kubernetes.io/config.mirror')
    ? because('MirrorPod')
    : undefined

const isExcluded: Check = ({ namespace }, { excludedNamespaces }) =>
  excludedNamespaces.has(namespace.name) ? because('ExcludedNamespace', namespace.name) : undefined

/** The namespaces whose Pods are never changed, besides Pillion's own, unless an admin says otherwise. */
export const excludedByDefault: readonly string[] = ['kube-system', 'kube-node-lease']

/** The value of an annotation that asks for profiles, and whether it is of the Pod or of its namespace. */
export interface Request {
  readonly value: string
  readonly from: 'pod' | 'command' | 'namespace'
  /** Who asks, as the subject of a sentence. */
  readonly by: string
}

/** The annotation that decides for a Pod; undefined if only `autoInject` can select a profile. */
export function requestOf({
  pod,
  requested,
  namespace,
}: Pick<Subject, 'pod' | 'requested' | 'namespace'>): Request | undefined {
  const own = pod.metadata?.annotations?.[annotation.inject]
  if (own !== undefined) return { value: own, from: 'pod', by: 'the Pod' }
  if (requested !== undefined)
    return { value: requested, from: 'command', by: 'the request on behalf of the Pod' }
  const inherited = namespace.annotations[annotation.inject]
  if (inherited === undefined) return undefined
  return { value: inherited, from: 'namespace', by: `namespace ${namespace.name}` }
}

function named(
  names: readonly string[],
  { by, from }: Request,
  { namespace }: Subject,
  profiles: Profiles,
): Selection {
  if (names.length > limits.requestedProfiles)
    return exceeded(
      `${by} names ${names.length} profiles in ${annotation.inject}; the limit is ${limits.requestedProfiles}`,
    )
  const selected: Profile[] = []
  const refused: Refusal[] = []
  let known: readonly string[] | undefined
  let hints: number = limits.hints
  let isListed = false
  for (const name of names) {
    const profile = profiles.find(name, namespace.name)
    if (!profile) {
      known ??= profiles.namesIn(namespace.name)
      const { message, meant } = unknownProfile(name, { by, from }, hints-- > 0, known, !isListed)
      isListed ||= name !== 'none'
      const of = from === 'namespace' ? from : 'pod'
      const cause = { key: annotation.inject, of, ...(meant !== undefined && { meant }) } as const
      refused.push({ name, outcome: 'denied', ...because('UnknownProfile', message), cause })
    } else if (!isUsableIn(profile, namespace.labels)) {
      refused.push(refusal(profile, 'skipped', because('NotUsableInNamespace', namespace.name)))
    } else selected.push(profile)
  }
  return { profiles: selected, refused }
}

function exceeded(message: string): Selection {
  return { profiles: [], refused: [limitExceeded(message)] }
}

const nobodyAsks = `nothing asks for a profile: no annotation ${annotation.inject} on the Pod or its namespace`

function automatic({ pod, namespace }: Subject, profiles: Profiles): Selection {
  const selected = profiles.all.filter(profile => {
    if (!profile.autoInject || (profile.namespace ?? namespace.name) !== namespace.name) return false
    const { podSelector = {}, namespaceSelector = {} } = profile.autoInject
    return (
      isUsableIn(profile, namespace.labels) &&
      matchesLabels(podSelector, pod.metadata?.labels ?? {}) &&
      matchesLabels(namespaceSelector, namespace.labels)
    )
  })
  if (selected.length === 0) return { skipped: because('NotRequested', nobodyAsks) }
  if (selected.length > limits.requestedProfiles)
    return exceeded(
      `${selected.length} profiles select the Pod by autoInject; the limit is ${limits.requestedProfiles}`,
    )
  return { profiles: selected.sort((a, b) => (a.name < b.name ? -1 : 1)), refused: [] }
}

/** Whether the labels of a namespace match a profile's `usableIn`. */
export function isUsableIn({ usableIn }: Profile, labels: Subject['namespace']['labels']): boolean {
  return !usableIn || matchesLabels(usableIn.namespaceSelector, labels)
}

function unknownProfile(
  name: string,
  { by, from }: Pick<Request, 'by' | 'from'>,
  hasHint: boolean,
  known: readonly string[],
  withList: boolean,
): Hint {
  // Without it, the others stay.
  if (name === 'none')
    return { message: `${by} asks for "none" beside others; "none" stands alone`, meant: '' }
  const { message: hint, meant } = hasHint ? hintFor(name, from, known) : {}
  const all = known.length > 0 ? `available: ${listNames(known)}` : 'there are no profiles'
  const said = `${by} asks for an unknown profile ${JSON.stringify(listNames([name]))}`
  const withHint = hint === undefined ? said : `${said}; ${hint}`
  const message = withList ? `${withHint}${hint?.endsWith('?') ? '' : ';'} ${all}` : withHint
  return { message, ...(meant !== undefined && { meant }) }
}

function hintFor(name: string, from: Request['from'], known: readonly string[]): Partial<Hint> {
  const right = rightWords(name, from === 'namespace', known)
  if (right !== undefined) return right
  const meant = nearest(name, known)
  return meant === undefined ? {} : { message: `did you mean ${JSON.stringify(meant)}?`, meant }
}

/** A sentence, and what to write instead of an entry. */
interface Hint {
  readonly message: string
  readonly meant?: string
}

/**
 * Whether labels match a selector: all of its parts must; an empty one matches everything.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function matchesLabels(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Strings,
): boolean {
  const has = (key: string) => Object.hasOwn(labels, key)
  return (
    Object.entries(matchLabels).every(([key, value]) => has(key) && labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const isIn = has(key) && values.includes(labels[key]!)
      if (operator === 'In') return isIn
      if (operator === 'NotIn') return !isIn
      return operator === 'Exists' ? has(key) : operator === 'DoesNotExist' && !has(key)
    })
  )
}

/** Whether a selector looks at the label of a key. */
export function mentionsLabel(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector = {},
  key: string,
): boolean {
  return Object.hasOwn(matchLabels, key) || matchExpressions.some(each => each.key === key)
}

/**
 * What to write instead of an entry that names no profile: names with separators other than commas, or a word such as
 * `enabled` or `false`, which other injectors use. Undefined if the entry is another mistake.
 */
export function rightWords(
  entry: string,
  isOfNamespace: boolean,
  known: readonly string[],
): Hint | undefined {
  const parts = entry.split(otherSeparators)
  if (parts.length > 1) {
    const meant = parts.filter(part => part !== '').join(', ')
    return {
      message: `commas separate profiles: ${annotation.inject}: ${truncate(meant, longestLine)}`,
      meant,
    }
  }
  const word = entry.toLowerCase()
  if (offWords.has(word)) return { message: `to opt out, write ${annotation.inject}: none`, meant: 'none' }
  if (!onWords.has(word)) return undefined
  if (isOfNamespace)
    return {
      message: `the annotation has names of profiles; the word is for the label ${annotation.inject}=${enabled}`,
    }
  return { message: `write names of profiles, for example ${annotation.inject}: ${known[0] ?? 'NAME'}` }
}

/** The names in an annotation, with the separators that people also try. */
export function namesTried(value: string): readonly string[] {
  return value.split(anySeparator).filter(name => name !== '')
}

/** Whether a value turns injection on without a name of a profile, as in other injectors. */
export function isOnWord(value: string): boolean {
  return onWords.has(value.trim().toLowerCase())
}

/** Whether a value turns injection off, as in other injectors. */
export function isOffWord(value: string): boolean {
  return offWords.has(value.trim().toLowerCase())
}

/** The value of the label of a namespace that opts in. */
export const enabled = 'enabled'

const onWords: ReadonlySet<string> = new Set(['true', 'yes', 'on', 'enabled', 'enable', '1'])
const offWords: ReadonlySet<string> = new Set(['false', 'no', 'off', 'disabled', 'disable', '0'])
const otherSeparators = /[\s;|]+/
const anySeparator = /[\s;|,]+/
const longestLine = 128
