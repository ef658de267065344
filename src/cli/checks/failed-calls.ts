import { type LiveInstallation, webhooksIn } from '../cluster/installation.ts'
import { dryRun } from './dry-run.ts'
import { check, read, unknown, warning } from './finding.ts'

/**
 * Whether calls fail now: compares the counters of the API server before and after the dry run. What failed earlier is no
 * problem any more, except for the Pods that the check "pods" finds. With several API servers, it is about the one that
 * answers. https://kubernetes.io/docs/reference/instrumentation/metrics/
 */
export const failedCalls = check('failed calls', async function* (installation) {
  const before = await countersOf(installation)
  await dryRun(installation)
  const after = await countersOf(installation)
  if (!before || !after) {
    yield unknown('the API server has no metrics')
    return undefined
  }
  const since = `since the API server started, ${after.failed} of ${after.calls} failed`
  // The next request can reach another API server, which has counted other calls.
  if (before.start !== after.start) {
    yield unknown(`two API servers answered, so their counters cannot be compared; ${since}`)
    return undefined
  }
  const [calls, failed] = [after.calls - before.calls, after.failed - before.failed]
  if (failed > 0)
    yield warning(
      `${failed} of ${calls} calls failed while doctor ran, and the Pods started without injection`,
      'see "service" and "certificate" above',
    )
  return `none of ${calls} calls failed while doctor ran; ${since}`
})

interface Counters {
  readonly calls: number
  /** Failed, and the Pod started without injection (`failurePolicy: Ignore`). */
  readonly failed: number
  readonly start: number
}

async function countersOf({ cluster, mutating }: LiveInstallation): Promise<Counters | undefined> {
  const metrics = read(await cluster.text('/metrics'))
  if (metrics === undefined) return undefined
  const ours = new Set(webhooksIn(mutating).map(({ name }) => name))
  return {
    calls: sum('apiserver_admission_webhook_request_total', ours, metrics),
    failed: sum('apiserver_admission_webhook_fail_open_count', ours, metrics),
    start: Number(/^process_start_time_seconds (\S+)$/m.exec(metrics)?.[1]),
  }
}

/**
 * The sum of the samples of a metric whose label `name` is one of these.
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
function sum(metric: string, names: ReadonlySet<unknown>, text: string): number {
  const start = `${metric}{`
  let total = 0
  for (const line of text.split('\n')) {
    const end = line.indexOf('} ')
    if (!line.startsWith(start) || end < 0) continue
    const labels = [...line.slice(start.length, end).matchAll(/(\w+)="([^"]*)",?/gy)]
    const isOurs = labels.some(([, label, value]) => label === 'name' && names.has(value))
    if (isOurs) total += Number(line.slice(end + 2).split(' ', 1)[0])
  }
  return total
}
