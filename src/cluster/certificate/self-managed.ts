import { truncate } from '../../problems/truncate.ts'
import type { Api } from '../api/api.ts'
import { type RetryOptions, retry } from '../api/backoff.ts'
import { startInformer } from '../api/informer.ts'
import { WakeSignal } from '../api/wake-signal.ts'
import { keepCaBundles } from './ca-bundle.ts'
import {
  type Contents,
  contentsOf,
  dataOf,
  type StoredAuthority,
  type StoredServing,
} from './certificate-contents.ts'
import { certificateSecret, type Found, revocation, secretsPath } from './certificate-secret.ts'
import { issuing } from './issuer.ts'
import {
  canReplace,
  defaultLifetimes,
  earliestTrusted,
  isRevoked,
  type Lifetimes,
  nextStep,
} from './rotation.ts'
import { durationOf, serverClock } from './server-clock.ts'

export type KeptCertificate = ReturnType<typeof reconcileCertificate>

export interface ReconcileCertificateOptions extends RetryOptions {
  /** The namespace of the Service and the Secret. */
  readonly namespace: string
  /** The name of the Service and of the webhook configurations; the Secret is `NAME-tls`. */
  readonly name: string
  /** In addition to the names of the Service. */
  readonly dnsNames?: readonly string[]
  readonly ipAddresses?: readonly string[]
  /** Called with each new pair to serve, in PEM. */
  readonly renewed: (pair: { readonly cert: Buffer; readonly key: Buffer; readonly expiresAt: Date }) => void
  /** Called once with each problem that an admin must solve. */
  readonly refused: (problem: string) => void
  /** Called when the API server no longer calls this installation. */
  readonly disconnected?: (problem: string) => void
  readonly lifetimes?: Lifetimes
  /** How long every `caBundle` must have had a new CA before the API server surely uses it. */
  readonly propagationMs?: number
  /** The clock of this process. */
  readonly now?: () => number
}

/**
 * Reconciles the serving certificate in the cluster until the signal aborts. Every replica does so, without a leader: each
 * takes the step that is due, and the Secret's resourceVersion lets only one write succeed. Never gives up; meanwhile the
 * current certificate is served.
 */
