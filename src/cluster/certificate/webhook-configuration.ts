import { isObject, type JsonObject, metadataOf } from '../../json/json.ts'
import { type StoredAuthority, timesOf } from './certificate-contents.ts'
import { certificatesIn } from './pem.ts'
import { isRevoked } from './rotation.ts'

/** A CA that must be trusted until it expires. */
export type Trusted = Pick<StoredAuthority, 'id' | 'cert' | 'expiresAt'>

/**
 * The webhooks of a mutating or validating configuration, with the Service that the API server calls for each and the ids of
 * the CAs that it trusts.
 */
export function configurationOf(object: JsonObject) {
  const webhooks = Array.isArray(object['webhooks']) ? object['webhooks'].filter(isObject) : []
  return { resourceVersion: String(metadataOf(object)['resourceVersion']), webhooks: webhooks.map(webhookOf) }
}

function webhookOf({ name, clientConfig }: JsonObject) {
  const { caBundle, service } = isObject(clientConfig) ? clientConfig : {}
  const encoded = typeof caBundle === 'string' ? caBundle : ''
  const authorities = certificatesIn(Buffer.from(encoded, 'base64').toString())
  return {
    name: String(name),
    service: isObject(service) ? `${service['namespace']}/${service['name']}` : undefined,
    caBundle: encoded,
    authorities: new Set(authorities.map(({ fingerprint256 }) => fingerprint256)),
  }
}

export interface BundleRules {
  readonly now: number
  /** A CA that was issued earlier is revoked. */
  readonly trustedFrom?: number
}

/**
 * What a `caBundle` (base64 of PEM) should be, or undefined when it is right: it has every wanted CA, no expired or revoked
 * one, and only certificates. An unknown CA stays: another replica may have read a newer Secret.
 */
export function rightBundle(
  caBundle: string,
  authorities: readonly Trusted[],
  { now, trustedFrom = Number.NEGATIVE_INFINITY }: BundleRules,
): string | undefined {
  const wanted = authorities.filter(({ expiresAt }) => expiresAt > now)
  const text = Buffer.from(caBundle, 'base64').toString()
  const present = certificatesIn(text)
  const live = present.filter(
    each => each.validToDate.getTime() > now && !isRevoked(timesOf(each), trustedFrom, now),
  )
  const isRight =
    live.length === (text.match(/-----BEGIN /g) ?? []).length &&
    wanted.every(({ id }) => live.some(({ fingerprint256 }) => fingerprint256 === id))
  if (isRight) return undefined
  const others = live.filter(({ fingerprint256 }) => !wanted.some(({ id }) => id === fingerprint256))
  const bundle = [...wanted.map(({ cert }) => cert), ...others.map(String)].join('')
  return Buffer.from(bundle).toString('base64')
}
