import { expect, it } from 'vitest'
import { declared } from '../../src/server/metrics.ts'
import { asking, mutate, reviewOf, startServer } from '../../src/server/server.fixture.ts'
import { describeWithPrometheus, prometheus } from '../prometheus/prometheus.ts'

describeWithPrometheus('the metrics', () => {
  it('of a replica follow the rules of Prometheus for names, units and labels', async () => {
    const server = await startServer()
    await mutate(server, reviewOf(asking))
    const metrics = await (await fetch(`http://127.0.0.1:${server.metricsPort}/metrics`)).text()
    expect(metrics).toContain('pillion_admission_requests_total{outcome="injected",reason="Injected"} 1')
    const { metrics: problems } = await prometheus({ stepSeconds: 30, metrics })
    // prom-client names those of Node.
    expect(problems.filter(({ metric }) => !metric.startsWith('nodejs_'))).toEqual([])
  })

  it('of a bad name are found', async () => {
    const metrics = '# HELP pillion_calls Calls.\n# TYPE pillion_calls counter\npillion_calls 1\n'
    expect((await prometheus({ stepSeconds: 30, metrics })).metrics).toEqual([
      { metric: 'pillion_calls', text: 'counter metrics should have "_total" suffix' },
    ])
  })
})

it('has no label that Prometheus sets itself and would rename', () => {
  const ofPrometheus = ['namespace', 'pod', 'service', 'container', 'endpoint', 'instance', 'job', 'node']
  const labels = Object.values(declared).flatMap(({ name, labelNames }) =>
    (labelNames as readonly string[])
      .filter(label => ofPrometheus.includes(label))
      .map(label => `${name}{${label}}`),
  )
  expect(labels).toEqual([])
})
