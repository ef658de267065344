import { type Api, ApiFailure } from '../api/api.ts'
import { defaultBackoff, type RetryOptions, retry, waitAfter } from '../api/backoff.ts'
import { startInformer } from '../api/informer.ts'
import { WakeSignal } from '../api/wake-signal.ts'
import { configurationOf, rightBundle, type Trusted } from './webhook-configuration.ts'

interface KeepCaBundlesOptions extends RetryOptions {
  /** The name of both webhook configurations. */
  readonly name: string
  readonly now: () => number
  /** Called when trust has changed. */
  readonly changed: () => void
}

/**
 * Keeps `clientConfig.caBundle` correct in the MutatingWebhookConfiguration and the ValidatingWebhookConfiguration of this
 * name: the CAs that the API server trusts when it calls Pillion. Writes one only when it lacks a CA or has a wrong one;
 * changes nothing else, and creates no configuration.
 */
export function keepCaBundles(api: Api, options: KeepCaBundlesOptions) {
  const { name, now, changed, signal, backoff = defaultBackoff } = options
  let wanted: readonly Trusted[] = []
  let trustedFrom = Number.NEGATIVE_INFINITY
  const since = new Map<string, number>()
  const kinds = configurations.map(({ path, kind }) => ({
    path,
    wakeSignal: new WakeSignal(),
    informer: startInformer(api, {
      ...options,
      path,
      kind,
      fieldSelector: `metadata.name=${name}`,
      keep: configurationOf,
      changed: look,
    }),
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
      const right = rightBundle(caBundle, wanted, { now: now(), trustedFrom })
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

  for (const kind of kinds) {
    let [repairs, restedAt] = [0, Number.NEGATIVE_INFINITY]
    void retry(`${kind.path}/${name}`, options, async () => {
      if (wanted.length > 0 && (await repair(kind))) {
        // Wait longer each time something else undoes the repair.
        repairs = performance.now() - restedAt < calmMs ? repairs + 1 : 0
        await waitAfter(repairs, backoff, signal)
        restedAt = performance.now()
      }
      await kind.wakeSignal.wait(lookAgainMs, signal)
    })
  }

  return {
    /** From now on every `caBundle` must have these CAs, and none that was issued before the time. */
    trust(authorities: readonly Trusted[], from: number): void {
      if (idsOf(authorities) === idsOf(wanted) && from === trustedFrom) return
      ;[wanted, trustedFrom] = [authorities, from]
      for (const id of since.keys()) if (!wanted.some(each => each.id === id)) since.delete(id)
      look()
    },
    /** How long every `caBundle` is known to have had this CA; undefined when one lacks it. */
    trustedForMs(id: string): number | undefined {
      const from = since.get(id)
      return from === undefined ? undefined : performance.now() - from
    },
    /** Whether the configurations were listed, even if there are none. */
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
