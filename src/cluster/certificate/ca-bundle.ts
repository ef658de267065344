import { type Api, ApiFailure, describeError } from '../api/api.ts'
import { askedToWait, type Backoff, defaultBackoff, waitAfter } from '../api/backoff.ts'
import { type Followed, follow } from '../api/informer.ts'
import { Bell } from '../api/wake-signal.ts'
import { type Configuration, configurationOf, rightBundle, type Trusted } from './webhook-configuration.ts'

/** Whom the API server trusts when it calls us: `clientConfig.caBundle` of the configurations of one name. */
export interface CaBundles {
  /** From now on every one of them is to have these. */
  trust(authorities: readonly Trusted[]): void
  /** For how long every one of them has been seen to have this authority; undefined when one has not. */
  trustedForMs(id: string): number | undefined
  /** Whether they are known: those that there are, or that there are none. */
  isComplete(): boolean
}

export interface KeepCaBundlesOptions {
  /** Of both configurations. */
  readonly name: string
  readonly now: () => number
  /** Hears that trust has changed. */
  readonly changed: () => void
  readonly failed: (reason: string) => void
  readonly signal: AbortSignal
  readonly backoff?: Backoff
}

/**
 * Keeps the `caBundle` right of the MutatingWebhookConfiguration and the ValidatingWebhookConfiguration of a
 * name. It is changed only when it lacks an authority or holds what is of no use; nothing else is
 * touched, and no configuration is made.
 */
export function keepCaBundles(api: Api, options: KeepCaBundlesOptions): CaBundles {
  const { name, now, changed, failed, signal, backoff = defaultBackoff } = options
  let wanted: readonly Trusted[] = []
  const since = new Map<string, number>()
  const kinds = configurations.map(({ path, kind }) => ({
    path,
    bell: new Bell(),
    followed: follow(api, {
      path,
      kind,
      fieldSelector: `metadata.name=${name}`,
      keep: configurationOf,
      changed: look,
      failed,
      signal,
      backoff,
    }) as Followed<Configuration>,
  }))

  const isComplete = () => kinds.every(({ followed }) => followed.isComplete())

  function look(): void {
    for (const { id } of wanted) {
      if (!isTrusted(id)) since.delete(id)
      else if (!since.has(id)) since.set(id, performance.now())
    }
    for (const { bell } of kinds) bell.ring()
    changed()
  }

  function isTrusted(id: string): boolean {
    if (!isComplete()) return false
    const webhooks = kinds.flatMap(({ followed }) => followed.get(name)?.webhooks ?? [])
    return webhooks.every(({ authorities }) => authorities.has(id))
  }

  /** Whether something was written. Throws an `ApiFailure`. */
  async function repair({ path, followed }: (typeof kinds)[number]): Promise<boolean> {
    const { resourceVersion, webhooks = [] } = followed.get(name) ?? {}
    const wrong = webhooks.flatMap(({ name, caBundle }) => {
      const right = rightBundle(caBundle, wanted, now())
      return right === undefined ? [] : [{ name, clientConfig: { caBundle: right } }]
    })
    if (wrong.length === 0) return false
    const answer = await api.request('PATCH', `${path}/${name}`, {
      query: { fieldManager: 'pillion' },
      // Finds a webhook by its name, wherever it stands by now.
      contentType: 'application/strategic-merge-patch+json',
      body: { metadata: { resourceVersion }, webhooks: wrong },
      signal,
    })
    // Another replica was faster, or it is gone: the watch will tell.
    const isOvertaken = answer.status === 409 || answer.status === 404
    if (!answer.ok && !isOvertaken) throw new ApiFailure(answer)
    return answer.ok
  }

  async function run(kind: (typeof kinds)[number]): Promise<void> {
    let [failures, repairs, restedAt] = [0, 0, Number.NEGATIVE_INFINITY]
    while (!signal.aborted) {
      try {
        if (wanted.length > 0 && (await repair(kind))) {
          // Somebody who undoes it again and again is not raced.
          repairs = performance.now() - restedAt < calmMs ? repairs + 1 : 0
          await waitAfter(repairs, backoff, signal)
          restedAt = performance.now()
        }
        failures = 0
        await kind.bell.wait(lookAgainMs, signal)
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

// What comes to be wrong by itself is an authority that expires.
const lookAgainMs = 60_000
const calmMs = 10_000

function idsOf(authorities: readonly Trusted[]): string {
  return authorities.map(({ id }) => id).join()
}
