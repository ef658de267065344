import { webhooksOf } from '../../engine/select/call-path.ts'
import { present } from '../cluster/live-cluster.ts'
import { type Check, findingsOf } from './finding.ts'

const { ok, warning, unknown } = findingsOf('failed calls')

/**
 * The number of failed calls since the API server started, from its metrics; with several API servers, of the one that
 * answered. https://kubernetes.io/docs/reference/instrumentation/metrics/
 */
export const failedCalls: Check = async ({ cluster, mutating }) => {
  const metrics = await cluster.text('/metrics')
  if (metrics.state !== 'there')
    return [unknown(metrics.state === 'unknown' ? metrics.why : 'the API server has no metrics')]
  const ours = new Set(webhooksOf(present(mutating) ?? {}).map(({ name }) => String(name)))
  const sum = (metric: string) =>
    samplesOf(metric, metrics.value)
      .filter(({ labels }) => ours.has(labels.get('name') ?? ''))
      .reduce((total, { value }) => total + value, 0)
  const calls = sum('apiserver_admission_webhook_request_total')
  const failedOpen = sum('apiserver_admission_webhook_fail_open_count')
  if (failedOpen > 0)
    return [
      warning(
        `${failedOpen} of ${calls} calls failed, and the Pods started without injection`,
        'pillion sweep -A lists the Pods that lack what they requested',
      ),
    ]
  return [ok(`none of ${calls} calls failed open`)]
}

interface Sample {
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
function samplesOf(metric: string, text: string): readonly Sample[] {
  const start = `${metric}{`
  return text.split('\n').flatMap(line => {
    const end = line.indexOf('} ')
    if (!line.startsWith(start) || end < 0) return []
    const labels = line.slice(start.length, end).matchAll(/(\w+)="([^"]*)",?/gy)
    const [value] = line.slice(end + 2).split(' ', 1)
    return [
      {
        labels: new Map(Array.from(labels, ([, name = '', text = '']) => [name, text])),
        value: Number(value),
      },
    ]
  })
}
