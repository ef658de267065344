import { execFile } from 'node:child_process'
import { Agent } from 'node:https'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { call, probe, reviewOf } from '../../src/server/server.fixture.ts'

/** A replica on 127.0.0.1. */
interface Attackable {
  readonly port: number
  readonly metricsPort: number
  /** In PEM. */
  readonly ca: string
}

/** What the API server and the kubelet saw while others attacked. */
interface Attacked {
  /** In ms, each. */
  readonly reviews: readonly number[]
  readonly probes: readonly number[]
  /** Statuses other than 200, and errors. */
  readonly wrong: readonly unknown[]
  /** All of it on one line. */
  readonly summary: string
}

/** Attacks a replica for that time, while three callers send reviews and one sends probes. */
export async function attacked({ port, metricsPort, ca }: Attackable, attackMs: number): Promise<Attacked> {
  const agent = new Agent({ ca, keepAlive: true, maxSockets: 4 })
  const body = JSON.stringify(
    reviewOf({ 'pillion.dev/inject': 'log-tail', 'pillion.dev/log-tail.path': '/var/log/app' }),
  )
  const reviews: number[] = []
  const probes: number[] = []
  const probesOfWebhook: number[] = []
  const wrong: unknown[] = []
  const timed = async (times: number[], one: () => Promise<{ status: number }>) => {
    const started = performance.now()
    await one().then(
      ({ status }) => status === 200 || wrong.push(status),
      (error: Error) => wrong.push(error.message),
    )
    times.push(performance.now() - started)
  }
  const review = () => call({ port, ca }, { body, agent })
  await timed([], review)

  const attack = promisify(execFile)(
    process.execPath,
    [
      '--max-old-space-size=256',
      join(import.meta.dirname, 'attack.ts'),
      `${port}`,
      `${attackMs}`,
      `${metricsPort}`,
    ],
    { timeout: attackMs + 120_000 },
  )
  let isOver = false
  const caller = async (times: number[], pauseMs: number, one: () => Promise<{ status: number }>) => {
    while (!isOver) {
      await timed(times, one)
      await sleep(pauseMs)
    }
  }
  const callers = Promise.all([
    ...[1, 2, 3].map(() => caller(reviews, 20, review)),
    ...(['/healthz', '/readyz'] as const).map(path =>
      caller(probes, 250, () => probe({ metricsPort }, path)),
    ),
    caller(probesOfWebhook, 250, () => call({ port, ca }, { method: 'GET', path: '/healthz', headers: {} })),
  ])
  const { stdout } = await attack
  isOver = true
  await callers
  agent.destroy()
  const summary = `attackers ${stdout.trim()}; reviews ${inShort(reviews)}; probes ${inShort(probes)}; on the webhook's port ${inShort(probesOfWebhook)}; not answered ${wrong.length}`
  return { reviews, probes, wrong, summary }
}

function inShort(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
  return `${times.length}, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`
}
