import { metadataOf, objectAt } from '../../json/json.ts'
import { type LiveInstallation, settingOf } from '../cluster/installation.ts'
import { notesOf, present } from '../cluster/live-cluster.ts'

/** The names of the Pods that serve a certificate with another expiry, by their metrics, and why others are unknown. */
export async function replicasThatServeAnother(
  installation: LiveInstallation,
  expiresAt: number | undefined,
): Promise<{ late: readonly string[]; notes: readonly string[] }> {
  const { cluster, name, namespace, deployment } = installation
  const labels = objectAt(present(deployment), 'spec', 'selector', 'matchLabels')
  const labelSelector = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  const absent = deployment.state === 'absent' ? [`there is no Deployment ${namespace}/${name}`] : []
  if (labelSelector.length === 0) return { late: [], notes: [...absent, ...notesOf(deployment)] }
  const path = `/api/v1/namespaces/${namespace}/pods`
  const pods = await cluster.list(path, { labelSelector: labelSelector.join() })
  const port = settingOf(installation, 'metricsPort')
  const names = (present(pods) ?? []).flatMap(pod => {
    const { name, deletionTimestamp } = metadataOf(pod)
    return deletionTimestamp === undefined ? [String(name)] : []
  })
  const pages = await Promise.all(
    names.map(async pod => ({ pod, page: await cluster.text(`${path}/${pod}:${port}/proxy/metrics`) })),
  )
  const late = pages.filter(
    ({ page }) => page.state === 'there' && expiryIn(page.value) !== (expiresAt ?? 0) / 1_000,
  )
  return {
    late: late.map(({ pod }) => pod),
    notes: [...new Set([...notesOf(pods), ...pages.flatMap(({ page }) => notesOf(page))])],
  }
}

function expiryIn(metrics: string): number {
  const line = metrics.split('\n').find(each => each.startsWith(expiry))
  return Number(line?.slice(expiry.length))
}

const expiry = 'pillion_certificate_expiry_timestamp_seconds '