export function reconcileCertificate(api: Api, options: ReconcileCertificateOptions) {
  const { namespace, name, renewed, refused, failed, signal } = options
  const { lifetimes = defaultLifetimes, propagationMs = 10_000 } = options
  const service = `${name}.${namespace}.svc`
  const names = {
    dnsNames: [service, `${service}.cluster.local`, ...(options.dnsNames ?? [])],
    ipAddresses: options.ipAddresses ?? [],
  }
  const clock = serverClock(options.now)
  const { now } = clock
  const wakeSignal = new WakeSignal()
  const wake = () => wakeSignal.wake()
  const secretName = `${name}-tls`
  const secret = certificateSecret(api, { namespace, name: secretName, signal })
  const wereConfigured = new Set<string>()
  const bundles = keepCaBundles(api, {
    ...options,
    now,
    changed() {
      lookAtConfigurations()
      wake()
    },
  })
  const isTrusted = (id: string) => (bundles.trustedForMs(id) ?? -1) >= propagationMs
  const take = issuing({ ...options, names, lifetimes, now })
  // A lost Secret had these CAs: other replicas may still serve what they signed.
  const remembered = new Map<string, StoredAuthority>()
  let revokedBefore = Number.NEGATIVE_INFINITY
  let served: StoredServing | undefined
  let hasBeenTrusted = false
  const said = new Map<string, string | undefined>()

  /** Before its first appearance a configuration may not be created yet. */
  function lookAtConfigurations(): void {
    for (const [kind, isOurs] of bundles.configured()) {
      if (isOurs) wereConfigured.add(kind)
      else if (wereConfigured.delete(kind)) {
        options.disconnected?.(`the ${kind} ${name} does not exist, or calls another Service than ${service}`)
      }
    }
  }

  /** Reports a problem when it appears, and again when it changes. */
  function say(topic: string, problem: string | undefined, to: (problem: string) => void): void {
    if (problem !== undefined && said.get(topic) !== problem) to(problem)
    said.set(topic, problem)
  }

  /** Takes a step if one is due. Returns how long to wait then. */
  async function look(): Promise<number> {
    const askedAt = (options.now ?? Date.now)()
    const { found, date } = await secret.read()
    if (date) clock.set(date, askedAt)
    say('clock', clock.problem(), refused)
    say('secret', found.kind === 'foreign' ? found.problem : undefined, refused)
    if (found.kind === 'foreign') return lookAgainMs
    const isEmpty = found.kind === 'absent' || Object.values(found.data).every(text => text === '')
    const contents: Contents = isEmpty ? { authorities: [] } : contentsOf(found.data, names)
    const lost = `the Secret ${namespace}/${secretName} cannot be used: ${contents.problem}; it gets a new certificate`
    say('contents', contents.problem && lost, failed)
    const futureMs = readRevocation(found)
    const circumstances = {
      now: now(),
      lifetimes,
      isTrusted,
      revocation: { before: revokedBefore, settleMs: 2 * propagationMs },
    }
    const trustedFrom = earliestTrusted(contents, circumstances)
    remember(contents.authorities, trustedFrom)
    bundles.trust([...remembered.values()], trustedFrom)
    if (contents.serving) serve(contents.serving)

    const step = nextStep(contents, circumstances)
    if (step.kind === 'wait')
      return Math.min(step.until - now(), untilTrustMs(contents), futureMs, lookAgainMs)
    const outcome = await secret.write(dataOf(await take(step, contents, [...remembered.values()])), found)
    return outcome === 'written' ? 0 : overtakenMs
  }

  /**
   * Takes the time of a revocation from the Secret, and keeps it if the Secret is lost. A time in the future counts from
   * that time on; returns how long to wait for it.
   */
  function readRevocation(found: Found): number {
    const text = found.kind === 'ours' ? found.revokedBefore : undefined
    const before = text === undefined ? Number.NEGATIVE_INFINITY : Date.parse(text)
    const unread = `the annotation ${revocation} of the Secret ${namespace}/${secretName} is not a time such as 2026-01-31T12:00:00Z, and nothing is revoked: ${JSON.stringify(truncate(text ?? '', 64))}`
    say('revocation', Number.isNaN(before) ? unread : undefined, refused)
    if (before <= now()) revokedBefore = Math.max(revokedBefore, before)
    return before > now() ? before - now() : Number.POSITIVE_INFINITY
  }

  function remember(authorities: readonly StoredAuthority[], trustedFrom: number): void {
    for (const authority of authorities) remembered.set(authority.id, authority)
    for (const authority of remembered.values())
      if (authority.expiresAt <= now() || isRevoked(authority, trustedFrom, now()))
        remembered.delete(authority.id)
  }

  function serve(serving: StoredServing): void {
    if (serving.cert === served?.cert || serving.expiresAt <= now()) return
    if (!canReplace(served, serving, { now: now(), isTrusted })) return
    const earlyMs = serving.notBefore - now()
    const early = `the certificate is valid only in ${durationOf(earlyMs)}: the clock of its issuer is ahead`
    say('validity', earlyMs > 0 ? early : undefined, refused)
    served = serving
    const [cert, key] = [Buffer.from(serving.cert), Buffer.from(serving.key)]
    renewed({ cert, key, expiresAt: new Date(serving.expiresAt) })
  }

  /** Until the next CA has been in every `caBundle` for long enough. */
  function untilTrustMs({ authorities }: Contents): number {
    const waits = authorities.map(({ id }) => propagationMs - (bundles.trustedForMs(id) ?? -Infinity))
    return Math.min(...waits.filter(ms => ms > 0))
  }

  startInformer(api, {
    ...options,
    path: secretsPath(namespace),
    kind: 'Secret',
    fieldSelector: `metadata.name=${secretName}`,
    metadataOnly: true,
    keep: () => undefined,
    changed: wake,
  })
  void retry(`${secretsPath(namespace)}/${secretName}`, options, async () =>
    wakeSignal.wait(await look(), signal),
  )

  const servedIsTrusted = () => served !== undefined && bundles.trustedForMs(served.issuer) !== undefined
  return {
    /** Whether every webhook configuration of Pillion trusts the served certificate. */
    isTrusted: servedIsTrusted,
    /** By kind of webhook configuration, whether it exists and calls this installation; empty while this is not known. */
    configured: bundles.configured,
    /**
     * Why a request to this replica would fail: its certificate has expired, or was never trusted. A certificate that is
     * no longer trusted is not a reason, because no other replica would have a better one.
     */
    readiness(): string | undefined {
      hasBeenTrusted ||= servedIsTrusted()
      if (served && served.expiresAt <= now()) return 'the certificate has expired'
      if (hasBeenTrusted) return undefined
      if (!served) return `the Secret ${namespace}/${secretName} has no certificate yet`
      if (!bundles.isComplete()) return `the webhook configurations ${name} are not read yet`
      return `a caBundle of the webhook configurations ${name} does not trust the certificate yet`
    },
  }
}

// An event of a watch may be lost; the clock may be set.
const lookAgainMs = 10 * 60_000
const overtakenMs = 50
