import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import packageJson from '../../package.json' with { type: 'json' }
import { type Connections, closedReasons, connectionStates } from './connections.ts'
import { counted } from './counted.ts'

const counter = declare('counter')
const gauge = declare('gauge')
const histogram = declare('histogram')

/** Pillion's own metrics. An entry here creates its metric. The metrics of the process and of Node come from prom-client. */
export const declared = {
  buildInfo: gauge('pillion_build_info', 'Always 1. The label is the version of Pillion.', 'version'),
  requests: counter(
    'pillion_admission_requests_total',
    'Number of requests to the webhook, by outcome and reason.',
    'outcome',
    'reason',
  ),
  duration: {
    ...histogram(
      'pillion_admission_duration_seconds',
      'Time from the headers of a request to the first byte of its answer, in seconds.',
    ),
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  },
  connections: gauge(
    'pillion_connections',
    'Number of connections to the webhook port, by state: handshake, open, idle, or stranger (without the required client certificate).',
    'state',
  ),
  connectionsClosed: counter(
    'pillion_connections_closed_total',
    'Number of connections that Pillion closed under overload, by reason.',
    'reason',
  ),
  bytesInFlight: gauge('pillion_in_flight_bytes', 'Memory for all requests without an answer yet, in bytes.'),
  deferredRequests: counter(
    'pillion_deferred_requests_total',
    'Number of reviews that waited for their turn, because other reviews of their namespace had taken much time.',
  ),
  profileReviews: counter(
    'pillion_profile_reviews_total',
    'Number of reviews of a profile that a user wanted to store or delete, by outcome and reason.',
    'outcome',
    'reason',
  ),
  workloadReviews: counter(
    'pillion_workload_reviews_total',
    'Number of reviews of a workload or Namespace that a user wrote, by outcome: clean, or warned when the user got a warning.',
    'outcome',
  ),
  injections: counter(
    'pillion_injections_total',
    'Number of Pods that got a profile, by profile and revision, without dry runs. Only revisions in use are counted.',
    'profile',
    'revision',
  ),
  profiles: gauge('pillion_profiles', 'Number of profiles in use.'),
  profilesHash: gauge(
    'pillion_profiles_hash',
    'Hash of the names and revisions of the profiles in use. Replicas with the same profiles have the same hash.',
  ),
  profileReloads: counter(
    'pillion_profile_reloads_total',
    'Number of times that Pillion read the profiles, by result: success, or failure when a profile has a problem.',
    'result',
  ),
  profileProblems: gauge(
    'pillion_profile_problems',
    'Number of problems in the profiles. The last valid version of such a profile stays in use.',
  ),
  watchAge: gauge(
    'pillion_watch_age_seconds',
    'Time since the API server last sent something on the watch of a resource, in seconds. Normally below 30.',
    'resource',
  ),
  objectProblems: counter(
    'pillion_object_problems_total',
    'Number of objects of the cluster that Pillion could not handle because of a bug, by kind.',
    'kind',
  ),
  droppedLogLines: counter(
    'pillion_dropped_log_lines_total',
    'Number of log lines that Pillion dropped, because nothing read stdout or its disk was full.',
  ),
  leader: gauge(
    'pillion_leader',
    '1 if this replica is the leader, which writes the status of profiles and sweeps, otherwise 0.',
  ),
  missedPods: gauge(
    'pillion_missed_pods',
    'Number of Pods that lack a profile (kind Missed), have an earlier revision (Outdated) or would be denied now (Denied), as of the last sweep, by namespace of the Pod. Only the leader has it.',
    'resource_namespace',
    'kind',
  ),
  blockedWorkloads: gauge(
    'pillion_blocked_workloads',
    'Number of workloads that cannot create Pods because Pillion denies them or does not answer, as of the last sweep, by namespace of the workload. Only the leader has it.',
    'resource_namespace',
  ),
  sweepDuration: gauge(
    'pillion_sweep_duration_seconds',
    'Duration of the last sweep, in seconds. Only the leader has it.',
  ),
  sweepTime: gauge(
    'pillion_sweep_timestamp_seconds',
    'End of the last sweep, as a Unix time in seconds. Only the leader has it.',
  ),
  evictions: counter(
    'pillion_evictions_total',
    'Number of missed Pods that the sweep tried to evict, by result. Only the leader evicts.',
    'result',
  ),
  rollouts: gauge(
    'pillion_rollouts',
    'Number of profiles with a rollout, by phase. A ClusterSidecarProfile has its own series; SidecarProfiles are summed by namespace. Only the leader has it.',
    'profile',
    'resource_namespace',
    'phase',
  ),
  rolloutPods: gauge(
    'pillion_rollout_pods',
    'Number of Pods of profiles with a rollout, by state. A ClusterSidecarProfile has its own series; SidecarProfiles are summed by namespace. Only the leader has it.',
    'profile',
    'resource_namespace',
    'state',
  ),
  rolloutSteps: counter(
    'pillion_rollout_steps_total',
    'Number of Pods that a rollout changed or tried to change, by kind of change and result. Only the leader changes Pods.',
    'kind',
    'result',
  ),
  rolloutStepDuration: {
    ...histogram(
      'pillion_rollout_step_duration_seconds',
      'Time from the change of a Pod until it was ready or had failed, in seconds, by kind of change.',
      'kind',
    ),
    buckets: [0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600],
  },
  webhookConfigured: gauge(
    'pillion_webhook_configured',
    '1 if the webhook configuration of this kind exists and calls this installation of Pillion, otherwise 0. Only with the certificate that Pillion maintains itself.',
    'kind',
  ),
  certificateExpiry: gauge(
    'pillion_certificate_expiry_timestamp_seconds',
    'Expiry of the certificate in use, as a Unix time in seconds.',
  ),
  certificateTrusted: gauge(
    'pillion_certificate_trusted',
    '1 if every webhook configuration trusts the certificate that Pillion maintains itself, otherwise 0. Not for a certificate in files.',
  ),
  certificateReloads: counter(
    'pillion_certificate_reloads_total',
    'Number of changes of the certificate or its key, by result: success, or failure when the previous pair stays in use.',
    'result',
  ),
  clientCaReloads: counter(
    'pillion_client_ca_reloads_total',
    'Number of changes of the file of --client-ca, by result: success, or failure when the previous CA stays in use.',
    'result',
  ),
}

