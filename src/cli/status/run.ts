import { type JsonObject, metadataOf, objectAt } from '../../json/json.ts'
import type { Verdict } from '../../profile/accept/acceptance.ts'
import { expiryOf } from '../checks/certificate.ts'
import { leadershipOf } from '../checks/leader.ts'
import {
  type InstallationFlags,
  imageOf,
  type LiveInstallation,
  liveInstallation,
  webhooksIn,
} from '../cluster/installation.ts'
import { liveCluster, present, type Seen } from '../cluster/live-cluster.ts'
import { liveProfiles } from '../cluster/profiles.ts'
import { describeTrusted, trustedBy } from '../cluster/trusted-authorities.ts'
import { type ExitCode, Failure, type Io } from '../io.ts'
import { columns } from '../output/columns.ts'

/** Shows an installation on one screen. The exit code is 1 if Pillion is not installed. `pillion doctor` says what is wrong with it. */
export async function run(flags: InstallationFlags, io: Io): Promise<ExitCode> {
  const installation = await liveInstallation(await liveCluster(flags), flags)
  const { cluster, name, namespace, mutating, validating, deployment } = installation
  if (mutating.state === 'absent' && deployment.state === 'absent')
    throw new Failure(
      1,
      `there is no MutatingWebhookConfiguration ${name} and no Deployment ${namespace}/${name} (--name and -n name others)`,
    )
  const webhooks = webhooksIn(mutating).map(({ name, failurePolicy }) => `${name} (${failurePolicy})`)
  const [{ verdicts, notes }, certificate, trusted, leader, swept] = await Promise.all([
    liveProfiles(cluster),
    certificateOf(installation),
    trustedBy(webhooksIn(mutating, validating)).then(describeTrusted),
    leaderOf(installation),
    sweptIn(installation),
  ])
  const accepted = verdicts.filter(verdict => verdict.accepted).length
  io.out(
    columns([
      ['installation', `${namespace}/${name}`],
      ['replicas', replicasOf(deployment)],
      ['image', imageOf(installation) ?? unseen(deployment)],
      ['webhooks', webhooks.join(', ') || unseen(mutating)],
      ['certificate', certificate],
      ['trusted', trusted],
      ['leader', leader],
      ['swept', swept],
      ['profiles', `${accepted} accepted, ${verdicts.length - accepted} not`],
    ]),
  )
  const heading = ['NAMESPACE', 'PROFILE', 'REVISION', 'ACCEPTED', 'IN USE']
  if (verdicts.length > 0) io.out(`\n${columns([heading, ...verdicts.map(profileRow).toSorted(byPlace)])}`)
  for (const note of notes) io.err(`${note}\n`)
  return 0
}

function replicasOf(deployment: Seen<JsonObject>): string {
  const { replicas = 1 } = objectAt(present(deployment), 'spec')
  const { readyReplicas = 0 } = objectAt(present(deployment), 'status')
  return deployment.state === 'there' ? `${readyReplicas} of ${replicas} ready` : unseen(deployment)
}

async function certificateOf(installation: LiveInstallation): Promise<string> {
  const expiry = await expiryOf(installation)
  if (typeof expiry === 'string') return expiry
  const days = Math.floor((expiry.getTime() - Date.now()) / dayMs)
  const date = expiry.toISOString().slice(0, 10)
  return days < 0 ? `expired on ${date}` : `valid until ${date} (${counted(days, 'day')})`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

const dayMs = 24 * 60 * 60_000

async function leaderOf(installation: LiveInstallation): Promise<string> {
  const lease = await leadershipOf(installation)
  if ('why' in lease) return lease.why
  if (lease.holder === '') return 'none'
  return lease.isFresh
    ? lease.holder
    : `${lease.holder}, which has not renewed its Lease since ${lease.renewedAt}`
}

/** From the Events of the sweep, which the API server keeps for an hour. */
async function sweptIn({ cluster }: LiveInstallation): Promise<string> {
  const seen = await cluster.list('/api/v1/events', { fieldSelector: 'source=pillion' })
  if (seen.state !== 'there') return unseen(seen)
  const pods = new Set(seen.value.map(event => objectAt(event, 'involvedObject')['uid']))
  return pods.size === 0
    ? 'no Event of the last hour reports a Pod'
    : `Events of the last hour report ${counted(pods.size, 'Pod')} (pillion sweep -A lists the present ones)`
}

function profileRow({ object, accepted, reason, profile, inUse }: Verdict): string[] {
  const { namespace = '-', name } = metadataOf(object)
  return [
    String(namespace),
    String(name),
    profile?.revision ?? '-',
    accepted ? 'yes' : reason,
    inUse?.revision ?? 'none',
  ]
}

function byPlace([one, a]: readonly string[], [other, b]: readonly string[]): number {
  return `${one}/${a}` < `${other}/${b}` ? -1 : 1
}

function unseen(seen: Seen<unknown>): string {
  return seen.state === 'unknown' ? seen.why : 'not there'
}
