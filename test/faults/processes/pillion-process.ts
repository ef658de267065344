import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { until } from '../../apiserver/until.ts'
import type { Image } from '../../process/image.ts'
import { freePort } from '../../process/server.ts'

/** How a replica differs from the one of `deploy/`. */
export interface ReplicaWishes {
  readonly flags?: Readonly<Record<string, string | number>>
  readonly environment?: Readonly<Record<string, string>>
  /** A command that runs the command after it: `['unshare', '--mount']`. */
  readonly launcher?: readonly string[]
  /** Flags of Node. */
  readonly nodeFlags?: readonly string[]
  /** The file that stdout goes to. Default: /dev/null. */
  readonly stdout?: string
}

/** A replica that is a process of its own, as in the image and with its own certificate. */
export interface PillionProcess {
  readonly name: string
  readonly pid: number
  /** Of the webhook. */
  readonly port: number
  readonly metricsPort: number
  /** The status of a probe: `/readyz`, `/healthz`. Rejects if there is no answer within the time. */
  probe(path: string, timeoutMs: number): Promise<number>
  metrics(): Promise<string>
  /** What it wrote on stderr, and how it ended. */
  readonly said: () => string
  readonly hasEnded: () => boolean
  end(signal?: NodeJS.Signals): Promise<void>
}

interface Start extends ReplicaWishes {
  readonly name: string
  readonly image: Image
  readonly kubeconfig: string
}

/** Starts a replica; does not wait until it is ready. */
export async function startPillionProcess(wishes: Start): Promise<PillionProcess> {
  const { name, image, kubeconfig, launcher = [], nodeFlags = [], stdout = '/dev/null' } = wishes
  const [port, metricsPort] = [await freePort(), await freePort()]
  const flags = {
    cluster: 'true',
    namespace: 'pillion',
    identity: name,
    host: '127.0.0.1',
    port,
    'metrics-port': metricsPort,
    'drain-delay-ms': 0,
    ...wishes.flags,
  }
  const node = [process.execPath, ...image.flags, ...nodeFlags, image.program, 'serve']
  const [program = '', ...args] = [
    ...launcher,
    ...node,
    ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
  ]
  const out = openSync(stdout, 'a')
  const child = spawn(program, args, {
    env: { ...process.env, ...image.environment, KUBECONFIG: kubeconfig, ...wishes.environment },
    stdio: ['ignore', out, 'pipe'],
  })
  closeSync(out)
  const { said, ended } = listenTo(child)
  const onExit = () => child.kill('SIGKILL')
  process.once('exit', onExit)
  const at = (path: string) => `http://127.0.0.1:${metricsPort}${path}`
  return {
    name,
    pid: child.pid ?? 0,
    port,
    metricsPort,
    said,
    hasEnded: ended,
    async probe(path, timeoutMs) {
      const response = await fetch(at(path), { signal: AbortSignal.timeout(timeoutMs) })
      await response.text()
      return response.status
    },
    metrics: async () => (await fetch(at('/metrics'))).text(),
    async end(signal = 'SIGTERM') {
      process.off('exit', onExit)
      if (ended()) return
      const exited = once(child, 'exit')
      // A process that is stopped gets no other signal until it continues.
      child.kill(signal)
      child.kill('SIGCONT')
      await exited
    },
  }
}

/** Resolves when a replica is ready; throws with what it said if it ends. */
export async function ready(replica: PillionProcess, withinMs = 60_000): Promise<void> {
  await until(`${replica.name} is ready`, withinMs, async () => {
    if (replica.hasEnded()) throw new Error(`${replica.name} ended: ${replica.said()}`)
    return (await replica.probe('/readyz', 5_000).catch(() => 0)) === 200
  })
}

function listenTo(child: ChildProcess) {
  let said = ''
  child.stderr?.on('data', (piece: Buffer) => {
    said = `${said}${piece}`.slice(-10_000)
  })
  child.once('exit', (code, signal) => {
    said += `ended with ${signal ?? `exit code ${code}`}`
  })
  return { said: () => said, ended: () => child.exitCode !== null || child.signalCode !== null }
}
