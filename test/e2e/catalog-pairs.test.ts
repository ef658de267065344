import { beforeAll, describe, expect, it } from 'vitest'
import { until } from '../apiserver/until.ts'
import { type Asked, asking } from './asking.ts'
import { example } from './example.ts'
import { figure } from './figure.ts'
import { hurryKubelet } from './kubelet.ts'
import { podSecurity, useNamespace } from './namespace.ts'
import { measuredServer, nginxApp, nginxConfiguration } from './nginx.ts'
import { received, sendSpan } from './otlp.ts'
import { proven } from './proven.ts'
import { type AppOptions, configMap, restrictedPod } from './restricted-pod.ts'

const namespace = 'catalog-pairs'
const collector = { endpoint: 'http://collector:4318' }

describe.concurrent('two profiles of the catalog in one Pod', () => {
  const kubectl = useNamespace(namespace, podSecurity('restricted'))

  beforeAll(async () => {
    for (const profile of ['telemetry', 'proxy', 'ambassador'])
      await kubectl(['create', '-f=-'], { stdin: example(profile).others })
    const deployments = ['collector', 'website', 'warehouse'].map(name => `deployment/${name}`)
    for (const deployment of deployments) await kubectl(['rollout', 'status', deployment, '--timeout=100s'])
  })

  it('logging and telemetry: a log record and a span of one Pod arrive under one name', async () => {
    const app = `echo 'order 7 failed' >/var/log/app/app.log; ${sendSpan('order')}`
    await run('shop', { logging: collector, telemetry: collector }, curling(app))
    await completes('shop')
    const ofShop = async () =>
      (await received(kubectl)).filter(({ resource }) => resource['k8s.pod.name'] === 'shop')
    await until('both arrive', 30_000, async () => (await ofShop()).length >= 2, 200)
    const uid = await kubectl(['get', 'pod', 'shop', '-o=jsonpath={.metadata.uid}'])
    const both = (await ofShop()).map(({ what, resource }) => `${what} of ${resource['k8s.pod.uid']}`)
    expect(both.toSorted()).toEqual([`order 7 failed of ${uid}`, `order of ${uid}`])
    proven('logging, telemetry', `a log record and a span, written right before the end, name Pod ${uid}`)
  })

  it('metrics-nginx and log-adapter: each request of nginx is counted by one and shown by the other', async () => {
    const server = measuredServer('hello', '/var/log/app/access.log combined')
    await kubectl(['create', '-f=-'], {
      stdin: configMap('counted', { 'nginx.conf': nginxConfiguration(server) }),
    })
    await run(
      'counted',
      { 'metrics-nginx': {}, 'log-adapter': { file: 'access.log' } },
      nginxApp({ configMap: 'counted' }),
    )
    await ready('counted')
    const seen = nginxOf('counted')
    await until('nginx is seen', 60_000, async () => (await seen('nginx_up')) === 1, 200)
    const before = await seen('nginx_http_requests_total')
    const ask = 'for i in 1 2 3 4 5; do curl -s "localhost:8080/page-$i" >/dev/null; done'
    await kubectl(['exec', 'counted', '-c=app', '--', 'sh', '-c', ask])
    // The exporter's own request is one of them.
    const counted = (await seen('nginx_http_requests_total')) - before - 1
    const shown = async () =>
      (await kubectl(['logs', 'counted', '-c=log-adapter'])).match(/"path":"\/page-\d"/g)?.length ?? 0
    await until('all are shown', 30_000, async () => (await shown()) >= 5, 200)
    expect([counted, await shown()]).toEqual([5, 5])
    proven('metrics-nginx, log-adapter', 'of 5 requests 5 were counted, and 5 shown as JSON with their paths')
  })

  it('wait-for and migrate: the migration begins when its database answers, and the app after it', async () => {
    const up = 'echo version 7 | nc store 6379 >/data/schema && cat /data/schema'
    // The order is the profiles' own, not that of the annotation.
    const asked = { migrate: { command: 'sh /migrations/up.sh' }, 'wait-for': { targets: 'store:6379' } }
    await kubectl(['create', '-f=-'], { stdin: configMap('ledger', { 'up.sh': up }) })
    await run('ledger', asked, migrating('ledger', 'cat /data/schema'))
    await until('it waits', 60_000, async () => {
      return (await kubectl.attempt(['logs', 'ledger', '-c=wait-for'])).stdout.includes('waiting for store')
    })
    const migration = '-o=jsonpath={.status.initContainerStatuses[?(@.name=="migrate")].state}'
    // The log is there a moment before the kubelet has written the status.
    await until('the migration waits', 30_000, async () =>
      (await kubectl(['get', 'pod', 'ledger', migration])).includes('PodInitializing'),
    )
    await kubectl(['create', '-f=-'], { stdin: example('wait-for').others })
    await completes('ledger')
    const said = await Promise.all(['wait-for', 'migrate', 'app'].map(name => logged('ledger', name)))
    expect(said).toEqual(['waiting for store:6379\nstore:6379 answers\n', 'version 7\n', 'version 7\n'])
    proven('wait-for, migrate', 'a migration that would fail without its database ran when that answered')
  })

  it('proxy and telemetry: what the app asks of others goes through the proxy, its spans do not', async () => {
    const ask = (url: string) => `curl -s -o /dev/null -w '%{http_code}\\n' ${url}`
    const app = `${ask('http://website')}; ${ask('http://elsewhere')}; ${sendSpan('crawl')}`
    await run('crawl', { proxy: { hosts: 'website', log: 'all' }, telemetry: collector }, curling(app))
    await completes('crawl')
    expect(await logged('crawl', 'app')).toBe('200\n403\n')
    const arrived = async () =>
      (await received(kubectl)).some(({ what, resource }) => what === 'crawl' && resource['k8s.pod.name'])
    await until('the span arrives', 30_000, arrived, 200)
    const hosts = [...(await logged('crawl', 'proxy')).matchAll(/"host":"([^"]*)"/g)].map(([, host]) => host)
    expect(hosts.toSorted()).toEqual(['elsewhere', 'website'])
    proven('proxy, telemetry', 'the proxy saw website (200) and elsewhere (403), and no span, which arrived')
  })

  it('config-updater and metrics-nginx: nginx takes up a configuration, and is counted on', async () => {
    const greeter = (line: string) =>
      configMap('greeter', { 'nginx.conf': nginxConfiguration(measuredServer(line)) })
    await kubectl(['create', '-f=-'], { stdin: greeter('hello') })
    const updater = { configMap: 'greeter', path: '/etc/server', process: 'nginx', user: '101' }
    const options = nginxApp({ spec: { shareProcessNamespace: true } })
    await run('greeter', { 'config-updater': updater, 'metrics-nginx': {} }, options)
    await ready('greeter')
    const seen = nginxOf('greeter')
    await until('nginx is seen', 60_000, async () => (await seen('nginx_up')) === 1, 200)
    const page = () => kubectl(['exec', 'greeter', '-c=app', '--', 'curl', '-s', 'localhost:8080'])
    for (let request = 0; request < 5; request++) expect(await page()).toBe('hello\n')
    const before = await seen('nginx_http_requests_total')
    await kubectl(['replace', '-f=-'], { stdin: greeter('hi') })
    await hurryKubelet(kubectl, 'greeter')
    await until('nginx says it', 150_000, async () => (await page()) === 'hi\n', 500)
    const after = await seen('nginx_http_requests_total')
    expect(await seen('nginx_up')).toBe(1)
    expect(after).toBeGreaterThan(before)
    expect(before).toBeGreaterThanOrEqual(5)
    proven(
      'config-updater, metrics-nginx',
      `over a reload by signal the count went on from ${before} to ${after}`,
    )
  }, 240_000)

  it('ambassador and migrate: a migration reaches its service through a sidecar that runs already', async () => {
    await kubectl(['create', '-f=-'], {
      stdin: configMap('stock', { 'up.sh': 'wget -qO- http://localhost:13130 | tee /data/stock' }),
    })
    const ambassador = { host: 'warehouse', hostPort: '80', tls: 'false' }
    const asked = { ambassador, migrate: { command: 'sh /migrations/up.sh' } }
    await run('stock', asked, migrating('stock', 'cat /data/stock; wget -qO- "$AMBASSADOR_URL"'))
    await completes('stock')
    expect(await logged('stock', 'migrate')).toBe('7 in stock\n')
    expect(await logged('stock', 'app')).toBe('7 in stock\n7 in stock\n')
    proven('ambassador, migrate', 'an init container and then the app were answered on localhost by Envoy')
  })

  const run = (name: string, profiles: Asked, options: AppOptions) =>
    kubectl(['create', '-f=-'], { stdin: restrictedPod(name, asking(profiles), options) })
  const ready = (pod: string) => kubectl(['wait', '--for=condition=Ready', `pod/${pod}`, '--timeout=100s'])
  const completes = (pod: string) =>
    kubectl(['wait', '--for=jsonpath={.status.phase}=Succeeded', `pod/${pod}`, '--timeout=100s'])
  const nginxOf = (pod: string) => (metric: string) => figure(kubectl, { namespace, pod, port: 9113 }, metric)
  const logged = (pod: string, container: string) => kubectl(['logs', pod, `-c=${container}`])
})

const once = { restartPolicy: 'Never', terminationGracePeriodSeconds: 30 }

function curling(script: string): AppOptions {
  return { command: ['sh', '-c', script], container: { image: 'curlimages/curl:8.11.0' }, spec: once }
}

/** An app with a directory of its own, and a ConfigMap of migrations. */
function migrating(migrations: string, script: string): AppOptions {
  const volumeMounts = [
    { name: 'data', mountPath: '/data' },
    { name: 'migrations', mountPath: '/migrations' },
  ]
  const volumes = [
    { name: 'data', emptyDir: {} },
    { name: 'migrations', configMap: { name: migrations } },
  ]
  return { command: ['sh', '-c', script], container: { volumeMounts }, spec: { ...once, volumes } }
}
