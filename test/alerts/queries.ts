import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { only, render, root } from '../chart/helm.ts'

/** A rule of the rendered PrometheusRule. */
export interface Alert {
  readonly alert: string
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

interface Rule {
  readonly spec: { readonly groups: readonly { readonly rules: readonly Alert[] }[] }
}

/** The groups of alerts of the chart, installed as `pillion` in the namespace `pillion` unless the values say otherwise. */
export async function renderedRule(
  values = 'monitoring: { prometheusRule: { enabled: true } }',
): Promise<Rule['spec']> {
  return (only(await render({ values }), 'PrometheusRule') as unknown as Rule).spec
}

export interface Panel {
  readonly title: string
  readonly type: 'timeseries' | 'stat'
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly fieldConfig: { readonly defaults: { readonly unit: string } }
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[]
}

/** The panels of the dashboard, as Grafana reads them. */
export function dashboardPanels(): readonly Panel[] {
  const text = readFileSync(join(root, 'charts/pillion/dashboard.json'), 'utf8')
  return (JSON.parse(text) as { panels: readonly Panel[] }).panels
}

/** Which metrics the alerts read, and with `all` the dashboard, too. */
export async function isRead(all: boolean): Promise<(metric: string) => boolean> {
  const { groups } = await renderedRule()
  const queries = groups.flatMap(({ rules }) => rules.map(({ expr }) => expr))
  const shown = dashboardPanels().flatMap(({ targets }) => targets.map(({ expr }) => expr))
  const names = [...queries, ...(all ? shown : [])].flatMap(
    query => query.match(/\b(pillion|apiserver|process)_\w+/g) ?? [],
  )
  const wanted = new Set(names)
  return metric => wanted.has(metric)
}
