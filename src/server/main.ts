import { setTimeout as sleep } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import { collect } from '../profile/accept/profiles.ts'
import { createApp } from './app.ts'
import { secureContext } from './certificate.ts'
import { certificateFor } from './certificate-source.ts'
import { clientCaIn } from './client-ca.ts'
import { detectCluster, type Environment } from './cluster-context.ts'
import { createFailureTelemetry, createObjectTelemetry } from './cluster-telemetry.ts'
import { createFairTurns } from './fair-turns.ts'
import { first, type ReadinessCheck } from './health.ts'
import { takeDuties } from './leader-duties.ts'
import { listen } from './listen.ts'
import { createLog, droppedLine, type Log } from './log.ts'
import { createMetrics } from './metrics.ts'
import { createMetricsApp } from './metrics-app.ts'
import type { Options } from './options.ts'
import { profilesFor } from './profile-source.ts'
import { recentProfiles } from './recent-profiles.ts'
import { createReloadTelemetry } from './reload-telemetry.ts'
import { createReviewTelemetry } from './review-telemetry.ts'
import { giveBackSpareMemory } from './spare-memory.ts'
import { standardOutput } from './standard-output.ts'
import { traceOf } from './trace.ts'

/** A server that answers requests. */
export interface Running {
  readonly port: number
  readonly metricsPort: number
  /** Stops without losing a request: waits for the drain delay, then for the requests in progress. */
  stop(): Promise<void>
}

/** The problems with the options that keep the server from starting. Nothing is left open. */
export interface NotStarted {
  readonly problems: readonly string[]
}

/** Runs the server until the process gets a signal to stop, then drains the server and exits. */
export async function serve(
  options: Options,
  environment: Environment = process.env,
): Promise<Running | NotStarted> {
  const output = standardOutput(droppedLine)
  const log = createLog(options.logLevel, output)
  let running: Running | undefined
  const delay = options.drainDelayMs + finishMs + 1_000
  const onTimeout = () => log.error('stopped before all requests were answered')
  // From the start on: the kernel ignores a SIGTERM that process 1 of a container does not handle.
  const grace = closeWithGrace({ delay, logger: false, onTimeout }, async ({ signal, err }) => {
    if (err) log.fatal(traceOf(err), 'draining because of a bug')
    else log.info({ signal }, running ? 'draining' : 'stopping before the webhook listens')
    await running?.stop()
    log.info('stopped')
    await output.flushed()
  })
  const started = await start(options, environment, log)
  if ('problems' in started) grace.uninstall()
  else running = started
  return started
}

/**
 * Starts the server. Unlike `serve`, this neither handles signals nor exits the process. The metrics port opens at once:
 * while the API server does not answer, the replica is alive, is not ready, and says why.
 */
