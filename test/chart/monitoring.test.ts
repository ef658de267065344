import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { declared } from '../../src/server/metrics.ts'
import { chart, describeWithHelm, only, render, root } from './helm.ts'

describeWithHelm('monitoring', () => {
  const enabled = 'monitoring: { serviceMonitor: { enabled: true }, prometheusRule: { enabled: true } }'

  it('asks in its alerts for what is there', async () => {
    const alerts = await alertsOf(enabled)
    expect(alerts.length).toBeGreaterThan(10)
    expect(alerts.flatMap(({ expr }) => unknownIn(expr))).toEqual([])
  })

  it('asks in its dashboard for what is there', () => {
    const { panels } = JSON.parse(readFileSync(join(root, chart, 'dashboard.json'), 'utf8')) as Dashboard
    expect(panels.length).toBeGreaterThan(10)
    expect(panels.flatMap(({ targets }) => targets).flatMap(({ expr }) => unknownIn(expr))).toEqual([])
  })

  it('shows every metric of its own in the dashboard or in an alert', async () => {
    const dashboard = readFileSync(join(root, chart, 'dashboard.json'), 'utf8')
    const exprs = [dashboard, ...(await alertsOf(enabled)).map(({ expr }) => expr)].join('\n')
    const shown = Object.values(declared).filter(({ name }) => exprs.includes(name))
    // Both count failures that the profiles' problems and the certificate's expiry show as a state.
    const counted = ['pillion_profile_reloads_total', 'pillion_certificate_reloads_total']
    const rule =
      'a panel in tools/chart/dashboard.ts or an alert in charts/pillion/alerts.yaml for each metric'
    expect(shown.map(({ name }) => name).sort(), rule).toEqual(
      Object.values(declared)
        .map(({ name }) => name as string)
        .filter(name => !counted.includes(name))
        .sort(),
    )
  })

  it('finds what is not there', () => {
    expect(unknownIn('sum(rate(pillion_requests_total{namespace="a"}[5m]))')).toEqual([
      'pillion_requests_total',
    ])
    expect(unknownIn('pillion_leader{replica="a"}')).toEqual(['pillion_leader{replica}'])
    expect(unknownIn('sum by (cause) (pillion_missed_pods{kind="Missed"})')).toEqual(['by (cause)'])
    expect(unknownIn('max by (resource) (pillion_watch_age_seconds{pod="a"}) > 60')).toEqual([])
  })

  it('tells of each alert what it means and how bad it is', async () => {
    for (const { alert, labels, annotations } of await alertsOf(enabled)) {
      expect(labels, alert).toMatchObject({ severity: expect.stringMatching(/^(warning|critical)$/) })
      expect(annotations, alert).toEqual({
        summary: expect.stringMatching(/\S/),
        description: expect.stringMatching(/\S/),
        runbook_url: expect.stringMatching(/\S/),
      })
      expect(JSON.stringify(annotations), alert).not.toMatch(/\{\{(?! \$labels\.\w+ \}\})/)
    }
  })

  it('has alerts of both severities, each with its own, and with the additional labels', async () => {
    const severities = async (values: string) =>
      Map.groupBy(await alertsOf(values), ({ labels }) => JSON.stringify(labels))
    const plain = await severities(enabled)
    expect([...plain.keys()].toSorted()).toEqual(['{"severity":"critical"}', '{"severity":"warning"}'])
    const labelled = await severities(
      'monitoring: { prometheusRule: { enabled: true, alertLabels: { team: platform } } }',
    )
    for (const severity of ['critical', 'warning']) {
      const names = (groups: typeof plain, labels: object) =>
        groups.get(JSON.stringify(labels))?.map(({ alert }) => alert)
      const withTeam = names(labelled, { severity, team: 'platform' })
      expect(withTeam).toEqual(names(plain, { severity }))
      expect(withTeam?.length).toBeGreaterThan(5)
    }
  })

  it('points with each alert to the page that the values name', async () => {
    const url = 'https://git.example.com/pillion/docs/alerts.md'
    const alerts = await alertsOf(`monitoring: { prometheusRule: { enabled: true, runbookUrl: '${url}' } }`)
    expect(alerts.find(({ alert }) => alert === 'PillionDown')?.annotations).toMatchObject({
      runbook_url: `${url}#pilliondown`,
    })
  })

  it('has no alert that is switched off, and the labels that are given', async () => {
    const values = `
monitoring:
  prometheusRule:
    enabled: true
    disabled: [PillionDenials]
    alertLabels: { team: platform, severity: page }
    latencySeconds: 0.5
`
    const alerts = await alertsOf(values)
    expect(alerts.map(({ alert }) => alert)).not.toContain('PillionDenials')
    expect(new Set(alerts.map(({ labels }) => JSON.stringify(labels)))).toEqual(
      new Set(['{"severity":"page","team":"platform"}']),
    )
    expect(alerts.find(({ alert }) => alert === 'PillionSlow')?.expr).toMatch(/> 0\.5$/)
  })

  it('watches no sweep that there is not', async () => {
    const alerts = await alertsOf(`${enabled}\nsweep: { enabled: false }`)
    expect(alerts.map(({ alert }) => alert)).not.toContain('PillionSweepStale')
  })

  it('scrapes the port of the Service that has the metrics', async () => {
    const manifests = await render({ values: enabled })
    const { spec: monitor } = only(manifests, 'ServiceMonitor') as unknown as Monitor
    const service = only(manifests, 'Service') as unknown as Service
    expect(service.metadata.labels).toMatchObject(monitor.selector.matchLabels)
    expect(service.spec.ports.map(({ name }) => name)).toContain(monitor.endpoints[0]?.port)
  })
})

