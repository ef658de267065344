import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { callsAt } from '../../test/apiserver/pillion.ts'
import { certificateIn } from '../../test/process/certificate.ts'
import { imageIn } from '../../test/process/image.ts'
import { startReplica } from '../../test/process/replica.ts'
import { freePort } from '../../test/process/server.ts'
import { startGoPeer } from '../peers/peers.ts'
import { cpuMsOf } from '../process/cpu.ts'
import type { Webhook } from './registration.ts'
import type { Meter } from './rounds.ts'

export interface Webhooks {
  readonly pillion: Webhook
  readonly go: Webhook
  /** Of Pillion. */
  readonly meter: Meter
}

/** Runs both webhooks while `measure` does, each a process of its own on whatever core is free. */
export async function withWebhooks<T>(measure: (webhooks: Webhooks) => Promise<T>): Promise<T> {
  await using started = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'pillion-bench-'))
  started.defer(() => rm(directory, { recursive: true }))
  const certificate = await certificateIn(directory)
  const metricsPort = await freePort()
  const flags = { 'metrics-port': metricsPort }
  const pillion = await startReplica({ certificate, image: await imageIn(directory), flags })
  started.defer(pillion.end)
  const go = await startGoPeer({ certificate })
  started.defer(go.end)
  const { ca } = certificate
  return await measure({
    pillion: { url: pillion.url, ca },
    go: { url: go.url, ca },
    meter: {
      cpuMs: () => cpuMsOf(pillion.pid),
      calls: async () => (await callsAt(metricsPort)).values().reduce((sum, count) => sum + count, 0),
    },
  })
}
