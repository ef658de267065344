import type { JsonObject } from '../../json/json.ts'
import type { LiveInstallation } from '../cluster/installation.ts'
import type { Seen } from '../cluster/live-cluster.ts'
import { objectAt } from '../cluster/objects.ts'
import { type Check, findingsOf } from './finding.ts'

const { ok, warning, unknown } = findingsOf('leader')

/** Whether a replica leads. Without a leader Pods are injected, but no status is written and no Pod is swept. */
export const leader: Check = async installation => {
  const lease = leadershipIn(await leaseIn(installation))
  if ('why' in lease) return [unknown(lease.why)]
  const { name, namespace } = installation
  const log = `see the log: kubectl -n ${namespace} logs deployment/${name}`
  if (lease.holder === '')
    return [warning('no replica leads: no status of a profile is written, and no Pod is swept', log)]
  if (!lease.isFresh)
    return [warning(`the leader ${lease.holder} has not renewed its Lease since ${lease.renewedAt}`, log)]
  return [ok(`${lease.holder} leads`)]
}

/** The leader in a Lease. */
export type Leadership =
  | { readonly holder: string; readonly renewedAt: string; readonly isFresh: boolean }
  | { readonly why: string }

/** The Lease of an installation. */
export function leaseIn({ cluster, name, namespace }: LiveInstallation): Promise<Seen<JsonObject>> {
  return cluster.get(`/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}`)
}

/** A Lease is fresh for one minute longer than its duration, because this clock may differ from the writer's. */
export function leadershipIn(seen: Seen<JsonObject>): Leadership {
  if (seen.state === 'unknown') return { why: seen.why }
  const lease = seen.state === 'there' ? seen.value : undefined
  const { holderIdentity = '', renewTime = '', leaseDurationSeconds = 15 } = objectAt(lease, 'spec')
  const ageMs = Date.now() - Date.parse(String(renewTime))
  return {
    holder: String(holderIdentity),
    renewedAt: String(renewTime),
    isFresh: ageMs < Number(leaseDurationSeconds) * 1_000 + 60_000,
  }
}
