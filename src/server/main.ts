import closeWithGrace from 'close-with-grace'
import type { Logger } from 'pino'
import { createAccounts } from './accounts.ts'
import { createApp } from './app.ts'
import { openPair, secureContext } from './certificate.ts'
import { drain } from './drain.ts'
import { type Environment, lookAround } from './environment.ts'
import { listen } from './listen.ts'
import { createLog, traceOf } from './log.ts'
import { createMetrics } from './metrics.ts'
import { createMetricsApp } from './metrics-app.ts'
import type { Options } from './options.ts'
import { catalogDirectory } from './profile-directory.ts'
import { followProfiles } from './profile-source.ts'
import { createReloadAccounts } from './reload-accounts.ts'

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
  const log = createLog(options.logLevel)
  const running = await start(options, environment, log)
  if ('problems' in running) return running
  const delay = options.drainDelayMs + finishMs + 1_000
  const onTimeout = () => log.error('stopped with calls under way')
  closeWithGrace({ delay, logger: false, onTimeout }, async ({ signal, err }) => {
    if (err) log.fatal(traceOf(err), 'draining because of a bug')
    else log.info({ signal }, 'draining')
    await running.stop()
    log.info('stopped')
  })
  return running
}

/** The server without the process around it: nothing here handles a signal or exits. */
export async function start(
  options: Options,
  environment: Environment,
  log: Logger,
): Promise<Running | NotStarted> {
  const intervalMs = options.reloadIntervalMs
  const metrics = createMetrics()
  const reloads = createReloadAccounts(log, metrics)
  const certificate = await openPair({ certFile: options.tlsCert, keyFile: options.tlsKey })
  const profiles = await followProfiles(options.profiles ?? catalogDirectory(), {
    intervalMs,
    loaded: reloads.profiles,
  })
  if ('problem' in certificate || 'problem' in profiles) {
    if ('stop' in profiles) profiles.stop()
    return { problems: [certificate, profiles].flatMap(part => ('problem' in part ? part.problem : [])) }
  }

  const stopping = new AbortController()
  const { cluster, namespaceOf, readiness } = await lookAround(options, {
    environment,
    connect: async () => (await import('../cluster/connect.ts')).connect(),
    log,
    signal: stopping.signal,
  })
  let { pair } = certificate
  let isDraining = false
  reloads.certificate(pair)
  const app = createApp({
    pair,
    reviewing: () => ({ profiles: profiles.current(), cluster, namespaceOf }),
    readiness: [
      () => (isDraining ? 'draining' : undefined),
      () => (pair.expiresAt.getTime() <= Date.now() ? 'the certificate has expired' : undefined),
      readiness,
    ],
    isDraining: () => isDraining,
    account: createAccounts(log, metrics),
  })
  const watch = certificate.watch({
    intervalMs,
    renewed(renewed) {
      pair = renewed
      app.server.setSecureContext(secureContext(renewed))
      reloads.certificate(renewed)
    },
    refused: reloads.badCertificate,
  })
  const metricsApp = createMetricsApp(metrics.registry)

  async function stop(): Promise<void> {
    isDraining = true
    await drain(app, { delayMs: options.drainDelayMs, finishMs })
    await close()
  }

  async function close(): Promise<void> {
    stopping.abort()
    watch.stop()
    if ('stop' in profiles) profiles.stop()
    await Promise.all([app.close(), metricsApp.close()])
  }

  const metricsAt = await listen(metricsApp, options.host, options.metricsPort)
  const servesAt = await listen(app, options.host, options.port)
  if ('problem' in metricsAt || 'problem' in servesAt) {
    await close()
    return { problems: [metricsAt, servesAt].flatMap(part => ('problem' in part ? part.problem : [])) }
  }
  log.info({ port: servesAt.port, metricsPort: metricsAt.port }, 'serving')
  return { port: servesAt.port, metricsPort: metricsAt.port, stop }
}

// The API server waits 10 s for a webhook unless the configuration says otherwise: after that nobody
// waits for the rest.
const finishMs = 10_000
