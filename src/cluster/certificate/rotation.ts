/** A certificate authority (CA). Times are in milliseconds since 1970. */
export interface Authority {
  readonly id: string
  readonly issuedAt: number
  readonly expiresAt: number
  /** Whether its key is known. */
  readonly canSign: boolean
}

/** The certificate to serve. */
export interface Serving {
  /** The id of its CA. */
  readonly issuer: string
  readonly issuedAt: number
  readonly expiresAt: number
  /** Whether it has all the names that it needs. */
  readonly fits: boolean
}

/** What the Secret holds; a serving pair only if its CA is there, too. */
export interface Held {
  readonly authorities: readonly Authority[]
  readonly serving?: Serving
}

export interface Circumstances {
  /** By the clock of the API server, which verifies. */
  readonly now: number
  readonly lifetimes: Lifetimes
  /** Whether every `caBundle` has had this CA for long enough. */
  readonly isTrusted: (authority: string) => boolean
  readonly revocation?: Revocation
}

/**
 * The CAs that were issued before a certain time are revoked, because their keys may have leaked. CAs that claim to be issued
 * in the future are revoked, too: a thief could have made one that outlasts the revocation.
 */
export interface Revocation {
  /** -Infinity if there was none. */
  readonly before: number
  /** Time for every replica to start to use a certificate that was issued after the revocation. The CAs stay trusted meanwhile. */
  readonly settleMs: number
}

export interface Lifetimes {
  readonly authorityMs: number
  readonly servingMs: number
}

const dayMs = 24 * 60 * 60_000
export const defaultLifetimes: Lifetimes = { authorityMs: 365 * dayMs, servingMs: 90 * dayMs }

/** The next write of the Secret, or the time to wait for. */
export type Step =
  /** A new CA, and a serving pair from it at once: nothing in the Secret can be used. */
  | { readonly kind: 'begin' }
  /** A new CA, which signs nothing yet. */
  | { readonly kind: 'add' }
  | { readonly kind: 'issue'; readonly from: string }
  | { readonly kind: 'drop'; readonly authorities: readonly string[] }
  | { readonly kind: 'wait'; readonly until: number }

/**
 * What to do next, so that the served certificate is trusted at all times:
 * - a CA signs only when it is trusted, or has signed the served certificate;
 * - CAs and serving pairs are renewed at two thirds of their life;
 * - a serving certificate does not outlive its CA, and the CA stays in the bundle until it expires;
 * - a revoked CA signs nothing more, and stays in the bundle until all replicas serve a certificate of another CA.
 */
export function nextStep(held: Held, circumstances: Circumstances): Step {
  const { authorities, serving } = held
  const { now, isTrusted, revocation } = circumstances
  const revokedBefore = revocation?.before ?? Number.NEGATIVE_INFINITY
  const trustedFrom = earliestTrusted(held, circumstances)
  const isDead = (authority: Authority) =>
    authority.expiresAt <= now || isRevoked(authority, trustedFrom, now)
  const live = authorities.filter(each => !isDead(each))
  const dead = authorities.filter(isDead)
  const signers = live
    .filter(authority => authority.canSign && !isRevoked(authority, revokedBefore, now))
    .sort((a, b) => b.issuedAt - a.issuedAt)
  const [newest] = signers

  if (!serving || serving.expiresAt <= now) {
    // The oldest CA that still has its key signed last.
    const from = signers.find(({ id }) => isTrusted(id)) ?? signers.at(-1)
    return from ? { kind: 'issue', from: from.id } : { kind: 'begin' }
  }
  if (dead.length > 0) return { kind: 'drop', authorities: dead.map(({ id }) => id) }
  if (!newest || now >= renewalOf(newest)) return { kind: 'add' }
  const isUnfit = !serving.fits || servesRevoked(held, revokedBefore, now)
  if (now >= renewalOf(serving) || isUnfit) {
    const from = signers.find(({ id }) => isTrusted(id) || id === serving.issuer)
    // A CA near its end would have to issue one short certificate after the other.
    if (from && (isUnfit || expiryFrom(from, circumstances) > serving.expiresAt)) {
      return { kind: 'issue', from: from.id }
    }
  }
  const times = [
    renewalOf(newest),
    renewalOf(serving),
    serving.expiresAt,
    serving.issuedAt + (revocation?.settleMs ?? 0),
    ...live.map(each => each.expiresAt),
  ]
  return { kind: 'wait', until: Math.min(...times.filter(time => time > now)) }
}

/**
 * The time before which no trusted CA may have been issued. It is the time of the revocation, as soon as all replicas had
 * time to use a certificate of a CA that is not revoked.
 */
export function earliestTrusted(
  held: Held,
  { now, revocation }: Pick<Circumstances, 'now' | 'revocation'>,
): number {
  const { serving } = held
  if (!revocation || !serving || servesRevoked(held, revocation.before, now)) return Number.NEGATIVE_INFINITY
  return now >= serving.issuedAt + revocation.settleMs ? revocation.before : Number.NEGATIVE_INFINITY
}

/** Whether a CA is revoked by a revocation of all before a time. */
export function isRevoked({ issuedAt }: Pick<Authority, 'issuedAt'>, before: number, now: number): boolean {
  return issuedAt < before || (Number.isFinite(before) && issuedAt > now + aheadMs)
}

/** By how much the clock by which a CA was issued may be ahead. */
export const aheadMs = 60_000

/** Whether the CA of the certificate to serve is revoked. */
function servesRevoked({ authorities, serving }: Held, before: number, now: number): boolean {
  return authorities.some(each => each.id === serving?.issuer && isRevoked(each, before, now))
}

/** When a serving certificate expires that this CA issues now. */
export function expiryFrom(from: Expiring, { now, lifetimes }: Omit<Circumstances, 'isTrusted'>): number {
  return Math.min(now + lifetimes.servingMs, from.expiresAt)
}

type Expiring = Pick<Authority, 'expiresAt'>

/**
 * Whether a replica may replace the pair that it serves with the pair in the Secret. The writer of the Secret waited
 * until its CA was trusted, unless the Secret was lost: then replicas that still have the old pair serve it until the
 * new pair is trusted or the old one has expired.
 */
export function canReplace(
  served: Expiring | undefined,
  { issuer }: Pick<Serving, 'issuer'>,
  { now, isTrusted }: Pick<Circumstances, 'now' | 'isTrusted'>,
): boolean {
  return !served || served.expiresAt <= now || isTrusted(issuer)
}

function renewalOf({ issuedAt, expiresAt }: Pick<Authority, 'issuedAt' | 'expiresAt'>): number {
  return issuedAt + ((expiresAt - issuedAt) * 2) / 3
}
