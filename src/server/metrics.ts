import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { type Connections, closedReasons, connectionStates } from './connections.ts'

/** Every metric of Pillion's own; those of the process and of Node come from prom-client. */
export const declared = {
  requests: {
    name: 'pillion_admission_requests_total',
    type: 'counter',
    help: 'Calls of the webhook, by what became of them and why; all of them together are the total.',
    labelNames: ['outcome', 'reason'],
  },
  duration: {
    name: 'pillion_admission_duration_seconds',
    type: 'histogram',
    help: 'Time from the headers of a call to the first byte of its answer.',
    labelNames: [],
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  },
  connections: {
    name: 'pillion_connections',
    type: 'gauge',
    help: 'Connections of the webhook port, by state: handshake, open, idle, or stranger (without the required client certificate).',
    labelNames: ['state'],
  },
  connectionsClosed: {
    name: 'pillion_connections_closed_total',
    type: 'counter',
    help: 'Connections that Pillion closed under overload, by reason.',
    labelNames: ['reason'],
  },
  bytesInFlight: {
    name: 'pillion_bytes_in_flight',
    type: 'gauge',
    help: 'Bytes in memory for all requests that have no answer yet.',
    labelNames: [],
  },
  deferredRequests: {
    name: 'pillion_deferred_requests_total',
    type: 'counter',
    help: 'Reviews that waited for their turn, because others of their namespace had taken much time.',
    labelNames: [],
  },
  profileReviews: {
    name: 'pillion_profile_reviews_total',
    type: 'counter',
    help: 'Profiles that somebody wanted to store, by what was found about them.',
    labelNames: ['outcome', 'reason'],
  },
  injections: {
    name: 'pillion_injections_total',
    type: 'counter',
    help: 'Pods that got a profile, dry runs aside, by the revisions that are in use.',
    labelNames: ['profile', 'revision'],
  },
  profiles: {
    name: 'pillion_profiles',
    type: 'gauge',
    help: 'Profiles in use.',
    labelNames: [],
  },
  profileReloads: {
    name: 'pillion_profile_reloads_total',
    type: 'counter',
    help: 'Times the profiles were read, by result: success, or failure when any was bad.',
    labelNames: ['result'],
  },
  profileProblems: {
    name: 'pillion_profile_problems',
    type: 'gauge',
    help: 'Problems of the profiles, of which the last good versions are in use.',
    labelNames: [],
  },
  watchAge: {
    name: 'pillion_watch_age_seconds',
    type: 'gauge',
    help: 'How long the API server has said nothing of a resource that is watched: under 30 when all is well.',
    labelNames: ['resource'],
  },
  objectProblems: {
    name: 'pillion_object_problems_total',
    type: 'counter',
    help: 'Objects of the cluster that Pillion could not handle because of a bug, by kind.',
    labelNames: ['kind'],
  },
  leader: {
    name: 'pillion_leader',
    type: 'gauge',
    help: 'Whether this replica is the one that writes the status of profiles and sweeps: 1, or 0.',
    labelNames: [],
  },
  missedPods: {
    name: 'pillion_missed_pods',
    type: 'gauge',
    help: 'Pods that run without what they asked for, as the last sweep found them, by what is wrong.',
    labelNames: ['namespace', 'kind'],
  },
  sweepDuration: {
    name: 'pillion_sweep_duration_seconds',
    type: 'gauge',
    help: 'How long the last sweep took.',
    labelNames: [],
  },
  sweepTime: {
    name: 'pillion_sweep_timestamp_seconds',
    type: 'gauge',
    help: 'When the last sweep ended, in seconds since 1970.',
    labelNames: [],
  },
  evictions: {
    name: 'pillion_evictions_total',
    type: 'counter',
    help: 'Missed Pods that the sweep wanted to evict, by what became of it.',
    labelNames: ['result'],
  },
  certificateExpiry: {
    name: 'pillion_certificate_expiry_timestamp_seconds',
    type: 'gauge',
    help: 'When the certificate in use expires, in seconds since 1970.',
    labelNames: [],
  },
  certificateTrusted: {
    name: 'pillion_certificate_trusted',
    type: 'gauge',
    help: 'Whether every webhook configuration trusts the certificate that Pillion keeps itself: 1, or 0.',
    labelNames: [],
  },
  certificateReloads: {
    name: 'pillion_certificate_reloads_total',
    type: 'counter',
    help: 'Times the certificate or its key changed, by result: success, or failure when the old pair stays.',
    labelNames: ['result'],
  },
  clientCaReloads: {
    name: 'pillion_client_ca_reloads_total',
    type: 'counter',
    help: 'Times the file of --client-ca changed, by result: success, or failure when the previous CA stays in use.',
    labelNames: ['result'],
  },
} as const

