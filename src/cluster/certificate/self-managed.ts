import { type Api, describeError } from '../api/api.ts'
import { askedToWait, type Backoff, defaultBackoff, waitAfter } from '../api/backoff.ts'
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
import { certificateSecret, secretsPath } from './certificate-secret.ts'
import { issuing } from './issuer.ts'
import { canReplace, defaultLifetimes, type Lifetimes, nextStep } from './rotation.ts'
import { durationOf, serverClock } from './server-clock.ts'

/** The certificate of the server, kept in the cluster by all replicas together. */
export interface KeptCertificate {
  /** Whether every webhook configuration of ours that there is trusts what is served. */
  isTrusted(): boolean
  /**
   * Why a call of this server would fail, or undefined: it has expired, by the API server's clock, or was never
   * trusted. That it is trusted no more is no reason: no other server would be.
   */
  readiness(): string | undefined
}

export interface ReconcileCertificateOptions {
  /** Where Service and Secret are. */
  readonly namespace: string
  /** Of the Service and of the webhook configurations; the Secret is `NAME-tls`. */
  readonly name: string
  /** Besides those of the Service. */
  readonly dnsNames?: readonly string[]
  readonly ipAddresses?: readonly string[]
  /** Hears of each pair that is to be served from now on, in PEM. */
  readonly renewed: (pair: { readonly cert: Buffer; readonly key: Buffer; readonly expiresAt: Date }) => void
  /** Hears what a person has to put right, once each time. */
  readonly refused: (problem: string) => void
  /** Hears what went wrong and will be tried again. */
  readonly failed: (reason: string) => void
  readonly signal: AbortSignal
  readonly lifetimes?: Lifetimes
  /** How long a new CA has to have been seen in every `caBundle` before the API server surely uses it. */
  readonly propagationMs?: number
  readonly backoff?: Backoff
  /** Our own clock. */
  readonly now?: () => number
}

/**
 * Reconciles the certificate until the signal aborts. Every replica does so, without a leader: each takes the step that
 * is due, and the Secret's resourceVersion lets only one write succeed. Never gives up; meanwhile the current
 * certificate is served.
 */
export function reconcileCertificate(api: Api, options: ReconcileCertificateOptions): KeptCertificate {
  const { namespace, name, renewed, refused, failed, signal } = options
  const { lifetimes = defaultLifetimes, propagationMs = 10_000, backoff = defaultBackoff } = options
  const names = {
    dnsNames: [
      `${name}.${namespace}.svc`,
      `${name}.${namespace}.svc.cluster.local`,
      ...(options.dnsNames ?? []),
    ],
    ipAddresses: options.ipAddresses ?? [],
  }
  const clock = serverClock(options.now)
  const { now } = clock
  const wakeSignal = new WakeSignal()
  const wake = () => wakeSignal.wake()
  const secretName = `${name}-tls`
  const secret = certificateSecret(api, { namespace, name: secretName, signal })
  const bundles = keepCaBundles(api, { name, now, changed: wake, failed, signal, backoff })
  const isTrusted = (id: string) => (bundles.trustedForMs(id) ?? -1) >= propagationMs
  const take = issuing({ ...options, names, lifetimes, now })
  // What a lost Secret had: others may serve what these have signed.
  const remembered = new Map<string, StoredAuthority>()
  let served: StoredServing | undefined
  let hasBeenTrusted = false
  const said = new Map<string, string | undefined>()

  /** Says a thing when it comes up, and again when it changes. */
  function say(topic: string, problem: string | undefined, to: (problem: string) => void): void {
    if (problem !== undefined && said.get(topic) !== problem) to(problem)
    said.set(topic, problem)
  }

  /** Looks once, and takes one step if one is due. Gives how long there is nothing to do then. */
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
    remember(contents.authorities)
    bundles.trust([...remembered.values()])
    if (contents.serving) serve(contents.serving)

    const step = nextStep(contents, { now: now(), lifetimes, isTrusted })
    if (step.kind === 'wait') return Math.min(step.until - now(), untilTrustMs(contents), lookAgainMs)
    const outcome = await secret.write(dataOf(await take(step, contents, [...remembered.values()])), found)
    return outcome === 'written' ? 0 : overtakenMs
  }

  function remember(authorities: readonly StoredAuthority[]): void {
    for (const authority of authorities) remembered.set(authority.id, authority)
    for (const { id, expiresAt } of remembered.values()) if (expiresAt <= now()) remembered.delete(id)
  }

  function serve(serving: StoredServing): void {
    if (serving.cert === served?.cert || serving.expiresAt <= now()) return
    if (!canReplace(served, serving, { now: now(), isTrusted })) return
    const earlyMs = serving.notBefore - now()
    const early = `the certificate is valid only in ${durationOf(earlyMs)}: the clock of who issued it is ahead`
    say('validity', earlyMs > 0 ? early : undefined, refused)
    served = serving
    const [cert, key] = [Buffer.from(serving.cert), Buffer.from(serving.key)]
    renewed({ cert, key, expiresAt: new Date(serving.expiresAt) })
  }

  /** Until an authority that every `caBundle` has already has been there long enough. */
  function untilTrustMs({ authorities }: Contents): number {
    const waits = authorities.map(({ id }) => propagationMs - (bundles.trustedForMs(id) ?? -Infinity))
    return Math.min(...waits.filter(ms => ms > 0))
  }

  async function run(): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      try {
        const pauseMs = await look()
        failures = 0
        await wakeSignal.wait(pauseMs, signal)
      } catch (error) {
        if (signal.aborted) return
        failures += 1
        failed(`${secretsPath(namespace)}/${secretName}: ${describeError(error)}`)
        await waitAfter(failures, backoff, signal, askedToWait(error))
      }
    }
  }

  startInformer(api, {
    path: secretsPath(namespace),
    kind: 'Secret',
    fieldSelector: `metadata.name=${secretName}`,
    metadataOnly: true,
    keep: () => undefined,
    changed: wake,
    failed,
    signal,
    backoff,
  })
  void run()

  const servedIsTrusted = () => served !== undefined && bundles.trustedForMs(served.issuer) !== undefined
  return {
    isTrusted: servedIsTrusted,
    readiness() {
      hasBeenTrusted ||= servedIsTrusted()
      if (served && served.expiresAt <= now()) return 'the certificate has expired'
      if (hasBeenTrusted) return undefined
      if (!served) return `the Secret ${namespace}/${secretName} gives no certificate yet`
      if (!bundles.isComplete()) return `the webhook configurations ${name} are not read yet`
      return `a caBundle of the webhook configurations ${name} does not trust the certificate yet`
    },
  }
}

// An event of a watch may be lost; the clock may be set.
const lookAgainMs = 10 * 60_000
const overtakenMs = 50
