import type { Profile } from '../profile/profile.ts'

/**
 * The reasons for what a Pod, or one of its profiles, got. Closed: metrics, docs and `explain` enumerate them.
 * Each function returns the sentence for a person; the arguments name the objects in the sentence.
 */
export const sentences = {
  Injected: (what: string) => what,
  Unchanged: () => 'Pillion has nothing to add to this Pod',

  NotRequested: (what: string) => what,
  NotCalled: (why: string) => `the API server does not call Pillion for this Pod: ${why}`,
  OptedOut: (subject: string) => `${subject} opts out with "none"`,
  ExcludedNamespace: (namespace: string) => `Pods of namespace ${namespace} are never changed`,
  MirrorPod: () => 'a mirror Pod only reflects a static Pod on its node; the kubelet owns it',
  NotCreated: () => 'only a Pod that is being created can get containers',
  RequirementNotMet: (what: string) => what,
  JobWouldNeverFinish: (policy: string, why: string) =>
    `the Pod runs to completion (restartPolicy ${policy}), and its regular sidecars would keep it running: ${why}`,
  NotUsableInNamespace: (namespace: string) =>
    `the labels of namespace ${namespace} do not match the profile's usableIn`,

  UnknownProfile: (what: string) => what,
  UnknownRevision: (what: string) => what,
  UnknownParameter: (what: string) => what,
  InvalidParameter: (what: string) => what,
  Conflict: (what: string) => what,
  OrderCycle: (what: string) => what,
  LimitExceeded: (what: string) => what,
  PodSecurity: (what: string) => what,

  InternalError: (what: string) => what,
} as const satisfies Record<string, (...about: string[]) => string>

export type Reason = keyof typeof sentences

/** The command that prints what the reason means, and what to do. */
export function whereToRead(reason: Reason): string {
  return `what to do: pillion reasons ${reason}`
}

/** The message of a denial with `whereToRead`: at the end of a single line, or on a line of its own below several lines. */
export function withMore({ reason, message }: Because): string {
  const more = whereToRead(reason)
  return message.includes('\n') ? `${message}\n${more}` : `${message} (${more})`
}

/** A reason, with its sentence about one Pod or profile. */
export interface Because {
  readonly reason: Reason
  readonly message: string
}

export function because<R extends Reason>(reason: R, ...about: Parameters<(typeof sentences)[R]>): Because {
  return { reason, message: (sentences[reason] as (...about: string[]) => string)(...about) }
}

/** The annotation that causes a refusal, and what its author probably meant. */
export interface Cause {
  readonly key: string
  readonly of: 'pod' | 'namespace'
  /** The annotation is not there, and must be. */
  readonly isMissing?: true
  /** The right key. */
  readonly meantKey?: string
  /** The right value, or an example of one that is missing; of the annotation that requests profiles, what to write instead of the name. */
  readonly meant?: string
}

/** One profile that a Pod does not get, and whether this denies the Pod or skips the profile. */
export interface Refusal extends Because {
  readonly profile?: Profile
  readonly name: string
  readonly outcome: 'denied' | 'skipped'
  /** Absent if the request for the profile causes it. */
  readonly cause?: Cause
}

/** One profile that a Pod does not get, for this reason. */
export function refusal(profile: Profile, outcome: Refusal['outcome'], why: Because, cause?: Cause): Refusal {
  return { name: profile.name, profile, outcome, ...why, ...(cause && { cause }) }
}

/** Denies the Pod, because the Pod or what a profile adds to it exceeds a limit. */
export function limitExceeded(message: string, profile?: Profile): Refusal {
  const why = because('LimitExceeded', message)
  return profile ? refusal(profile, 'denied', why) : { name: '', outcome: 'denied', ...why }
}
