import { execFile } from 'node:child_process'
import { Agent } from 'node:https'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { call, probe, reviewOf, temporaryDirectory } from '../../src/server/server.fixture.ts'
import { certificateIn } from '../process/certificate.ts'
import { imageIn } from '../process/image.ts'
import { memoryOf } from '../process/memory.ts'
import { startReplica } from '../process/replica.ts'
import { freePort } from '../process/server.ts'

const run = promisify(execFile)
const attackMs = 8_000

// The chart's limit is 384 MiB, of which other work needs some as well.
const mostMiB = 256

it('serves the API server and the kubelet under attack, far below the memory limit of the chart', async () => {
  const root = join(import.meta.dirname, '../..')
  await run(process.execPath, ['tools/build.ts'], { cwd: root })
  const directory = await temporaryDirectory()
  const certificate = await certificateIn(directory)
  const metricsPort = await freePort()
  const image = await imageIn(directory)
  const replica = await startReplica({
    certificate,
    image,
    source: { profiles: image.catalog },
    flags: { 'metrics-port': metricsPort },
  })
  onTestFinished(() => replica.end())
  const { ca } = certificate
  const port = Number(new URL(replica.url).port)
  const agent = new Agent({ ca, keepAlive: true, maxSockets: 4 })
  onTestFinished(() => agent.destroy())

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
  await timed([], () => call({ port, ca }, { body, agent }))
  const before = await memoryOf(replica.pid)

  const attack = run(
    process.execPath,
    [
      '--max-old-space-size=256',
      join(import.meta.dirname, 'attack.ts'),
      `${port}`,
      `${attackMs}`,
      `${metricsPort}`,
    ],
    { timeout: attackMs + 20_000 },
  )
  let isOver = false
  const caller = async (times: number[], pauseMs: number, one: () => Promise<{ status: number }>) => {
    while (!isOver) {
      await timed(times, one)
      await sleep(pauseMs)
    }
  }
  const callers = Promise.all([
    ...[1, 2, 3].map(() => caller(reviews, 20, () => call({ port, ca }, { body, agent }))),
    ...(['/healthz', '/readyz'] as const).map(path =>
      caller(probes, 250, () => probe({ metricsPort }, path)),
    ),
    caller(probesOfWebhook, 250, () => call({ port, ca }, { method: 'GET', path: '/healthz', headers: {} })),
  ])
  const { stdout } = await attack
  isOver = true
  await callers
  const after = await memoryOf(replica.pid)

  const grownMiB = after.peakMb - before.rssMb
  process.stdout.write(
    `overload: attackers ${stdout.trim()}; reviews ${summary(reviews)}; probes ${summary(probes)}; on the webhook's port ${summary(probesOfWebhook)}; not answered ${wrong.length}; RSS ${Math.round(before.rssMb)} MiB, ${Math.round(grownMiB)} MiB more at the peak\n`,
  )
  expect(wrong).toEqual([])
  expect(reviews.length).toBeGreaterThan(20)
  expect(after.peakMb).toBeLessThan(mostMiB)
})

function summary(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
  return `${times.length}, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`
}
