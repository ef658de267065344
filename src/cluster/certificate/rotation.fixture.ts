import {
  type Authority,
  type Circumstances,
  canReplace,
  earliestTrusted,
  expiryFrom,
  type Held,
  nextStep,
  type Serving,
  type Step,
} from './rotation.ts'

export const lifetimes = { authorityMs: 360, servingMs: 90 }
export const authority = (id: string, issuedAt: number, rest: Partial<Authority> = {}): Authority => ({
  id,
  issuedAt,
  expiresAt: issuedAt + lifetimes.authorityMs,
  canSign: true,
  ...rest,
})
export const serving = (issuer: string, issuedAt: number, rest: Partial<Serving> = {}): Serving => ({
  issuer,
  issuedAt,
  expiresAt: issuedAt + lifetimes.servingMs,
  fits: true,
  ...rest,
})

/**
 * A cluster with some replicas, in small: a Secret and a configuration, each written only after its
 * last version was read, and an API server that may use any recent version of the configuration.
 */
export class Cluster {
  now = 0
  secret: { version: number; held: Held } = { version: 0, held: { authorities: [] } }
  bundles: { readonly from: number; readonly ids: readonly Authority[] }[] = [{ from: 0, ids: [] }]
  made = 0
  /** The time of the annotation of the Secret. */
  revokedBefore = Number.NEGATIVE_INFINITY
  /** Whether any replica has been trusted since the start, or since a restart after a long pause. */
  isInUse = false

  get bundle() {
    return this.bundles.at(-1) ?? { from: 0, ids: [] }
  }

  /** Whether also an API server trusts it that lags behind as far as it may. */
  trusts(issuer: string): boolean {
    return this.bundles
      .filter((_, i) => (this.bundles[i + 1]?.from ?? Number.POSITIVE_INFINITY) > this.now - propagationMs)
      .every(({ ids }) => ids.some(({ id }) => id === issuer))
  }

  lose(): void {
    this.secret = { version: this.secret.version + 1, held: { authorities: [] } }
  }

  write(step: Step, remembered: readonly Authority[], version: number): void {
    if (version !== this.secret.version || step.kind === 'wait') return
    const { held } = this.secret
    const canGoOn = held.authorities.some(
      ({ id, canSign, expiresAt }) => canSign && expiresAt > this.now && this.trusts(id),
    )
    if (step.kind !== 'add' && step.kind !== 'drop' && !canGoOn) this.isInUse = false
    const known = new Map(
      [...remembered.map(each => ({ ...each, canSign: false })), ...held.authorities].map(each => [
        each.id,
        each,
      ]),
    )
    const dropped = step.kind === 'drop' ? step.authorities : []
    const live = [...known.values()].filter(
      ({ id, expiresAt }) => expiresAt > this.now && !dropped.includes(id),
    )
    const made = step.kind === 'begin' || step.kind === 'add' ? [authority(`ca${this.made++}`, this.now)] : []
    const from =
      step.kind === 'issue'
        ? live.find(({ id }) => id === step.from)
        : step.kind === 'begin'
          ? made[0]
          : undefined
    const fresh =
      from && serving(from.id, this.now, { expiresAt: expiryFrom(from, { now: this.now, lifetimes }) })
    const next = fresh ?? held.serving
    const signer = [...made, ...live].find(({ id }) => id === next?.issuer)
    const authorities = [...made, ...live].map(each =>
      signer && each.issuedAt < signer.issuedAt ? { ...each, canSign: false } : each,
    )
    this.secret = { version: this.secret.version + 1, held: { authorities, ...(next && { serving: next }) } }
  }
}

export const propagationMs = 5
export const settleMs = 2 * propagationMs

/** A replica: what it knew at its last look, and what it does with that. */
export class Replica {
  version = -1
  held: Held = { authorities: [] }
  remembered = new Map<string, Authority>()
  since = new Map<string, number>()
  bundleSeen: { readonly from: number; readonly ids: readonly Authority[] } | undefined
  served: Serving | undefined
  wasTrusted = false
  readonly #cluster: Cluster

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  readonly isTrusted = (id: string) =>
    this.#cluster.now - (this.since.get(id) ?? Number.POSITIVE_INFINITY) >= propagationMs

  read(): void {
    const { now, secret } = this.#cluster
    this.version = secret.version
    this.held = secret.held
    for (const each of secret.held.authorities) this.remembered.set(each.id, each)
    for (const { id, issuedAt, expiresAt } of this.remembered.values())
      if (expiresAt <= now || issuedAt < this.#trustedFrom()) this.remembered.delete(id)
    const { serving: next } = secret.held
    if (next && next.expiresAt > now && canReplace(this.served, next, { now, isTrusted: this.isTrusted }))
      this.served = next
  }

  act(): void {
    const step = nextStep(this.held, this.#circumstances())
    this.#cluster.write(step, [...this.remembered.values()], this.version)
  }

  observe(): void {
    const { now, bundle } = this.#cluster
    this.bundleSeen = bundle
    for (const { id } of this.remembered.values()) {
      if (!bundle.ids.some(each => each.id === id)) this.since.delete(id)
      else if (!this.since.has(id)) this.since.set(id, now)
    }
  }

  repair(): void {
    const { now, bundle, bundles } = this.#cluster
    if (this.bundleSeen !== bundle) return
    const live = bundle.ids.filter(
      ({ issuedAt, expiresAt }) => expiresAt > now && issuedAt >= this.#trustedFrom(),
    )
    const lacking = [...this.remembered.values()].filter(
      ({ id, expiresAt }) => expiresAt > now && !live.some(each => each.id === id),
    )
    if (live.length === bundle.ids.length && lacking.length === 0) return
    bundles.push({ from: now, ids: [...lacking, ...live] })
  }

  #circumstances(): Circumstances {
    const { now, revokedBefore } = this.#cluster
    return { now, lifetimes, isTrusted: this.isTrusted, revocation: { before: revokedBefore, settleMs } }
  }

  #trustedFrom(): number {
    return earliestTrusted(this.held, this.#circumstances())
  }
}