export async function start(
  options: Options,
  environment: Environment,
  log: Log,
): Promise<Running | NotStarted> {
  const metrics = createMetrics()
  metrics.logging(log.dropped)
  const reloads = createReloadTelemetry(log, metrics)
  const stopping = new AbortController()
  const { signal } = stopping
  const callbacks = {
    failed: createFailureTelemetry(log),
    troubled: createObjectTelemetry(log, metrics),
    signal,
  }
  let duties: ReturnType<typeof takeDuties> | undefined
  let isListening = false
  let isDraining = false
  const readiness: ReadinessCheck[] = [
    () => (isDraining ? 'draining' : undefined),
    () => (isListening ? undefined : 'the webhook is not listening yet'),
  ]
  const metricsApp = createMetricsApp(metrics.registry, readiness)
  const metricsAt = await listen(metricsApp, options.host, options.metricsPort)
  if ('problem' in metricsAt) return { problems: [metricsAt.problem] }
  const recent = recentProfiles(collect([]).profiles)
  const loaded: typeof reloads.profiles = read => {
    recent.update(read.profiles)
    reloads.profiles(read)
    duties?.profilesChanged()
  }
  const connect = async () => (await import('../cluster/cluster.ts')).connect(callbacks)
  const context = await detectCluster(options, { environment, connect, log, ...callbacks })
  // Set when the webhook exists.
  const onRenewed = { pair() {}, ca() {} }
  const [certificate, clientCa, profiles] = await Promise.all([
    certificateFor(options, context, {
      renewed(pair) {
        reloads.certificate(pair)
        onRenewed.pair()
      },
      refused: reloads.badCertificate,
      disconnected: problem => log.error({ problem }, 'the API server does not call Pillion'),
      signal,
    }),
    clientCaIn(options, { renewed: () => onRenewed.ca(), refused: reloads.badClientCa, signal }),
    profilesFor(options, context, { loaded, signal }),
  ])
  if ('problem' in certificate || 'problem' in clientCa || 'problem' in profiles) {
    stopping.abort()
    await metricsApp.close()
    return { problems: problemsOf(certificate, clientCa, profiles) }
  }

  if (context.namespacesAgeMs) metrics.watching('namespaces', context.namespacesAgeMs)
  if (certificate.isTrusted) metrics.trusting(certificate.isTrusted)
  if (certificate.configured) metrics.configured(certificate.configured)
  if (profiles.stored) metrics.watching('profiles', profiles.stored.ageMs)

  const isKnown = () => context.readiness() ?? profiles.readiness()
  const { connection, namespace } = context
  if (connection && namespace !== undefined) {
    const isReady = () => isKnown() === undefined
    duties = takeDuties(connection, options, { ...context, namespace, profiles, isReady, log, metrics })
  }

  readiness.push(certificate.readiness, connection ? first(isKnown, giveBackSpareMemory) : isKnown)
  await certificate.found
  const firstCa = clientCa.pem()
  const app = createApp({
    pair: certificate.pair(),
    ...(firstCa && { clientCa: firstCa }),
    context: () => ({ profiles: recent.current(), ...context, updatesPods: options.rollout }),
    unable: isKnown,
    profilesPerNamespace: options.profilesPerNamespace,
    nextProfiles: recent.nextChange,
    readiness,
    isDraining: () => isDraining,
    account: createReviewTelemetry(log, metrics),
    connectionClosed: reason => metrics.connectionsClosed.inc({ reason }),
    bounded: metrics.bounded,
    turns: createFairTurns({ deferred: () => metrics.deferredRequests.inc() }),
  })
  onRenewed.pair = () => app.server.setSecureContext(secureContext(certificate.pair(), clientCa.pem()))
  onRenewed.ca = () => {
    onRenewed.pair()
    // Callers that the previous CA admitted must show their certificate again.
    app.renewConnections()
    reloads.clientCa()
  }

  async function stop(): Promise<void> {
    isDraining = true
    // The cluster removes the Pod from its Service only after it told the Pod to stop.
    // https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination-flow
    await sleep(options.drainDelayMs)
    const unfinished = setTimeout(() => app.server.closeAllConnections(), finishMs)
    await app.close()
    await app.finished()
    clearTimeout(unfinished)
    await close()
  }

  async function close(): Promise<void> {
    stopping.abort()
    await Promise.all([app.close(), metricsApp.close(), duties?.ended])
  }

  const servesAt = await listen(app, options.host, options.port)
  if ('problem' in servesAt) {
    await close()
    return { problems: [servesAt.problem] }
  }
  isListening = true
  log.info({ port: servesAt.port, metricsPort: metricsAt.port }, 'serving')
  return { port: servesAt.port, metricsPort: metricsAt.port, stop }
}

function problemsOf(...parts: readonly (object | { readonly problem: string })[]): readonly string[] {
  return parts.flatMap(part => ('problem' in part ? [part.problem as string] : []))
}

// The default of `timeoutSeconds` in a webhook configuration: after that, the API server no longer waits for an answer.
const finishMs = 10_000
