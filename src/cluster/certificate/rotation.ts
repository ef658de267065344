/** A certificate authority, as the policy sees it. Times are in milliseconds since 1970. */
export interface Authority {
  readonly id: string
  readonly issuedAt: number
  readonly expiresAt: number
  /** Whether its key is there. */
  readonly canSign: boolean
}

/** The certificate that is to be served. */
export interface Serving {
  /** The id of its authority. */
  readonly issuer: string
  readonly issuedAt: number
  readonly expiresAt: number
  /** Whether it is for all the names that it should be for. */
  readonly fits: boolean
}

/** What the Secret holds of any use; a serving pair only with an authority in the bundle. */
export interface Held {
  readonly authorities: readonly Authority[]
  readonly serving?: Serving
}

export interface Circumstances {
  /** By the clock of the API server: it is the one that verifies. */
  readonly now: number
  readonly lifetimes: Lifetimes
  /** Whether every `caBundle` has had this authority for long enough. */
  readonly isTrusted: (authority: string) => boolean
}

export interface Lifetimes {
  readonly authorityMs: number
  readonly servingMs: number
}

const dayMs = 24 * 60 * 60_000
export const defaultLifetimes: Lifetimes = { authorityMs: 365 * dayMs, servingMs: 90 * dayMs }

/** One write of the Secret, or none before a time. */
export type Step =
  /** A new authority, and a serving pair from it at once: there is nothing to go on with. */
  | { readonly kind: 'begin' }
  /** A new authority in the bundle, which signs nothing yet. */
  | { readonly kind: 'add' }
  | { readonly kind: 'issue'; readonly from: string }
  | { readonly kind: 'drop'; readonly authorities: readonly string[] }
  | { readonly kind: 'wait'; readonly until: number }

/**
 * What to do next, so that what is served is trusted at all times:
 * - an authority signs only when it is trusted, or when what is served now is from it anyway;
 * - authorities and serving pairs are renewed at two thirds of their life;
 * - a serving certificate does not outlive its authority, so an authority that has expired is dead, and
 *   until then it stays in the bundle.
 */
export function nextStep({ authorities, serving }: Held, circumstances: Circumstances): Step {
  const { now, isTrusted } = circumstances
  const [live, dead] = partition(authorities, ({ expiresAt }) => expiresAt > now)
  const signers = live.filter(({ canSign }) => canSign).sort((a, b) => b.issuedAt - a.issuedAt)
  const [newest] = signers

  if (!serving || serving.expiresAt <= now) {
    // The oldest that still has its key is the one that signed last.
    const from = signers.find(({ id }) => isTrusted(id)) ?? signers.at(-1)
    return from ? { kind: 'issue', from: from.id } : { kind: 'begin' }
  }
  if (dead.length > 0) return { kind: 'drop', authorities: dead.map(({ id }) => id) }
  if (!newest || now >= renewalOf(newest)) return { kind: 'add' }
  if (now >= renewalOf(serving) || !serving.fits) {
    const from = signers.find(({ id }) => isTrusted(id) || id === serving.issuer)
    // Of an authority near its end one certificate after the other would end with it.
    if (from && (!serving.fits || expiryFrom(from, circumstances) > serving.expiresAt)) {
      return { kind: 'issue', from: from.id }
    }
  }
  const times = [
    renewalOf(newest),
    renewalOf(serving),
    serving.expiresAt,
    ...live.map(each => each.expiresAt),
  ]
  return { kind: 'wait', until: Math.min(...times.filter(time => time > now)) }
}

/** When a serving certificate from this authority expires that is issued now. */
export function expiryFrom(
  { expiresAt }: Pick<Authority, 'expiresAt'>,
  { now, lifetimes }: Pick<Circumstances, 'now' | 'lifetimes'>,
): number {
  return Math.min(now + lifetimes.servingMs, expiresAt)
}

/**
 * Whether a replica may replace the pair that it serves with the pair in the Secret. The writer of the Secret waited
 * until its CA was trusted, unless the Secret was lost: then replicas that still have the old pair serve it until the
 * new pair is trusted or the old one has expired.
 */
export function canReplace(
  served: Pick<Serving, 'expiresAt'> | undefined,
  { issuer }: Pick<Serving, 'issuer'>,
  { now, isTrusted }: Pick<Circumstances, 'now' | 'isTrusted'>,
): boolean {
  return !served || served.expiresAt <= now || isTrusted(issuer)
}

function renewalOf({ issuedAt, expiresAt }: Pick<Authority, 'issuedAt' | 'expiresAt'>): number {
  return issuedAt + ((expiresAt - issuedAt) * 2) / 3
}

function partition<T>(items: readonly T[], belongs: (item: T) => boolean): [T[], T[]] {
  return [items.filter(belongs), items.filter(item => !belongs(item))]
}
