import { webhooksIn } from '../cluster/installation.ts'
import { check, read, unknown, warning } from './finding.ts'

/**
 * The number of failed calls since the API server started, from its metrics; with several API servers, of the one that
 * answered. https://kubernetes.io/docs/reference/instrumentation/metrics/
 */
export const failedCalls = check('failed calls', async function* ({ cluster, mutating }) {
  const metrics = read(await cluster.text('/metrics'))
  if (metrics === undefined) {
    yield unknown('the API server has no metrics')
    return undefined
  }
  const ours = new Set(webhooksIn(mutating).map(({ name }) => name))
  const calls = sum('apiserver_admission_webhook_request_total', ours, metrics)
  const failedOpen = sum('apiserver_admission_webhook_fail_open_count', ours, metrics)
  if (failedOpen > 0)
    yield warning(
      `${failedOpen} of ${calls} calls failed, and the Pods started without injection`,
      'pillion sweep -A lists the Pods that lack what they requested',
    )
  return `none of ${calls} calls failed open`
})

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
