import type { X509Certificate } from 'node:crypto'
import { webhooksOf } from '../../engine/select/call-path.ts'
import { isObject, type JsonObject } from '../../json/json.ts'
import type { LiveInstallation } from '../cluster/installation.ts'
import { present } from '../cluster/live-cluster.ts'
import { type Check, type Finding, findingsOf } from './finding.ts'

const { ok, warning, broken, unknown } = findingsOf('certificate')

/**
 * Whether the API server trusts the certificate: every `caBundle` against the chain in the Secret `NAME-tls`, its name and
 * its period. Other Secrets are not read.
 */
export const certificate: Check = async installation => {
  const { cluster, name, namespace, mutating, validating } = installation
  const { certificatesIn } = await import('../../cluster/certificate/pem.ts')
  const webhooks = [mutating, validating].flatMap(seen => webhooksOf(present(seen) ?? {}))
  const bundles = webhooks.map(({ name, clientConfig }) => ({
    webhook: String(name),
    certificates: certificatesIn(decoded(isObject(clientConfig) ? clientConfig['caBundle'] : undefined)),
  }))
  const empty = bundles.filter(({ certificates }) => certificates.length === 0)
  if (empty.length > 0)
    return empty.map(({ webhook }) => broken(`the caBundle of ${webhook} is empty: every call fails`, keeps))

  const place = `the Secret ${namespace}/${name}-tls`
  const secret = await cluster.get(`/api/v1/namespaces/${namespace}/secrets/${name}-tls`)
  if (secret.state === 'unknown') return [unknown(secret.why), ...bundles.flatMap(expiredBundle)]
  if (secret.state === 'absent')
    return [
      unknown(`there is no ${place}: the certificate has another source`),
      ...bundles.flatMap(expiredBundle),
    ]
  const chain = certificatesIn(decoded(dataOf(secret.value)['tls.crt']))
  const [served] = chain
  if (!served) return [broken(`${place} has no certificate in tls.crt`, keeps)]
  const findings = [
    ...bundles.flatMap(({ webhook, certificates }) =>
      isTrusted(served, chain, certificates)
        ? []
        : [broken(`the caBundle of ${webhook} does not trust the certificate in ${place}`, keeps)],
    ),
    ...nameOf(installation, served),
    ...timesOf(served),
  ]
  return findings.length > 0
    ? findings
    : [ok(`the API server trusts ${place}, which is valid until ${dayOf(served)}`)]
}

const keeps =
  'Pillion renews its own certificate and the caBundle: see the log of its Pods, and docs/certificates.md'

/** When the certificate in the Secret expires, or why that is unknown. */
export async function expiryOf({ cluster, name, namespace }: LiveInstallation): Promise<Date | string> {
  const { certificatesIn } = await import('../../cluster/certificate/pem.ts')
  const secret = await cluster.get(`/api/v1/namespaces/${namespace}/secrets/${name}-tls`)
  if (secret.state === 'unknown') return secret.why
  const [served] = certificatesIn(decoded(dataOf(present(secret) ?? {})['tls.crt']))
  return served?.validToDate ?? `no certificate in the Secret ${namespace}/${name}-tls`
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

function nameOf({ name, namespace }: LiveInstallation, served: X509Certificate): readonly Finding[] {
  const wanted = `${name}.${namespace}.svc`
  if (served.checkHost(wanted) !== undefined) return []
  return [
    warning(
      `the certificate is not for ${wanted}, but for ${served.subjectAltName ?? 'no name'}`,
      `a webhook that calls the Service needs a certificate for ${wanted}`,
    ),
  ]
}

function timesOf(served: X509Certificate): readonly Finding[] {
  const leftMs = served.validToDate.getTime() - Date.now()
  const until = `the certificate is valid until ${dayOf(served)}`
  if (leftMs <= 0) return [broken(`the certificate expired on ${dayOf(served)}`, keeps)]
  if (served.validFromDate.getTime() > Date.now())
    return [broken(`the certificate is not valid before ${served.validFromDate.toISOString()}`, keeps)]
  const lifeMs = served.validToDate.getTime() - served.validFromDate.getTime()
  // Pillion renews it at two thirds of its lifetime.
  return leftMs < lifeMs / 4 ? [warning(`${until}, and should have been renewed`, keeps)] : []
}

function expiredBundle({
  webhook,
  certificates,
}: {
  readonly webhook: string
  readonly certificates: readonly X509Certificate[]
}): readonly Finding[] {
  return certificates.some(isValid)
    ? []
    : [broken(`every CA in the caBundle of ${webhook} has expired`, keeps)]
}

function dayOf({ validToDate }: X509Certificate): string {
  return validToDate.toISOString().slice(0, 10)
}

function dataOf({ data }: JsonObject): JsonObject {
  return isObject(data) ? data : {}
}

function decoded(text: unknown): string {
  return typeof text === 'string' ? Buffer.from(text, 'base64').toString() : ''
}
