import type { Profile } from '../profile/profile.ts'

/**
 * Why a Pod, or one profile of it, got what it got. Closed: metrics, docs and `explain` enumerate it.
 * Each gives the sentence for a person; its arguments say what it is about.
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
  UnknownParameter: (what: string) => what,
  InvalidParameter: (what: string) => what,
  Conflict: (what: string) => what,
  OrderCycle: (what: string) => what,
  LimitExceeded: (what: string) => what,
  PodSecurity: (what: string) => what,

  InternalError: (what: string) => what,
} as const satisfies Record<string, (...about: string[]) => string>

export type Reason = keyof typeof sentences

/** Where the rest stands: what the reason means, and what to do. */
export function whereToRead(reason: Reason): string {
  return `what to do: pillion reasons ${reason}`
}

/** A message that denies, and where the rest stands: behind one line, on a line of its own below several. */
export function withMore({ reason, message }: Because): string {
  const more = whereToRead(reason)
  return message.includes('\n') ? `${message}\n${more}` : `${message} (${more})`
}

/** A reason and the sentence that says it of one Pod or profile. */
export interface Because {
  readonly reason: Reason
  readonly message: string
}

export function because<R extends Reason>(reason: R, ...about: Parameters<(typeof sentences)[R]>): Because {
  return { reason, message: (sentences[reason] as (...about: string[]) => string)(...about) }
}

/** One profile a Pod does not get, and whether that denies the Pod or passes the profile over. */
export interface Refusal extends Because {
  readonly profile?: Profile
  readonly name: string
  readonly outcome: 'denied' | 'skipped'
}

/** One profile that a Pod does not get, for this reason. */
export function refusal(profile: Profile, outcome: Refusal['outcome'], why: Because): Refusal {
  return { name: profile.name, profile, outcome, ...why }
}

/** The Pod is denied, because it or what it gets of a profile is beyond a limit. */
export function limitExceeded(message: string, profile?: Profile): Refusal {
  const why = because('LimitExceeded', message)
  return profile ? refusal(profile, 'denied', why) : { name: '', outcome: 'denied', ...why }
}
