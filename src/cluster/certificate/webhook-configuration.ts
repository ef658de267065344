import { isObject, type JsonObject, metadataOf } from '../../json/json.ts'
import type { StoredAuthority } from './certificate-contents.ts'
import { certificatePem, certificatesIn } from './pem.ts'

/** An authority to be trusted as long as it lives. */
export type Trusted = Pick<StoredAuthority, 'id' | 'cert' | 'expiresAt'>

/** What of a webhook configuration says whom the API server trusts. */
export interface Configuration {
  readonly resourceVersion: string
  readonly webhooks: readonly Webhook[]
}

export interface Webhook {
  readonly name: string
  readonly caBundle: string
  /** Their ids. */
  readonly authorities: ReadonlySet<string>
}

/** Of either kind. */
export function configurationOf(object: JsonObject): Configuration {
  const webhooks = Array.isArray(object['webhooks']) ? object['webhooks'].filter(isObject) : []
  return { resourceVersion: String(metadataOf(object)['resourceVersion']), webhooks: webhooks.map(webhookOf) }
}

function webhookOf({ name, clientConfig }: JsonObject): Webhook {
  const { caBundle } = isObject(clientConfig) ? clientConfig : {}
  const encoded = typeof caBundle === 'string' ? caBundle : ''
  const authorities = certificatesIn(Buffer.from(encoded, 'base64').toString())
  return {
    name: String(name),
    caBundle: encoded,
    authorities: new Set(authorities.map(({ fingerprint256 }) => fingerprint256)),
  }
}

/**
 * What a `caBundle` (base64 of PEM) should be, or undefined when it is right: it has every authority wanted,
 * none that has expired, and nothing that is no certificate. An authority that is not known stays: another
 * replica may have read a newer Secret.
 */
export function rightBundle(
  caBundle: string,
  authorities: readonly Trusted[],
  now: number,
): string | undefined {
  const wanted = authorities.filter(({ expiresAt }) => expiresAt > now)
  const text = Buffer.from(caBundle, 'base64').toString()
  const present = certificatesIn(text)
  const live = present.filter(({ validToDate }) => validToDate.getTime() > now)
  const isRight =
    live.length === (text.match(/-----BEGIN /g) ?? []).length &&
    wanted.every(({ id }) => live.some(({ fingerprint256 }) => fingerprint256 === id))
  if (isRight) return undefined
  const others = live.filter(({ fingerprint256 }) => !wanted.some(({ id }) => id === fingerprint256))
  return Buffer.from([...wanted.map(({ cert }) => cert), ...others.map(certificatePem)].join('')).toString(
    'base64',
  )
}
