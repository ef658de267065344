import type { JsonObject } from '../../src/json/json.ts'

/** One panel: its queries in PromQL, each with the legend of its lines. */
interface Panel {
  readonly title: string
  readonly type: 'timeseries' | 'stat'
  readonly unit: string
  readonly queries: readonly (readonly [query: string, legend: string])[]
}

const ours = 'namespace="$namespace"'
const webhooks = 'name=~"(pod|namespace)\\\\.inject\\\\.pillion\\\\.dev"'
/** Whatever the release and its Pods are called. */
const replica = `pillion_build_info{${ours}}`
/** 0 once the sweep has looked; before that nothing is known. */
const none = `0 * max(pillion_sweep_timestamp_seconds{${ours}})`

const panels: readonly Panel[] = [
  stat('Replicas', 'short', `count(pillion_build_info{${ours}}) or vector(0)`),
  stat('Called by the API server', 'bool_yes_no', `min(pillion_webhook_configured{${ours}})`),
  stat('Profiles', 'short', `max(pillion_profiles{${ours}})`),
  stat('Profile problems', 'short', `max(pillion_profile_problems{${ours}})`),
  stat('Missed Pods', 'short', `sum(pillion_missed_pods{${ours},kind="Missed"}) or ${none}`),
  stat('Blocked workloads', 'short', `sum(pillion_blocked_workloads{${ours}}) or ${none}`),
  stat('Certificate expires in', 's', `min(pillion_certificate_expiry_timestamp_seconds{${ours}}) - time()`),
  stat('Certificate trusted', 'bool_yes_no', `min(pillion_certificate_trusted{${ours}})`),
  lines('Replicas by version', 'short', [`count by (version) (pillion_build_info{${ours}})`, '{{version}}']),
  lines('Requests by outcome', 'reqps', [
    `sum by (outcome) (rate(pillion_admission_requests_total{${ours}}[$__rate_interval]))`,
    '{{outcome}}',
  ]),
  lines('Denied, refused and failed requests by reason', 'reqps', [
    `sum by (outcome, reason) (rate(pillion_admission_requests_total{${ours},outcome=~"denied|refused|failed"}[$__rate_interval]))`,
    '{{outcome}} {{reason}}',
  ]),
  lines(
    'Request duration, measured by Pillion',
    's',
    ...quantiles(`pillion_admission_duration_seconds_bucket{${ours}}`),
  ),
  lines(
    'Request duration, measured by the API server',
    's',
    ...quantiles(`apiserver_admission_webhook_admission_duration_seconds_bucket{${webhooks}}`),
  ),
  lines(
    'Failed requests of the API server',
    'short',
    [
      increaseOf(`apiserver_admission_webhook_fail_open_count{${webhooks}}`),
      'Pods admitted without sidecars',
    ],
    [
      increaseOf(`apiserver_admission_webhook_rejection_count{${webhooks},error_type!="no_error"}`),
      'Pods denied',
    ],
  ),
  lines('Injections by profile', 'reqps', [
    `sum by (profile) (rate(pillion_injections_total{${ours}}[$__rate_interval]))`,
    '{{profile}}',
  ]),
  lines('Missed Pods by namespace', 'short', [
    `sum by (resource_namespace, kind) (pillion_missed_pods{${ours}}) or ${none}`,
    '{{resource_namespace}} {{kind}}',
  ]),
  lines(
    'Sweep',
    's',
    [`max(pillion_sweep_duration_seconds{${ours}})`, 'duration'],
    [`time() - max(pillion_sweep_timestamp_seconds{${ours}})`, 'time since the end'],
  ),
  lines('Evictions', 'short', [
    `sum by (result) (increase(pillion_evictions_total{${ours}}[$__rate_interval]))`,
    '{{result}}',
  ]),
  lines('Rollouts by phase', 'short', [
    `sum by (profile, resource_namespace, phase) (pillion_rollouts{${ours}})`,
    '{{profile}}{{resource_namespace}} {{phase}}',
  ]),
  lines('Pods of rollouts by state', 'short', [
    `sum by (profile, resource_namespace, state) (pillion_rollout_pods{${ours}})`,
    '{{profile}}{{resource_namespace}} {{state}}',
  ]),
  lines('Pods that rollouts changed', 'short', [
    `sum by (kind, result) (increase(pillion_rollout_steps_total{${ours}}[$__rate_interval]))`,
    '{{kind}} {{result}}',
  ]),
  lines(
    'Time until a changed Pod is ready',
    's',
    ...quantiles(`pillion_rollout_step_duration_seconds_bucket{${ours}}`),
  ),
  lines('Time since the last message of the API server', 's', [
    `max by (resource) (pillion_watch_age_seconds{${ours}})`,
    '{{resource}}',
  ]),
  lines('Reviews of profiles', 'short', [
    `sum by (outcome, reason) (increase(pillion_profile_reviews_total{${ours}}[$__rate_interval]))`,
    '{{outcome}} {{reason}}',
  ]),
  lines('Reviews of workloads and Namespaces', 'short', [
    `sum by (outcome) (increase(pillion_workload_reviews_total{${ours}}[$__rate_interval]))`,
    '{{outcome}}',
  ]),
  lines('Objects that Pillion could not handle', 'short', [
    `sum by (kind) (increase(pillion_object_problems_total{${ours}}[$__rate_interval]))`,
    '{{kind}}',
  ]),
  lines('Connections by state', 'short', [`sum by (state) (pillion_connections{${ours}})`, '{{state}}']),
  lines('Connections closed under load', 'short', [
    `sum by (reason) (increase(pillion_connections_closed_total{${ours}}[$__rate_interval]))`,
    '{{reason}}',
  ]),
  lines('Memory of requests in flight', 'bytes', [`pillion_in_flight_bytes{${ours}}`, '{{pod}}']),
  lines('Requests that waited for their turn', 'short', [
    `increase(pillion_deferred_requests_total{${ours}}[$__rate_interval])`,
    '{{pod}}',
  ]),
  lines('Reloads of the client CA', 'short', [
    `sum by (result) (increase(pillion_client_ca_reloads_total{${ours}}[$__rate_interval]))`,
    '{{result}}',
  ]),
  lines('Dropped lines of the log', 'short', [
    `increase(pillion_dropped_log_lines_total{${ours}}[$__rate_interval])`,
    '{{pod}}',
  ]),
  lines('Memory', 'bytes', [
    `process_resident_memory_bytes{${ours}} and on (instance) ${replica}`,
    '{{pod}}',
  ]),
  lines('CPU', 'short', [
    `rate(process_cpu_seconds_total{${ours}}[$__rate_interval]) and on (instance) ${replica}`,
    '{{pod}}',
  ]),
]

