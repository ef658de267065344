import { setTimeout as sleep } from 'node:timers/promises'
import { objectAt } from '../../json/json.ts'
import type { LiveInstallation } from '../cluster/installation.ts'
import { present } from '../cluster/live-cluster.ts'
import { check, unknown, warning } from './finding.ts'

/** Whether a replica leads. Without a leader Pods are injected, but no status is written and no sweep runs. */
export const leader = check('leader', async function* (installation) {
  const { name, namespace } = installation
  const lease = await leadershipOf(installation)
  const log = `see the log: kubectl -n ${namespace} logs deployment/${name}`
  if ('why' in lease) yield unknown(lease.why)
  else if (lease.holder === '')
    yield warning('no replica leads: no status of a profile is written, and no sweep runs', log)
  else if (!lease.isFresh)
    yield warning(`no replica leads: ${lease.holder} has not renewed its Lease since ${lease.renewedAt}`, log)
  else return `${lease.holder} leads`
  return undefined
})

/** The leader in the Lease of an installation; its name is empty if no replica leads. */
type Leadership =
  | { readonly holder: string; readonly renewedAt: string; readonly isFresh: boolean }
  | { readonly why: string }

/**
 * A Lease is fresh if its holder renews it: this clock may differ from the holder's, so a Lease that looks too old is read
 * again.
 */
export async function leadershipOf({ cluster, name, namespace }: LiveInstallation): Promise<Leadership> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}`
  const seen = await cluster.get(path)
  if (seen.state === 'unknown') return { why: seen.why }
  const { holderIdentity = '', renewTime, leaseDurationSeconds = 15 } = objectAt(present(seen), 'spec')
  const renewedAt = String(renewTime)
  const holder = String(holderIdentity)
  const ageMs = Math.abs(Date.now() - Date.parse(renewedAt))
  if (holder === '' || ageMs < Number(leaseDurationSeconds) * 1_000)
    return { holder, renewedAt, isFresh: true }
  await sleep(renewalMs)
  const again = await cluster.send('GET', path)
  const isFresh = again.ok && objectAt(again.body, 'spec')['renewTime'] !== renewTime
  return { holder, renewedAt, isFresh }
}

/** The leader renews its Lease every 2 s. */
const renewalMs = 3_000
