import { expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import type { LiveInstallation } from '../cluster/installation.ts'
import type { LiveCluster, Seen } from '../cluster/live-cluster.ts'
import { checks } from './all.ts'
import { dryRun } from './dry-run.ts'
import { failedCalls } from './failed-calls.ts'

it('counts the calls of the dry run, however late the API server answers with its metrics', async () => {
  const installation = installationWithSlowMetrics()
  // The order in which doctor starts them does not matter.
  const [tried, counted] = await Promise.all([dryRun(installation), failedCalls(installation)])
  expect(tried).toEqual([expect.objectContaining({ status: 'broken', message: withoutIt })])
  expect(counted).toEqual([expect.objectContaining({ status: 'warning', message: oneFailed })])
})

it('is started by doctor together with the dry run', () => {
  expect(checks).toContain(failedCalls)
  expect(checks).toContain(dryRun)
})

const withoutIt = expect.stringContaining(
  'a Pod that requests logging in namespace shop would start without it',
)
const oneFailed = '1 of 1 calls failed while doctor ran, and the Pods started without injection'
const webhook = 'pod.inject.pillion.dev'
const everyPod = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }

/** Its API server counts a failed call for each Pod, and reads its counters later than it could answer ten other requests. */
function installationWithSlowMetrics(): LiveInstallation {
  let calls = 0
  const cluster: Pick<LiveCluster, 'get' | 'list' | 'text' | 'send'> = {
    get: async () => ({ state: 'absent' }),
    list: async path => there(path.endsWith('/clustersidecarprofiles') ? [profile] : []),
    async text() {
      for (let turn = 0; turn < 10; turn++) await new Promise(resolve => setImmediate(resolve))
      return there(
        [
          `apiserver_admission_webhook_request_total{name="${webhook}"} ${calls}`,
          `apiserver_admission_webhook_fail_open_count{name="${webhook}"} ${calls}`,
          'process_start_time_seconds 1',
        ].join('\n'),
      )
    },
    async send(_method, _path, { body } = {}) {
      calls += 1
      return { ok: true, status: 201, body: body as JsonObject, warnings: [] }
    },
  }
  return {
    cluster: cluster as LiveCluster,
    name: 'pillion',
    namespace: 'pillion',
    workloadNamespace: 'shop',
    mutating: there({ webhooks: [{ name: webhook, rules: [everyPod] }] }),
    validating: { state: 'absent' },
    deployment: { state: 'absent' },
    repair: '',
  }
}

const profile: JsonObject = {
  apiVersion: 'pillion.dev/v1alpha1',
  kind: 'ClusterSidecarProfile',
  metadata: { name: 'logging' },
  spec: { containers: [{ name: 'agent', image: 'agent:1' }] },
}

function there<T>(value: T): Seen<T> {
  return { state: 'there', value }
}