async function alertsOf(values: string): Promise<readonly Alert[]> {
  const { spec } = only(await render({ values }), 'PrometheusRule') as unknown as Rule
  return spec.groups.flatMap(({ rules }) => rules)
}

/** Metrics of the API server: https://kubernetes.io/docs/reference/instrumentation/metrics/ */
const foreign: Readonly<Record<string, readonly string[]>> = {
  apiserver_admission_webhook_admission_duration_seconds: ['name', 'operation', 'rejected', 'type'],
  apiserver_admission_webhook_fail_open_count: ['name', 'type'],
  apiserver_admission_webhook_rejection_count: ['error_type', 'name', 'operation', 'rejection_code', 'type'],
  process_cpu_seconds_total: [],
  process_resident_memory_bytes: [],
  process_start_time_seconds: [],
}

/** Of a histogram by its series. */
const known = new Map<string, readonly string[]>([
  ...Object.entries(foreign),
  ...Object.values(declared).map(({ name, labelNames }) => [name, labelNames] as const),
])

/** By `count_values`. */
const counted = ['hash']
/** What Prometheus itself adds; of a label of the same name in a metric it makes `exported_…`. */
const ofTarget = ['namespace', 'pod', 'instance', 'job']

/** The metrics and labels of a query that do not exist. */
function unknownIn(query: string): readonly string[] {
  const selectors = [...query.matchAll(/\b([a-z]+_[a-z_]+)(\{[^}]*\})?/g)].filter(([, name = '']) =>
    /^(pillion|apiserver|process)_/.test(name),
  )
  const labels = new Set(ofTarget.concat('le', counted))
  const wrong = selectors.flatMap(([, series = '', braces = '']) => {
    const declaredLabels = known.get(series) ?? known.get(series.replace(/_(bucket|sum|count)$/, ''))
    if (!declaredLabels) return [series]
    const own = declaredLabels.map(label => (ofTarget.includes(label) ? `exported_${label}` : label))
    for (const label of own) labels.add(label)
    const named = [...braces.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label)
    return named.flatMap(label => ([...own, ...ofTarget].includes(label) ? [] : [`${series}{${label}}`]))
  })
  const grouped = [...query.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/))
  return [...wrong, ...grouped.filter(label => !labels.has(label)).map(label => `by (${label})`)]
}

interface Alert {
  readonly alert: string
  readonly expr: string
  readonly labels: object
  readonly annotations: object
}

interface Rule {
  readonly spec: { readonly groups: readonly { readonly rules: readonly Alert[] }[] }
}

interface Dashboard {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[]
}

interface Monitor {
  readonly spec: {
    readonly selector: { readonly matchLabels: object }
    readonly endpoints: readonly { readonly port: string }[]
  }
}

interface Service {
  readonly metadata: { readonly labels: object }
  readonly spec: { readonly ports: readonly { readonly name: string }[] }
}
