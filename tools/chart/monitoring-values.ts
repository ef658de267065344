import { Type } from 'typebox'
import { duration, flag, group, list, map, number, text } from './declare.ts'

// https://prometheus.io/docs/prometheus/latest/querying/basics/#float-literals-and-time-durations
const prometheusUnits = ['y', 'w', 'd', 'h', 'm', 's', 'ms']

/** The values about metrics, alerts and the dashboard. */
export const monitoring = group('Objects for the Prometheus operator and Grafana.', {
  serviceMonitor: group('ServiceMonitor of the replicas.', {
    enabled: flag(false, 'Whether the chart creates a ServiceMonitor.'),
    labels: map({}, 'Labels by which your Prometheus selects the ServiceMonitor.'),
    interval: duration('30s', prometheusUnits, 'Time between two scrapes.'),
    metricRelabelings: list([], 'Metric relabelings of the ServiceMonitor.'),
  }),
  prometheusRule: group('PrometheusRule with the alerts.', {
    enabled: flag(false, 'Whether the chart creates a PrometheusRule.'),
    labels: map({}, 'Labels by which your Prometheus selects the PrometheusRule.'),
    alertLabels: map({}, 'Additional labels of every alert.'),
    disabled: list([], 'Names of alerts that are left out.', Type.String()),
    runbookUrl: text(
      'docs/alerts.md',
      'Address at which people find `docs/alerts.md`. Each alert adds `#` and its name for its annotation `runbook_url`.',
    ),
    latencySeconds: number(
      0.1,
      'Seconds within which 99 % of the requests must be answered; if not, `PillionSlow` fires.',
    ),
  }),
  dashboard: group('ConfigMap with the dashboard, which the sidecar of Grafana finds.', {
    enabled: flag(false, 'Whether the chart creates a ConfigMap with the dashboard.'),
    labels: map({ grafana_dashboard: '1' }, 'Labels by which Grafana selects the ConfigMap.'),
    annotations: map({}, 'Annotations of the ConfigMap, for example `grafana_folder`.'),
  }),
})
