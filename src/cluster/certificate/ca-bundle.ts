import { type Api, ApiFailure, describeError } from '../api/api.ts'
import { askedToWait, type Backoff, defaultBackoff, waitAfter } from '../api/backoff.ts'
import { type Informer, startInformer } from '../api/informer.ts'
import { WakeSignal } from '../api/wake-signal.ts'
import { type Configuration, configurationOf, rightBundle, type Trusted } from './webhook-configuration.ts'

/** The CAs that the API server trusts when it calls Pillion: `clientConfig.caBundle` of the webhook configurations. */
export interface CaBundles {
  /** From now on every `caBundle` must have these CAs. */
  trust(authorities: readonly Trusted[]): void
  /** For how long every `caBundle` is known to have had this CA; undefined when one lacks it. */
  trustedForMs(id: string): number | undefined
  /** Whether the configurations were listed, even if there are none. */
  isComplete(): boolean
}

export interface KeepCaBundlesOptions {
  /** Of both configurations. */
  readonly name: string
  readonly now: () => number
  /** Called when trust has changed. */
  readonly changed: () => void
  readonly failed: (reason: string) => void
  readonly signal: AbortSignal
  readonly backoff?: Backoff
}

/**
 * Keeps the `caBundle` of the MutatingWebhookConfiguration and the ValidatingWebhookConfiguration of this name correct.
 * Writes one only when it lacks a CA or has one that is useless; changes nothing else, and creates no configuration.
 */
export function keepCaBundles(api: Api, options: KeepCaBundlesOptions): CaBundles {
  const { name, now, changed, failed, signal, backoff = defaultBackoff } = options
  let wanted: readonly Trusted[] = []
  const since = new Map<string, number>()
  const kinds = configurations.map(({ path, kind }) => ({
    path,
    wakeSignal: new WakeSignal(),
    informer: startInformer(api, {
      path,
      kind,
      fieldSelector: `metadata.name=${name}`,
      keep: configurationOf,
      changed: look,
      failed,
      signal,
      backoff,
    }) as Informer<Configuration>,
  }))

  const isComplete = () => kinds.every(({ informer }) => informer.isComplete())

  function look(): void {
    for (const { id } of wanted) {
      if (!isTrusted(id)) since.delete(id)
      else if (!since.has(id)) since.set(id, performance.now())
    }
    for (const { wakeSignal } of kinds) wakeSignal.wake()
    changed()
  }

  function isTrusted(id: string): boolean {
    if (!isComplete()) return false
    const webhooks = kinds.flatMap(({ informer }) => informer.get(name)?.webhooks ?? [])
    return webhooks.every(({ authorities }) => authorities.has(id))
  }

  /** Whether something was written. Throws an `ApiFailure`. */
  async function repair({ path, informer }: (typeof kinds)[number]): Promise<boolean> {
    const { resourceVersion, webhooks = [] } = informer.get(name) ?? {}
    const wrong = webhooks.flatMap(({ name, caBundle }) => {
      const right = rightBundle(caBundle, wanted, now())
      return right === undefined ? [] : [{ name, clientConfig: { caBundle: right } }]
    })
    if (wrong.length === 0) return false
    const answer = await api.request('PATCH', `${path}/${name}`, {
      query: { fieldManager: 'pillion' },
      // Merges by the webhook's name, so that its position may change.
      contentType: 'application/strategic-merge-patch+json',
      body: { metadata: { resourceVersion }, webhooks: wrong },
      signal,
    })
    // Another replica was faster, or the configuration is gone: the watch will show it.
    const isOvertaken = answer.status === 409 || answer.status === 404
    if (!answer.ok && !isOvertaken) throw new ApiFailure(answer)
    return answer.ok
  }

  async function run(kind: (typeof kinds)[number]): Promise<void> {
    let [failures, repairs, restedAt] = [0, 0, Number.NEGATIVE_INFINITY]
    while (!signal.aborted) {
      try {
        if (wanted.length > 0 && (await repair(kind))) {
          // Wait longer each time something else undoes the repair.
          repairs = performance.now() - restedAt < calmMs ? repairs + 1 : 0
          await waitAfter(repairs, backoff, signal)
          restedAt = performance.now()
        }
        failures = 0
        await kind.wakeSignal.wait(lookAgainMs, signal)
      } catch (error) {
        if (signal.aborted) return
        failures += 1
        failed(`${kind.path}/${name}: ${describeError(error)}`)
        await waitAfter(failures, backoff, signal, askedToWait(error))
      }
    }
  }

  for (const kind of kinds) void run(kind)
  return {
    trust(authorities) {
      if (idsOf(authorities) === idsOf(wanted)) return
      wanted = authorities
      for (const id of since.keys()) if (!wanted.some(each => each.id === id)) since.delete(id)
      look()
    },
    trustedForMs(id) {
      const from = since.get(id)
      return from === undefined ? undefined : performance.now() - from
    },
    isComplete,
  }
}

const group = '/apis/admissionregistration.k8s.io/v1'
const configurations = [
  { kind: 'MutatingWebhookConfiguration', path: `${group}/mutatingwebhookconfigurations` },
  { kind: 'ValidatingWebhookConfiguration', path: `${group}/validatingwebhookconfigurations` },
] as const

// Check again periodically: a CA can expire without any event.
const lookAgainMs = 60_000
const calmMs = 10_000

function idsOf(authorities: readonly Trusted[]): string {
  return authorities.map(({ id }) => id).join()
}
