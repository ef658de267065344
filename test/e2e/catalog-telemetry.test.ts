import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { output } from '../../tools/kind/run.ts'
import { until } from '../apiserver/until.ts'
import { podSecurity, useNamespace } from './namespace.ts'
import { received } from './otlp.ts'
import type { LivePod } from './pod.ts'
import { proven } from './proven.ts'
import { restrictedPod } from './restricted-pod.ts'

/** An app with the OpenTelemetry SDK, told nothing in its code of where to send. It ends with what it has sent. */
const program = `
  import { metrics, trace } from '@opentelemetry/api'
  import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
  import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
  import { detectResources, envDetector } from '@opentelemetry/resources'
  import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
  import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'

  const resource = detectResources({ detectors: [envDetector] })
  const spanProcessors = [new BatchSpanProcessor(new OTLPTraceExporter())]
  const tracers = new NodeTracerProvider({ resource, spanProcessors })
  const readers = [new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() })]
  const meters = new MeterProvider({ resource, readers })
  tracers.register()
  metrics.setGlobalMeterProvider(meters)
  metrics.getMeter('shop').createCounter('orders').add(3)
  trace.getTracer('shop').startActiveSpan('order', span => {
    trace.getTracer('shop').startSpan('pay').end()
    span.end()
  })
  Promise.all([tracers.shutdown(), meters.shutdown()]).then(() => process.exit(0))
`

const packages = [
  '@opentelemetry/api@1.9.1',
  '@opentelemetry/exporter-metrics-otlp-proto@0.223.0',
  '@opentelemetry/exporter-trace-otlp-proto@0.223.0',
  '@opentelemetry/resources@2.12.0',
  '@opentelemetry/sdk-metrics@2.12.0',
  '@opentelemetry/sdk-trace-node@2.12.0',
]

describe('telemetry', () => {
  const kubectl = useNamespace('catalog-telemetry', podSecurity('restricted'))
  let directory: string

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pillion-telemetry-'))
    await writeFile(join(directory, 'app.js'), program)
    await output('npm', [
      'install',
      '--silent',
      '--no-audit',
      '--no-fund',
      `--prefix=${directory}`,
      ...packages,
    ])
    await build({
      entryPoints: [join(directory, 'app.js')],
      outfile: join(directory, 'bundle.cjs'),
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'cjs',
    })
    await kubectl(['create', 'configmap', 'program', `--from-file=app.cjs=${join(directory, 'bundle.cjs')}`])
    await kubectl(['apply', '-f=examples/telemetry.yaml'])
    await kubectl(['rollout', 'status', 'deployment/collector', '--timeout=90s'])
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  const from = async (pod: string) =>
    (await received(kubectl)).filter(({ resource }) => resource['k8s.pod.name'] === pod)

  it('brings spans and metrics of an app with the SDK to the receiver, with the names of its Pod', async () => {
    await kubectl(['create', '-f=-'], { stdin: sdkPod('shop') })
    await kubectl(['wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/shop', '--timeout=90s'])
    await until('spans and a metric arrive', 20_000, async () => (await from('shop')).length >= 3, 200)
    expect((await from('shop')).map(({ what }) => what).toSorted()).toEqual(['order', 'orders', 'pay'])
    for (const { resource } of await from('shop')) {
      expect(resource).toMatchObject({
        'service.name': 'app',
        'k8s.namespace.name': 'catalog-telemetry',
        'k8s.pod.uid': expect.stringMatching(/^[0-9a-f-]{36}$/),
        'k8s.node.name': expect.any(String),
        'k8s.container.name': 'app',
      })
    }
    proven(
      'telemetry',
      'two spans and a counter of the OpenTelemetry SDK arrived with the names of their Pod',
    )
  })

  it('outlives the app, and sends what it has before it ends', async () => {
    const { status } = JSON.parse(await kubectl(['get', 'pod', 'shop', '-o=json'])) as LivePod
    const app = status.containerStatuses?.[0]?.state.terminated
    const collector = status.initContainerStatuses?.[0]?.state.terminated
    expect(collector?.exitCode).toBe(0)
    expect(Date.parse(collector?.finishedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(app?.finishedAt ?? ''))
    proven(
      'telemetry',
      `the app ended at ${app?.finishedAt}, the collector at ${collector?.finishedAt}, with nothing left`,
    )
  })

  it('takes OTLP from any program on localhost', async () => {
    await until('the span arrives', 60_000, async () => (await from('checkout')).length > 0, 200)
    expect(await from('checkout')).toMatchObject([{ what: 'checkout' }])
  })
})

function sdkPod(name: string): string {
  return restrictedPod(
    name,
    { 'pillion.dev/inject': 'telemetry', 'pillion.dev/telemetry.endpoint': 'http://collector:4318' },
    {
      command: ['node', '/program/app.cjs'],
      container: {
        image: 'node:24-bookworm-slim',
        volumeMounts: [{ name: 'program', mountPath: '/program' }],
      },
      spec: {
        restartPolicy: 'Never',
        terminationGracePeriodSeconds: 30,
        volumes: [{ name: 'program', configMap: { name: 'program' } }],
      },
    },
  )
}