function declare<const Type extends string>(type: Type) {
  return <const Label extends string = never>(name: string, help: string, ...labelNames: Label[]) => ({
    name,
    type,
    help,
    labelNames,
  })
}

type Declared = typeof declared
type Labels<Name extends keyof Declared> = Declared[Name]['labelNames'][number]

type Created = {
  readonly [Name in keyof Declared]: {
    counter: Counter<Labels<Name>>
    gauge: Gauge<Labels<Name>>
    histogram: Histogram<Labels<Name>>
  }[Declared[Name]['type']]
}

const classes = { counter: Counter, gauge: Gauge, histogram: Histogram }

export type Metrics = ReturnType<typeof createMetrics>

/** Creates every declared metric in a registry of its own: counters at zero, and without what only a leader knows. */
export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const onScrape: Partial<Record<keyof Declared, () => void>> = {}
  const created = Object.fromEntries(
    Object.entries(declared).map(([name, { type, ...configuration }]) => {
      const collect = () => onScrape[name as keyof Declared]?.()
      // Each class takes the configuration of its own type.
      return [name, new classes[type]({ ...configuration, collect, registers: [registry] } as never)]
    }),
  ) as unknown as Created
  // `increase` and `rate` see a first event only if there was a zero before it.
  for (const reason of closedReasons) created.connectionsClosed.inc({ reason }, 0)
  for (const labels of counted.requests) created.requests.inc(labels, 0)
  for (const labels of counted.profileReviews) created.profileReviews.inc(labels, 0)
  for (const kind of counted.kinds) created.objectProblems.inc({ kind }, 0)
  for (const result of counted.evictionResults) created.evictions.inc({ result }, 0)
  for (const labels of counted.rolloutSteps) created.rolloutSteps.inc(labels, 0)
  for (const result of ['success', 'failure']) {
    created.profileReloads.inc({ result }, 0)
    created.certificateReloads.inc({ result }, 0)
    created.clientCaReloads.inc({ result }, 0)
  }
  created.buildInfo.set({ version: packageJson.version }, 1)
  const forgetSweep = () => {
    created.missedPods.reset()
    created.blockedWorkloads.reset()
    created.sweepDuration.remove()
    created.sweepTime.remove()
  }
  forgetSweep()
  const forgetRollouts = () => {
    created.rollouts.reset()
    created.rolloutPods.reset()
  }
  // Of a certificate in files nobody here knows it.
  created.certificateTrusted.remove()
  for (const outcome of ['clean', 'warned']) created.workloadReviews.inc({ outcome }, 0)
  const ages = new Map<string, () => number>()
  onScrape.watchAge = () => {
    for (const [resource, ageMs] of ages) created.watchAge.set({ resource }, ageMs() / 1_000)
  }
  return {
    ...created,
    registry,
    /** Reports the time since the last sign of life of the watch of a resource, from now on. */
    watching: (resource: string, ageMs: () => number) => void ages.set(resource, ageMs),
    /** Reports whether the certificate is trusted, from now on. */
    trusting(isTrusted: () => boolean) {
      onScrape.certificateTrusted = () => created.certificateTrusted.set(Number(isTrusted()))
    },
    /** Reports whether the API server calls this installation, by kind of webhook configuration, from now on. */
    configured(current: () => ReadonlyMap<string, boolean>) {
      onScrape.webhookConfigured = () => {
        for (const [kind, isOurs] of current()) created.webhookConfigured.set({ kind }, Number(isOurs))
      }
    },
    /** Reports the number of log lines that were dropped, from now on. */
    logging(dropped: () => number) {
      onScrape.droppedLogLines = () => {
        created.droppedLogLines.reset()
        created.droppedLogLines.inc(dropped())
      }
    },
    /** Takes away what only the replica knows that swept last. */
    forgetSweep,
    /** Takes away what only the replica knows that leads the rollouts. */
    forgetRollouts,
    /** Reports the number of connections and of bytes in flight, from now on. */
    bounded(connections: Connections, bytesInFlight: () => number) {
      onScrape.connections = () => {
        for (const state of connectionStates) created.connections.set({ state }, connections.count(state))
      }
      onScrape.bytesInFlight = () => created.bytesInFlight.set(bytesInFlight())
    },
  }
}
