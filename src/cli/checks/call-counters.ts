import { type LiveInstallation, webhooksIn } from '../cluster/installation.ts'
import type { Seen } from '../cluster/live-cluster.ts'

/** What an API server has counted of the calls of Pillion's webhooks since it started. */
export interface CallCounters {
  readonly calls: number
  /** Failed, and the Pod started without injection (`failurePolicy: Ignore`). */
  readonly failed: number
  /** When the API server started. */
  readonly start: number
}

const before = new WeakMap<LiveInstallation, Promise<Seen<CallCounters>>>()

/**
 * The counters before the dry run, which waits for them: all checks run at the same time, and a counter that is read during the
 * dry run can contain its calls already.
 */
export function countersBefore(installation: LiveInstallation): Promise<Seen<CallCounters>> {
  const reading = before.get(installation) ?? callCounters(installation)
  before.set(installation, reading)
  return reading
}

/** The counters now. https://kubernetes.io/docs/reference/instrumentation/metrics/ */
export async function callCounters({ cluster, mutating }: LiveInstallation): Promise<Seen<CallCounters>> {
  const metrics = await cluster.text('/metrics')
  if (metrics.state !== 'there') return metrics
  const { value: text } = metrics
  const ours = new Set(webhooksIn(mutating).map(({ name }) => name))
  const value = {
    calls: sum('apiserver_admission_webhook_request_total', ours, text),
    failed: sum('apiserver_admission_webhook_fail_open_count', ours, text),
    start: Number(/^process_start_time_seconds (\S+)$/m.exec(text)?.[1]),
  }
  return { state: 'there', value }
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
