import { describe, expect, it } from 'vitest'
import { until } from '../apiserver/until.ts'
import { podSecurity, useNamespace } from './namespace.ts'
import { proven } from './proven.ts'
import { restrictedPod } from './restricted-pod.ts'

describe('statsd', () => {
  const kubectl = useNamespace('catalog-statsd', podSecurity('restricted'))
  const ip = (pod: string) => kubectl(['get', 'pod', pod, '-o=jsonpath={.status.podIP}'])
  /** What Prometheus would read: asked from another Pod. */
  const metrics = async (pod: string, port = 9102) =>
    (
      await kubectl.attempt([
        'exec',
        'prometheus',
        '--',
        'wget',
        '-qO-',
        `http://${await ip(pod)}:${port}/metrics`,
      ])
    ).stdout
  const shows = (pod: string, line: string, port?: number) =>
    until(
      `${pod} shows ${line}`,
      30_000,
      async () => (await metrics(pod, port)).split('\n').includes(line),
      200,
    )

  it("shows the app's metrics on the Pod's IP, with the labels that the mapping gives them", async () => {
    await kubectl(['create', '-f=-'], { stdin: restrictedPod('prometheus', {}) })
    await kubectl(['apply', '-f=examples/statsd.yaml'])
    await kubectl(['wait', '--for=condition=Ready', 'pod/till', 'pod/prometheus', '--timeout=90s'])
    await shows('till', 'orders_total{kind="book"} 2')
    await shows('till', 'orders_total{kind="map"} 1')
    const annotations = await kubectl(['get', 'pod', 'till', '-o=jsonpath={.metadata.annotations}'])
    expect(JSON.parse(annotations)).toMatchObject({
      'prometheus.io/scrape': 'true',
      'prometheus.io/port': '9102',
      'prometheus.io/path': '/metrics',
    })
    proven('statsd', 'three StatsD counters came out as orders_total with a label, read from another Pod')
  })

  it('is there before the app, by UDP too, on the ports that the Pod asks for', async () => {
    const app = `
      echo "first:5|g" | nc -w 1 "$STATSD_HOST" "$STATSD_PORT"
      exec sleep infinity`
    const node = `
      const socket = require('node:dgram').createSocket('udp4')
      socket.send('udp.first:5|g', process.env.STATSD_PORT, process.env.STATSD_HOST)
      setInterval(() => {}, 1e6)`
    const annotations = {
      'pillion.dev/inject': 'statsd',
      'pillion.dev/statsd.port': '8125',
      'pillion.dev/statsd.metricsPort': '9999',
      'pillion.dev/statsd.annotate': 'false',
    }
    const container = { image: 'node:24-bookworm-slim' }
    await kubectl(['create', '-f=-'], {
      stdin: restrictedPod('ports', annotations, { command: ['node', '-e', node], container }),
    })
    await kubectl(['create', '-f=-'], {
      stdin: restrictedPod('tcp', annotations, { command: ['sh', '-c', app] }),
    })
    await kubectl(['wait', '--for=condition=Ready', 'pod/ports', 'pod/tcp', '--timeout=90s'])
    await shows('ports', 'udp_first 5', 9999)
    await shows('tcp', 'first 5', 9999)
    const given = await kubectl(['get', 'pod', 'ports', '-o=jsonpath={.metadata.annotations}'])
    expect(given).not.toContain('prometheus.io')
    proven('statsd', 'the first UDP packet of an app, sent as it started, was counted')
  })

  it('does not keep a Pod from completing', async () => {
    const stdin = restrictedPod(
      'brief',
      { 'pillion.dev/inject': 'statsd' },
      { command: ['true'], spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 30 } },
    )
    await kubectl(['create', '-f=-'], { stdin })
    await kubectl(['wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/brief', '--timeout=60s'])
  })
})