const columns = 24
const statWidth = 3
const lineWidth = 12

/** The dashboard, as Grafana imports it. https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/ */
export function dashboard(): JsonObject {
  let [x, y, row] = [0, 0, 0]
  const placed = panels.map((panel, index) => {
    const { w, h } = panel.type === 'stat' ? { w: statWidth, h: 4 } : { w: lineWidth, h: 8 }
    if (x + w > columns) [x, y, row] = [0, y + row, 0]
    const at = { x, y, w, h }
    x += w
    row = h
    return panelAt(panel, index + 1, at)
  })
  return {
    uid: 'pillion',
    title: 'Pillion',
    tags: ['pillion'],
    schemaVersion: 39,
    editable: true,
    refresh: '1m',
    time: { from: 'now-6h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' },
        {
          name: 'namespace',
          type: 'query',
          label: 'Namespace',
          datasource,
          query: 'label_values(pillion_build_info, namespace)',
          refresh: 2,
        },
      ],
    },
    panels: placed,
  }
}

const datasource = { type: 'prometheus', uid: '${datasource}' }

function panelAt({ title, type, unit, queries }: Panel, id: number, gridPos: JsonObject): JsonObject {
  return {
    id,
    title,
    type,
    datasource,
    gridPos,
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: queries.map(([expr, legendFormat], i) => ({
      refId: String.fromCharCode(65 + i),
      datasource,
      expr,
      legendFormat,
    })),
  }
}

function stat(title: string, unit: string, query: string): Panel {
  return { title, type: 'stat', unit, queries: [[query, '']] }
}

function lines(title: string, unit: string, ...queries: Panel['queries']): Panel {
  return { title, type: 'timeseries', unit, queries }
}

/** The API server creates a counter at its first event, which `increase` does not see. */
function increaseOf(counter: string): string {
  const isNew = `(${counter} unless ${counter} offset $__rate_interval)`
  return `sum(${isNew} or increase(${counter}[$__rate_interval])) or vector(0)`
}

function quantiles(buckets: string): Panel['queries'] {
  return [0.5, 0.95, 0.99].map(quantile => [
    `histogram_quantile(${quantile}, sum by (le) (rate(${buckets}[$__rate_interval])))`,
    `${quantile * 100} %`,
  ])
}
