import { beforeAll, describe, expect, it } from 'vitest'
import { catalog } from '../catalog-asking.ts'
import { asking } from './asking.ts'
import { example } from './example.ts'
import { podSecurity, useNamespace } from './namespace.ts'
import { measuredServer, nginxApp, nginxConfiguration } from './nginx.ts'
import { sendSpan } from './otlp.ts'
import type { LivePod } from './pod.ts'
import { proven } from './proven.ts'
import { type AppOptions, configMap, restrictedPod } from './restricted-pod.ts'

interface Job {
  readonly profile: string
  readonly parameters?: Readonly<Record<string, string>>
  /** What the app does before it ends; it fails where the sidecar is not there for it. */
  readonly script: string
  /** curl where none is given. */
  readonly app?: AppOptions
}

const jobs: readonly Job[] = [
  {
    profile: 'ambassador',
    parameters: { host: 'collector', hostPort: '4318', tls: 'false' },
    script: `${statusOf('"$AMBASSADOR_URL/v1/nothing"')} | grep -x 404`,
  },
  {
    profile: 'config-updater',
    parameters: { configMap: 'settings' },
    script: 'grep -x blue /etc/app/colour',
  },
  { profile: 'log-adapter', script: 'echo level=warn msg=done >/var/log/app/app.log' },
  { profile: 'log-tail', script: 'echo done >/var/log/app/app.log' },
  {
    profile: 'logging',
    parameters: { endpoint: 'http://collector:4318' },
    script: 'echo done >/var/log/app/app.log',
  },
  {
    profile: 'metrics-nginx',
    // The exporter may not start before the first nginx does.
    script: `
      nginx -c /etc/server/nginx.conf -e /dev/stderr &
      until ${metricsAt(9113)} | grep -x 'nginx_up 1'; do sleep 0.2; done
      kill $!`,
    app: nginxApp({ configMap: 'settings' }),
  },
  { profile: 'metrics-redis', script: `${metricsAt(9121)} | grep -x 'redis_up 0'` },
  {
    profile: 'proxy',
    parameters: { hosts: 'website' },
    script: `${statusOf('http://elsewhere')} | grep -x 403`,
  },
  {
    profile: 'statsd',
    script: `
      echo 'jobs:1|c' | nc "$STATSD_HOST" "$STATSD_PORT"
      until ${metricsAt(9102)} | grep -x 'jobs 1'; do sleep 0.2; done`,
  },
  {
    profile: 'telemetry',
    parameters: { endpoint: 'http://collector:4318' },
    script: sendSpan('job'),
  },
]

describe('a Job with a sidecar of the catalog, where only restricted Pods may run', () => {
  const kubectl = useNamespace('catalog-jobs', podSecurity('restricted'))

  beforeAll(async () => {
    const server = nginxConfiguration(measuredServer('hello'))
    const settings = configMap('settings', { colour: 'blue', 'nginx.conf': server })
    for (const stdin of [example('telemetry').others, settings]) await kubectl(['create', '-f=-'], { stdin })
    await kubectl(['rollout', 'status', 'deployment/collector', '--timeout=100s'])
    await kubectl(['create', '-f=-'], { stdin: list(jobs.map(manifest)) })
  })

  it('is there for each profile that has one', () => {
    const withSidecar = catalog.all.filter(({ containers }) => containers.length > 0)
    expect(jobs.map(({ profile }) => profile)).toEqual(withSidecar.map(({ name }) => name).toSorted())
  })

  it('completes, and its sidecars end by themselves', async () => {
    await kubectl(['wait', '--for=condition=complete', 'job', '--all', '--timeout=110s'])
    const { items } = JSON.parse(await kubectl(['get', 'pods', '-l=job', '-o=json'])) as { items: LivePod[] }
    expect(items).toHaveLength(jobs.length)
    const secondsAfter = items.map(({ status: { containerStatuses, initContainerStatuses = [] } }) => {
      const ended = Math.max(...initContainerStatuses.map(({ state }) => endOf(state)))
      return (ended - endOf(containerStatuses?.[0]?.state)) / 1000
    })
    // Whoever does not heed SIGTERM is killed after the 30 s of the Pods.
    const longest = Math.max(...secondsAfter)
    expect(longest).toBeLessThan(20)
    const names = jobs.map(({ profile }) => profile).join(', ')
    proven(names, `a Job of each completed; the last sidecar ended ${longest} s after its app at most`)
  })
})

function endOf(state: { readonly terminated?: { readonly finishedAt: string } } | undefined): number {
  return Date.parse(state?.terminated?.finishedAt ?? '')
}

const curl: AppOptions = { container: { image: 'curlimages/curl:8.11.0' } }

function manifest({ profile, parameters = {}, script, app = curl }: Job): object {
  const pod = JSON.parse(
    restrictedPod(profile, asking({ [profile]: parameters }), {
      container: app.container ?? {},
      command: ['sh', '-ec', script],
      spec: { ...app.spec, restartPolicy: 'Never', terminationGracePeriodSeconds: 30 },
    }),
  )
  const { annotations } = pod.metadata
  const template = { metadata: { annotations, labels: { job: profile } }, spec: pod.spec }
  const spec = { backoffLimit: 0, template }
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: profile }, spec }
}

function list(items: readonly object[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
}

function statusOf(url: string): string {
  return `curl -s -o /dev/null -w '%{http_code}\\n' ${url}`
}

function metricsAt(port: number): string {
  return `curl -s localhost:${port}/metrics`
}
