import { type Json, type JsonObject, objectAt } from '../../json/json.ts'
import { counted } from '../../problems/counted.ts'
import { expiryOf } from '../checks/certificate.ts'
import { leadershipOf } from '../checks/leader.ts'
import {
  imageOf,
  isInstalled,
  type LiveInstallation,
  notInstalled,
  webhooksIn,
} from '../cluster/installation.ts'
import { notesOf, present, type Seen } from '../cluster/live-cluster.ts'
import { caBundleOf, dayOf, describeTrusted, trustedBy } from '../cluster/trusted-authorities.ts'

/** One line of the overview. */
export interface Row {
  readonly name: string
  /** For people. */
  readonly text: string
  /** For programs. */
  readonly value: Json
  /** Why Pods that opt in are not injected; the exit code is 1 then. */
  readonly broken?: string | undefined
  /** Whether it is not yet as it should be, although Pods are injected. */
  readonly isIncomplete?: boolean
}

/** What acts of an installation: its replicas, webhooks and certificate. Sends few requests, so it can be repeated. */
export async function overviewOf(installation: LiveInstallation): Promise<readonly Row[]> {
  const { name, namespace } = installation
  if (!isInstalled(installation)) {
    const { message } = notInstalled(installation)
    return [{ name: 'installation', text: 'not there', value: null, broken: message }]
  }
  return [
    { name: 'installation', text: `${namespace}/${name}`, value: { namespace, name } },
    replicasOf(installation),
    imageRow(installation),
    webhooksOf(installation),
    await certificateOf(installation),
    await trustedRow(installation),
    await leaderOf(installation),
  ]
}

function replicasOf({ name, namespace, deployment }: LiveInstallation): Row {
  if (deployment.state !== 'there')
    return unread('replicas', deployment, `there is no Deployment ${namespace}/${name}`)
  const wanted = Number(objectAt(deployment.value, 'spec')['replicas'] ?? 1)
  const ready = Number(objectAt(deployment.value, 'status')['readyReplicas'] ?? 0)
  return {
    name: 'replicas',
    text: `${ready} of ${wanted} ready`,
    value: { ready, wanted },
    broken: ready === 0 ? 'no replica is ready' : undefined,
    isIncomplete: ready < wanted,
  }
}

function imageRow(installation: LiveInstallation): Row {
  const image = imageOf(installation)
  return { name: 'image', text: image ?? unseen(installation.deployment), value: image ?? null }
}

function webhooksOf({ name, mutating, validating }: LiveInstallation): Row {
  const none = `there is no webhook in the MutatingWebhookConfiguration ${name}`
  if (mutating.state !== 'there') return unread('webhooks', mutating, none)
  const webhooks = webhooksIn(mutating)
  const first = webhooksIn(mutating, validating).find(webhook => !caBundleOf(webhook))
  return {
    name: 'webhooks',
    text: webhooks.map(({ name, failurePolicy }) => `${name} (${failurePolicy})`).join(', ') || 'none',
    value: webhooks.map(({ name = '', failurePolicy = '' }): JsonObject => ({ name, failurePolicy })),
    broken: webhooks.length === 0 ? none : first && `the caBundle of ${first['name']} is empty`,
  }
}

async function certificateOf(installation: LiveInstallation): Promise<Row> {
  const expiry = await expiryOf(installation)
  if (typeof expiry === 'string') return { name: 'certificate', text: expiry, value: null }
  const days = Math.floor((expiry.getTime() - Date.now()) / dayMs)
  const date = dayOf(expiry)
  const isOver = expiry.getTime() <= Date.now()
  return {
    name: 'certificate',
    text: isOver ? `expired on ${date}` : `valid until ${date} (${counted(days, 'day')})`,
    value: { expires: expiry.toISOString() },
    broken: isOver ? `the certificate expired on ${date}` : undefined,
  }
}

/** The CAs that the API server trusts: each of their keys could sign for Pillion. */
async function trustedRow({ mutating, validating }: LiveInstallation): Promise<Row> {
  const authorities = await trustedBy(webhooksIn(mutating, validating))
  const value = authorities.map(({ fingerprint, expiresAt }) => ({
    fingerprint,
    expires: new Date(expiresAt).toISOString(),
  }))
  const [unread] = [mutating, validating].flatMap(notesOf)
  const text = (authorities.length === 0 && unread) || describeTrusted(authorities)
  return { name: 'trusted', text, value }
}

const dayMs = 24 * 60 * 60_000

async function leaderOf(installation: LiveInstallation): Promise<Row> {
  const lease = await leadershipOf(installation)
  if ('why' in lease) return { name: 'leader', text: lease.why, value: null }
  const { holder, isFresh, renewedAt } = lease
  if (holder === '') return { name: 'leader', text: 'none', value: null }
  return {
    name: 'leader',
    text: isFresh ? holder : `none: ${holder} has not renewed its Lease since ${renewedAt}`,
    value: isFresh ? holder : null,
  }
}

function unread(name: string, seen: Seen<unknown>, broken: string): Row {
  return { name, text: unseen(seen), value: null, broken: seen.state === 'absent' ? broken : undefined }
}

function unseen(seen: Seen<unknown>): string {
  return seen.state === 'unknown' ? seen.why : 'not there'
}

/** The number of replicas that are ready, if it is known. */
export function readyReplicasOf({ deployment }: LiveInstallation): number | undefined {
  if (deployment.state === 'unknown') return undefined
  return Number(objectAt(present(deployment), 'status')['readyReplicas'] ?? 0)
}
