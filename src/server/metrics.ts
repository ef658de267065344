import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { type Connections, closedReasons, connectionStates } from './connections.ts'

/** Pillion's own metrics. An entry here creates its metric. The metrics of the process and of Node come from prom-client. */
export const declared = {
  requests: {
    name: 'pillion_admission_requests_total',
    type: 'counter',
    help: 'Number of requests to the webhook, by outcome and reason.',
    labelNames: ['outcome', 'reason'],
  },
  duration: {
    name: 'pillion_admission_duration_seconds',
    type: 'histogram',
    help: 'Time from the headers of a request to the first byte of its answer, in seconds.',
    labelNames: [],
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  },
  connections: {
    name: 'pillion_connections',
    type: 'gauge',
    help: 'Number of connections to the webhook port, by state: handshake, open, idle, or stranger (without the required client certificate).',
    labelNames: ['state'],
  },
  connectionsClosed: {
    name: 'pillion_connections_closed_total',
    type: 'counter',
    help: 'Number of connections that Pillion closed under overload, by reason.',
    labelNames: ['reason'],
  },
  bytesInFlight: {
    name: 'pillion_bytes_in_flight',
    type: 'gauge',
    help: 'Memory for all requests without an answer yet, in bytes.',
    labelNames: [],
  },
  deferredRequests: {
    name: 'pillion_deferred_requests_total',
    type: 'counter',
    help: 'Number of reviews that waited for their turn, because other reviews of their namespace had taken much time.',
    labelNames: [],
  },
  profileReviews: {
    name: 'pillion_profile_reviews_total',
    type: 'counter',
    help: 'Number of reviews of a profile that a user wanted to store, by outcome and reason.',
    labelNames: ['outcome', 'reason'],
  },
  injections: {
    name: 'pillion_injections_total',
    type: 'counter',
    help: 'Number of Pods that got a profile, by profile and revision, without dry runs. Only revisions in use are counted.',
    labelNames: ['profile', 'revision'],
  },
  profiles: {
    name: 'pillion_profiles',
    type: 'gauge',
    help: 'Number of profiles in use.',
    labelNames: [],
  },
  profileReloads: {
    name: 'pillion_profile_reloads_total',
    type: 'counter',
    help: 'Number of times that Pillion read the profiles, by result: success, or failure when a profile has a problem.',
    labelNames: ['result'],
  },
  profileProblems: {
    name: 'pillion_profile_problems',
    type: 'gauge',
    help: 'Number of problems in the profiles. The last valid version of such a profile stays in use.',
    labelNames: [],
  },
  watchAge: {
    name: 'pillion_watch_age_seconds',
    type: 'gauge',
    help: 'Time since the API server last sent something on the watch of a resource, in seconds. Normally below 30.',
    labelNames: ['resource'],
  },
  objectProblems: {
    name: 'pillion_object_problems_total',
    type: 'counter',
    help: 'Number of objects of the cluster that Pillion could not handle because of a bug, by kind.',
    labelNames: ['kind'],
  },
  leader: {
    name: 'pillion_leader',
    type: 'gauge',
    help: '1 if this replica is the leader, which writes the status of profiles and sweeps, otherwise 0.',
    labelNames: [],
  },
  missedPods: {
    name: 'pillion_missed_pods',
    type: 'gauge',
    help: 'Number of Pods that run without the profiles they ask for, as of the last sweep, by namespace and kind of problem.',
    labelNames: ['namespace', 'kind'],
  },
  sweepDuration: {
    name: 'pillion_sweep_duration_seconds',
    type: 'gauge',
    help: 'Duration of the last sweep, in seconds.',
    labelNames: [],
  },
  sweepTime: {
    name: 'pillion_sweep_timestamp_seconds',
    type: 'gauge',
    help: 'End of the last sweep, as a Unix time in seconds.',
    labelNames: [],
  },
  evictions: {
    name: 'pillion_evictions_total',
    type: 'counter',
    help: 'Number of missed Pods that the sweep tried to evict, by result.',
    labelNames: ['result'],
  },
  certificateExpiry: {
    name: 'pillion_certificate_expiry_timestamp_seconds',
    type: 'gauge',
    help: 'Expiry of the certificate in use, as a Unix time in seconds.',
    labelNames: [],
  },
  certificateTrusted: {
    name: 'pillion_certificate_trusted',
    type: 'gauge',
    help: '1 if every webhook configuration trusts the certificate that Pillion maintains itself, otherwise 0.',
    labelNames: [],
  },
  certificateReloads: {
    name: 'pillion_certificate_reloads_total',
    type: 'counter',
    help: 'Number of changes of the certificate or its key, by result: success, or failure when the previous pair stays in use.',
    labelNames: ['result'],
  },
  clientCaReloads: {
    name: 'pillion_client_ca_reloads_total',
    type: 'counter',
    help: 'Number of changes of the file of --client-ca, by result: success, or failure when the previous CA stays in use.',
    labelNames: ['result'],
  },
} as const

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

/** Creates every declared metric, each at zero, in a registry of its own. */
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
  // A rate needs the zero before the first failure.
  for (const reason of closedReasons) created.connectionsClosed.inc({ reason }, 0)
  for (const result of ['success', 'failure']) {
    created.profileReloads.inc({ result }, 0)
    created.certificateReloads.inc({ result }, 0)
    created.clientCaReloads.inc({ result }, 0)
  }
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
    /** Reports the number of connections and of bytes in flight, from now on. */
    bounded(connections: Connections, bytesInFlight: () => number) {
      onScrape.connections = () => {
        for (const state of connectionStates) created.connections.set({ state }, connections.count(state))
      }
      onScrape.bytesInFlight = () => created.bytesInFlight.set(bytesInFlight())
    },
  }
}
