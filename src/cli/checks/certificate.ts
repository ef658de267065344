import type { X509Certificate } from 'node:crypto'
import { objectAt } from '../../json/json.ts'
import { type LiveInstallation, webhooksIn } from '../cluster/installation.ts'
import { notesOf, type Seen } from '../cluster/live-cluster.ts'
import { caBundleOf, certificatesIn, dayOf } from '../cluster/trusted-authorities.ts'
import { broken, check, unknown, warning } from './finding.ts'

/**
 * Whether the API server trusts the certificate: every `caBundle` against the chain in the Secret `NAME-tls`, its name and
 * its validity period. Other Secrets are not read.
 */
export const certificate = check('certificate', async function* (installation) {
  const { name, namespace, mutating, validating } = installation
  const renewal = renewalOf(installation)
  const bundles = await Promise.all(
    webhooksIn(mutating, validating).map(async webhook => ({
      webhook: String(webhook['name']),
      trusted: await certificatesIn(caBundleOf(webhook)),
    })),
  )
  const empty = bundles.filter(({ trusted }) => trusted.length === 0)
  for (const { webhook } of empty)
    yield broken(`the caBundle of ${webhook} is empty: every call fails`, renewal)
  if (empty.length > 0) return undefined
  if (bundles.length === 0) {
    const [unread] = [mutating, validating].flatMap(notesOf)
    yield unknown(unread ?? `there are no webhooks, so the API server trusts no certificate: see "webhooks"`)
    return undefined
  }

  const place = `Secret ${namespace}/${name}-tls`
  const seen = await chainOf(installation)
  if (seen.state !== 'there') {
    yield unknown(
      seen.state === 'unknown' ? seen.why : `there is no ${place}, so the certificate has another source`,
    )
    for (const { webhook, trusted } of bundles)
      if (!trusted.some(isValid)) yield broken(`every CA in the caBundle of ${webhook} has expired`, renewal)
    return undefined
  }
  const [served] = seen.value
  if (!served) {
    yield broken(`the ${place} has no certificate in tls.crt`, renewal)
    return undefined
  }
  for (const { webhook, trusted } of bundles)
    if (!isTrusted(served, seen.value, trusted))
      yield broken(`the caBundle of ${webhook} does not trust the certificate in the ${place}`, renewal)
  const host = `${name}.${namespace}.svc`
  if (served.checkHost(host) === undefined)
    yield warning(
      `the certificate is not for ${host}, but for ${served.subjectAltName ?? 'no name'}`,
      `a webhook that calls the Service needs a certificate for ${host}`,
    )
  const [start, end] = [served.validFromDate, served.validToDate]
  const leftMs = end.getTime() - Date.now()
  if (leftMs <= 0) yield broken(`the certificate expired on ${dayOf(end)}`, renewal)
  else if (start.getTime() > Date.now())
    yield broken(`the certificate is not valid before ${start.toISOString()}`, renewal)
  // Pillion renews it after two thirds of its lifetime.
  else if (leftMs < (end.getTime() - start.getTime()) / 4)
    yield warning(`the certificate is valid until ${dayOf(end)}, and should have been renewed`, renewal)
  return `the API server trusts the ${place}, which is valid until ${dayOf(end)}`
})

/** Pillion renews its own certificate and the caBundle; its log says why it cannot. */
function renewalOf({ name, namespace }: LiveInstallation): string {
  return `see docs/certificates.md, and the log: kubectl -n ${namespace} logs deployment/${name}`
}

/** When the certificate in the Secret expires, or why that is unknown. */
export async function expiryOf(installation: LiveInstallation): Promise<Date | string> {
  const seen = await chainOf(installation)
  if (seen.state === 'unknown') return seen.why
  const [served] = seen.state === 'there' ? seen.value : []
  return (
    served?.validToDate ?? `no certificate in the Secret ${installation.namespace}/${installation.name}-tls`
  )
}

/** The certificate in the Secret, and the CAs that follow it. */
async function chainOf({
  cluster,
  name,
  namespace,
}: LiveInstallation): Promise<Seen<readonly X509Certificate[]>> {
  const secret = await cluster.get(`/api/v1/namespaces/${namespace}/secrets/${name}-tls`)
  if (secret.state !== 'there') return secret
  return { state: 'there', value: await certificatesIn(objectAt(secret.value, 'data')['tls.crt']) }
}

/** Whether a chain of signatures leads from the certificate to a trusted CA, and all of it is valid now. */
function isTrusted(
  certificate: X509Certificate,
  chain: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
): boolean {
  const isIssuer = (each: X509Certificate) =>
    each.ca && isValid(each) && certificate.checkIssued(each) && certificate.verify(each.publicKey)
  if (trusted.some(isIssuer)) return true
  const rest = chain.filter(each => each.fingerprint256 !== certificate.fingerprint256)
  return rest.some(each => isIssuer(each) && isTrusted(each, rest, trusted))
}

function isValid({ validFromDate, validToDate }: X509Certificate): boolean {
  return validFromDate.getTime() <= Date.now() && Date.now() < validToDate.getTime()
}
