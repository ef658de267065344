import { setTimeout } from 'node:timers/promises'
import { isObject, metadataOf, objectAt } from '../../json/json.ts'
import {
  type InstallationFlags,
  type LiveInstallation,
  liveInstallation,
  settingOf,
  webhookConfigurations,
  webhooksIn,
} from '../cluster/installation.ts'
import { liveCluster } from '../cluster/live-cluster.ts'
import { lacking, permissionFor } from '../cluster/permission.ts'
import {
  authoritiesIn,
  caBundleOf,
  type TrustedAuthority,
  trustedBy,
} from '../cluster/trusted-authorities.ts'
import { allOf, type ExitCode, Failure, type Io } from '../io.ts'
import { columns } from '../output/columns.ts'
import { replicasThatServeAnother } from './replicas.ts'

interface CertificatesFlags extends InstallationFlags {
  readonly dryRun?: true
}

/**
 * Revokes every CA that the API server trusts for Pillion, and waits until it trusts only a new one. The replicas do the
 * work (`nextStep` in src/cluster/certificate/rotation.ts): they make a CA, serve its certificate, and drop the others. So no
 * request fails, and a command that is interrupted leaves nothing half done.
 */
export async function run(flags: CertificatesFlags, io: Io): Promise<ExitCode> {
  const installation = await liveInstallation(await liveCluster(flags), flags)
  const now = await trustOf(installation)
  io.out(`${table(now.authorities, 'TO REVOKE')}\n`)
  const before = await revoke(installation, now, flags.dryRun === true)
  if (flags.dryRun) return 0
  const { deployment, namespace, name } = installation
  if (deployment.state === 'there' && !objectAt(deployment.value, 'status')['readyReplicas'])
    throw new Failure(
      1,
      `the CAs are marked as revoked, but no replica of ${namespace}/${name} is ready to replace them: start one, and run this command again`,
    )
  io.err('The replicas make a new CA and serve its certificate. This takes half a minute.\n')
  const trust = await untilOnlyNew(installation, before)
  io.out(table(trust.authorities, 'TRUSTED'))
  const { late, notes } = await replicasThatServeAnother(installation, trust.servingUntil)
  for (const note of notes) io.err(`not checked whether every replica serves the new certificate: ${note}\n`)
  if (late.length === 0) return 0
  throw new Failure(1, `${late.join(', ')} serves an old certificate: delete that Pod`)
}

/** Which CAs are trusted, and what the Secret holds. */
interface Trust {
  readonly authorities: readonly TrustedAuthority[]
  /** Whether each webhook trusts a CA. */
  readonly isComplete: boolean
  /** When the certificate in the Secret expires. */
  readonly servingUntil: number | undefined
  /** The clock of the API server. */
  readonly now: number
}

async function trustOf(installation: LiveInstallation): Promise<Trust> {
  const { cluster, name, namespace } = installation
  if (settingOf(installation, 'tlsCert') !== undefined)
    throw new Failure(
      1,
      `${namespace}/${name} uses a certificate from files (--tls-cert): revoke it where it was issued, and replace the caBundle of both webhook configurations`,
    )
  const get = async (path: string) => {
    const answer = await cluster.send('GET', path)
    if (answer.ok) return answer
    if (answer.status === 403) throw new Failure(1, lacking(permissionFor('get', path)))
    if (answer.status === 404)
      throw new Failure(1, `there is no ${path} (--name and --installation-namespace select an installation)`)
    throw new Failure(1, `${path}: ${answer.status}: ${answer.message}`)
  }
  const [secret, ...configurations] = await allOf([
    get(secretOf(installation)),
    get(`${webhookConfigurations}/mutatingwebhookconfigurations/${name}`),
    get(`${webhookConfigurations}/validatingwebhookconfigurations/${name}`),
  ])
  const { mark } = await import('../../cluster/certificate/certificate-secret.ts')
  const { labels } = metadataOf(secret.body)
  if (!isObject(labels) || labels[mark.name] !== mark.value)
    throw new Failure(
      1,
      `the Secret ${namespace}/${name}-tls is not from Pillion: it lacks the label ${mark.name}=${mark.value}`,
    )
  const data = objectAt(secret.body, 'data')
  const webhooks = configurations.flatMap(({ body }) => webhooksIn({ state: 'there', value: body }))
  const trusted = await Promise.all(webhooks.map(webhook => trustedBy([webhook])))
  const [serving] = await authoritiesIn(data['tls.crt'])
  return {
    authorities: await authoritiesIn(data['ca.crt'], ...webhooks.map(caBundleOf)),
    isComplete: trusted.every(({ length }) => length > 0),
    servingUntil: serving?.expiresAt,
    now: (secret.date ?? new Date()).getTime(),
  }
}

/** Marks the CAs in the Secret as revoked. Returns the time before which they were issued. */
async function revoke(
  installation: LiveInstallation,
  { authorities, now }: Trust,
  isDryRun: boolean,
): Promise<number> {
  // Certificates have whole seconds, so a CA of the present second was issued before the next.
  const { aheadMs } = await import('../../cluster/certificate/rotation.ts')
  const newest = Math.max(...authorities.map(({ issuedAt }) => issuedAt).filter(at => at <= now + aheadMs))
  const before = Math.max(Math.floor(now / 1000) * 1000, newest + 1_000)
  const { revocation } = await import('../../cluster/certificate/certificate-secret.ts')
  const path = secretOf(installation)
  const answer = await installation.cluster.send('PATCH', path, {
    query: { fieldManager: 'pillion-certificates', ...(isDryRun && { dryRun: 'All' }) },
    body: { metadata: { annotations: { [revocation]: new Date(before).toISOString() } } },
  })
  if (answer.ok) return before
  const why =
    answer.status === 403
      ? lacking(permissionFor('patch', path))
      : `${path}: ${answer.status}: ${answer.message}`
  throw new Failure(1, `nothing is revoked: ${why}`)
}

async function untilOnlyNew(installation: LiveInstallation, before: number): Promise<Trust> {
  const { isRevoked } = await import('../../cluster/certificate/rotation.ts')
  for (let left = waitTries; left > 0; left--) {
    await setTimeout(waitPauseMs)
    const trust = await trustOf(installation)
    if (trust.isComplete && trust.authorities.every(each => !isRevoked(each, before, trust.now))) return trust
  }
  throw new Failure(
    1,
    'the API server still trusts a revoked CA after three minutes. The replicas keep trying: pillion doctor and the log of the replicas say what is wrong',
  )
}

function table(authorities: readonly TrustedAuthority[], heading: string): string {
  const time = (ms: number) => new Date(ms).toISOString().slice(0, 19).concat('Z')
  const rows = authorities.map(({ fingerprint, issuedAt, expiresAt }) => [
    fingerprint,
    time(issuedAt),
    time(expiresAt),
  ])
  return columns([[`${heading} (SHA-256)`, 'ISSUED', 'VALID UNTIL'], ...rows])
}

function secretOf({ namespace, name }: LiveInstallation): string {
  return `/api/v1/namespaces/${namespace}/secrets/${name}-tls`
}

const waitTries = 180
const waitPauseMs = 1_000
