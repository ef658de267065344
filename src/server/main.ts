import closeWithGrace from 'close-with-grace'
import type { Logger } from 'pino'
import { collect } from '../profile/accept/profiles.ts'
import { canShare } from './acceptors.ts'
import { createAccounts } from './accounts.ts'
import { createApp } from './app.ts'
import { secureContext } from './certificate.ts'
import { certificateFor } from './certificate-source.ts'
import { clientCaIn } from './client-ca.ts'
import { drain } from './drain.ts'
import { type Environment, lookAround } from './environment.ts'
import { createFairTurns } from './fair-turns.ts'
import { all, first } from './health.ts'
import { type Duties, takeDuties } from './leader-duties.ts'
import { listen } from './listen.ts'
import { createLog, droppedLine } from './log.ts'
import { createMetrics } from './metrics.ts'
import { createMetricsApp } from './metrics-app.ts'
import { createObjectAccounts } from './object-accounts.ts'
import type { Options } from './options.ts'
import { profilesFor } from './profile-source.ts'
import { recentProfiles } from './recent-profiles.ts'
import { createReloadAccounts } from './reload-accounts.ts'
import { giveBackSpareMemory } from './spare-memory.ts'
import { standardOutput } from './standard-output.ts'
import { traceOf } from './trace.ts'

/** A server that takes calls. */
export interface Running {
  readonly port: number
  readonly metricsPort: number
  /** Stops without losing a call: takes the drain delay, and as long as the calls under way. */
  stop(): Promise<void>
}

/** Why there is no server: what the options name cannot be used. Nothing was left open. */
export interface NotStarted {
  readonly problems: readonly string[]
}

/** Runs the server until the process is told to stop, then drains it and exits. */
export async function serve(
  options: Options,
  environment: Environment = process.env,
): Promise<Running | NotStarted> {
  const output = standardOutput(droppedLine)
  const log = createLog(options.logLevel, output)
  const running = await start(options, environment, log)
  if ('problems' in running) return running
  const delay = options.drainDelayMs + finishMs + 1_000
  const onTimeout = () => log.error('stopped with calls under way')
  closeWithGrace({ delay, logger: false, onTimeout }, async ({ signal, err }) => {
    if (err) log.fatal(traceOf(err), 'draining because of a bug')
    else log.info({ signal }, 'draining')
    await running.stop()
    log.info('stopped')
    await output.flushed()
  })
  return running
}

/** The server without the process around it: nothing here handles a signal or exits. */
export async function start(
  options: Options,
  environment: Environment,
  log: Logger,
): Promise<Running | NotStarted> {
  const metrics = createMetrics()
  const reloads = createReloadAccounts(log, metrics)
  const stopping = new AbortController()
  const { signal } = stopping
  const asking = {
    failed: (problem: string) => log.warn({ problem }, 'the API server does not answer as it should'),
    troubled: createObjectAccounts(log, metrics),
    signal,
  }
  let duties: Duties | undefined
  const recent = recentProfiles(collect([]).profiles)
  const loaded: typeof reloads.profiles = read => {
    recent.update(read.profiles)
    reloads.profiles(read)
    duties?.profilesChanged()
  }
  const connect = async () => (await import('../cluster/cluster.ts')).connect(asking)
  const around = await lookAround(options, { environment, connect, log, asking })
  const [certificate, clientCa, profiles] = await Promise.all([
    certificateFor(options, around, { ...reloads, signal }),
    clientCaIn(options, { refused: reloads.badClientCa, signal }),
    profilesFor(options, around, { loaded, signal }),
  ])
  if ('problem' in certificate || 'problem' in clientCa || 'problem' in profiles) {
    stopping.abort()
    return { problems: problemsOf(certificate, clientCa, profiles) }
  }

  if (around.namespacesAgeMs) metrics.watching('namespaces', around.namespacesAgeMs)
  if (certificate.isTrusted) metrics.trusting(certificate.isTrusted)
  if (profiles.stored) metrics.watching('profiles', profiles.stored.ageMs)

  const isKnown = all([around.readiness, profiles.readiness])
  const { connection, namespace } = around
  if (connection && namespace !== undefined) {
    const isReady = () => isKnown() === undefined
    duties = takeDuties(connection, options, { ...around, namespace, profiles, isReady, log, metrics })
  }

  let isDraining = false
  const readiness = [
    () => (isDraining ? 'draining' : undefined),
    certificate.readiness,
    connection ? first(isKnown, giveBackSpareMemory) : isKnown,
  ]
  const firstCa = clientCa.pem()
  const app = createApp({
    pair: certificate.pair(),
    ...(firstCa && { clientCa: firstCa }),
    reviewing: () => ({ profiles: recent.current(), ...around }),
    unable: isKnown,
    profilesPerNamespace: options.profilesPerNamespace,
    nextProfiles: recent.nextChange,
    readiness,
    isDraining: () => isDraining,
    account: createAccounts(log, metrics),
    load: {
      connectionClosed: reason => metrics.connectionsClosed.inc({ reason }),
      bounded: metrics.bounded,
    },
    turns: createFairTurns({ deferred: () => metrics.deferredRequests.inc() }),
  })
  certificate.onRenewed(pair => app.server.setSecureContext(secureContext(pair, clientCa.pem())))
  clientCa.onRenewed(() => {
    app.server.setSecureContext(secureContext(certificate.pair(), clientCa.pem()))
    // Callers that the CA before let in show their certificate again.
    app.server.closeIdleConnections()
    reloads.clientCa()
  })
  const isListening = () =>
    app.server.listening || isDraining ? undefined : 'the webhook is not listening yet'
  const metricsApp = createMetricsApp(metrics.registry, [isListening, ...readiness])

  async function stop(): Promise<void> {
    isDraining = true
    await drain(app, { delayMs: options.drainDelayMs, finishMs })
    await close()
  }

  async function close(): Promise<void> {
    stopping.abort()
    await Promise.all([app.close(), metricsApp.close(), duties?.ended])
  }

  const metricsAt = await listen(metricsApp, options.host, options.metricsPort, { isShared: canShare })
  const servesAt = await listen(app, options.host, options.port, { isShared: canShare })
  if ('problem' in metricsAt || 'problem' in servesAt) {
    await close()
    return { problems: problemsOf(metricsAt, servesAt) }
  }
  log.info({ port: servesAt.port, metricsPort: metricsAt.port }, 'serving')
  return { port: servesAt.port, metricsPort: metricsAt.port, stop }
}

function problemsOf(...parts: readonly (object | { readonly problem: string })[]): readonly string[] {
  return parts.flatMap(part => ('problem' in part ? [part.problem as string] : []))
}

// The API server waits 10 s for a webhook unless the configuration says otherwise: after that nobody
// waits for the rest.
const finishMs = 10_000