export type Metrics = ReturnType<typeof createMetrics>

/** The metrics in a registry of their own, each at zero. */
export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const ages = new Map<string, () => number>()
  let isTrusted: (() => boolean) | undefined
  let load: { readonly connections: Connections; readonly bytesInFlight: () => number } | undefined
  const metrics = {
    registry,
    /** From now on each scrape tells how old what is known of a resource is. */
    watching: (resource: string, ageMs: () => number) => void ages.set(resource, ageMs),
    /** From now on each scrape tells whether the certificate is trusted. */
    trusting: (trusted: () => boolean) => {
      isTrusted = trusted
    },
    /** From now on each scrape tells how many connections and bytes there are. */
    bounded: (connections: Connections, bytesInFlight: () => number) => {
      load = { connections, bytesInFlight }
    },
    requests: new Counter({ ...declared.requests, registers }),
    duration: new Histogram({ ...declared.duration, buckets: [...declared.duration.buckets], registers }),
    connections: new Gauge({
      ...declared.connections,
      registers,
      collect() {
        for (const state of connectionStates) {
          if (load) this.set({ state }, load.connections.count(state))
        }
      },
    }),
    connectionsClosed: new Counter({ ...declared.connectionsClosed, registers }),
    bytesInFlight: new Gauge({
      ...declared.bytesInFlight,
      registers,
      collect() {
        if (load) this.set(load.bytesInFlight())
      },
    }),
    deferredRequests: new Counter({ ...declared.deferredRequests, registers }),
    profileReviews: new Counter({ ...declared.profileReviews, registers }),
    injections: new Counter({ ...declared.injections, registers }),
    profiles: new Gauge({ ...declared.profiles, registers }),
    profileReloads: new Counter({ ...declared.profileReloads, registers }),
    profileProblems: new Gauge({ ...declared.profileProblems, registers }),
    watchAge: new Gauge({
      ...declared.watchAge,
      registers,
      collect() {
        for (const [resource, ageMs] of ages) this.set({ resource }, ageMs() / 1_000)
      },
    }),
    objectProblems: new Counter({ ...declared.objectProblems, registers }),
    leader: new Gauge({ ...declared.leader, registers }),
    missedPods: new Gauge({ ...declared.missedPods, registers }),
    sweepDuration: new Gauge({ ...declared.sweepDuration, registers }),
    sweepTime: new Gauge({ ...declared.sweepTime, registers }),
    evictions: new Counter({ ...declared.evictions, registers }),
    certificateExpiry: new Gauge({ ...declared.certificateExpiry, registers }),
    certificateTrusted: new Gauge({
      ...declared.certificateTrusted,
      registers,
      collect() {
        if (isTrusted) this.set(Number(isTrusted()))
      },
    }),
    certificateReloads: new Counter({ ...declared.certificateReloads, registers }),
    clientCaReloads: new Counter({ ...declared.clientCaReloads, registers }),
  }
  // A rate needs the zero before the first failure.
  for (const reason of closedReasons) metrics.connectionsClosed.inc({ reason }, 0)
  for (const result of ['success', 'failure']) {
    metrics.profileReloads.inc({ result }, 0)
    metrics.certificateReloads.inc({ result }, 0)
    metrics.clientCaReloads.inc({ result }, 0)
  }
  return metrics
}
