import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { certificateIn } from '../test/process/certificate.ts'
import { imageIn } from '../test/process/image.ts'
import { startReplica } from '../test/process/replica.ts'
import type { Server } from '../test/process/server.ts'
import type { Growth } from './load/growth.ts'
import { idleMb, type Observed, observe } from './load/observed.ts'
import { bareIn } from './peers/bare.ts'
import { startGoPeer, startNodePeer } from './peers/peers.ts'
import type { Budget, Question, Table } from './report/question.ts'

const perSecond = 500

export const question: Question = {
  title: 'Does a replica stay fast and small?',
  about: `Reviews of 5 KB over TLS, on one core; the load generator has the other. First as many as it can answer,
then ${perSecond} requests/s, where latency counts from when a request was due. Memory is the RSS: 10 s after the start; after
the reviews at full speed; at its peak. Its growth is by least squares over the requests without the first fifth, in MB
per million, with the standard error: samples of a heap that is collected now and then are some megabytes apart, so
that only with \`--long\` it is known well enough to have a budget. Beside it a minimal webhook in Go; and what a
server in Node that watches a cluster takes at the least, idle: Fastify with @kubernetes/client-node, bundled alike,
with the same settings of Node.`,
  async measure({ isLong }) {
    const directory = await mkdtemp(join(tmpdir(), 'pillion-steady-'))
    try {
      const wishes = { certificate: await certificateIn(directory), core: 0 }
      const image = await imageIn(directory)
      const bare = await startNodePeer(await bareIn(directory), { ...wishes, ...image })
      const bareMb = await endAfter(bare, idleMb)

      const amount = isLong
        ? { reviews: 1_000_000, atMostSeconds: 1_200, seconds: 600 }
        : { reviews: 200_000, atMostSeconds: 120, seconds: 60 }
      const how = { ...wishes, ...amount, core: 1, perSecond }
      const pillion = await endAfter(await startReplica({ ...wishes, image }), server => observe(server, how))
      const go = await endAfter(await startGoPeer(wishes), server => observe(server, how))
      return {
        tables: [latencyTable(amount.seconds, { pillion, go }), memoryTable(bareMb, { pillion, go })],
        budgets: budgetsFor(pillion, bareMb, isLong),
      }
    } finally {
      await rm(directory, { recursive: true })
    }
  },
}

async function endAfter<T>(server: Server, use: (server: Server) => Promise<T>): Promise<T> {
  try {
    return await use(server)
  } finally {
    await server.end()
  }
}

interface Both {
  readonly pillion: Observed
  readonly go: Observed
}

function latencyTable(seconds: number, { pillion, go }: Both): Table {
  const row = (webhook: string, { steady: { measured, growth } }: Observed) => ({
    webhook,
    'requests/s': measured.perSecond.toFixed(0),
    'p50, ms': measured.p50.toFixed(2),
    'p99, ms': measured.p99.toFixed(2),
    'p99.9, ms': measured.p999.toFixed(2),
    'max, ms': measured.max.toFixed(1),
    'growth, MB/million': withError(growth),
  })
  return {
    caption: `At ${perSecond} requests/s for ${seconds} s`,
    rows: [row('Pillion', pillion), row('Go webhook', go)],
  }
}

function memoryTable(bareMb: number, { pillion, go }: Both): Table {
  const row = (program: string, { idleMb, fullSpeed: { measured, growth }, afterMb, peakMb }: Observed) => ({
    program,
    'idle, MB': idleMb.toFixed(0),
    reviews: measured.requests.toLocaleString('en'),
    'after them, MB': afterMb.toFixed(0),
    'at its peak, MB': peakMb.toFixed(0),
    'growth, MB/million': withError(growth),
  })
  return {
    caption: 'Memory, before and after reviews at full speed',
    rows: [
      row('Pillion', pillion),
      row('Go webhook', go),
      { program: 'Fastify and client-node', 'idle, MB': bareMb.toFixed(0) },
    ],
  }
}

function budgetsFor({ idleMb, afterMb, fullSpeed }: Observed, bareMb: number, isLong: boolean): Budget[] {
  const of = 'of Fastify with client-node, idle'
  const reviews = fullSpeed.measured.requests.toLocaleString('en')
  const growth = 'growth of the RSS, MB per million requests'
  return [
    { what: `RSS idle, ${of}`, measured: idleMb / bareMb, bound: 'at most', limit: 1.3 },
    { what: `RSS after ${reviews} reviews, ${of}`, measured: afterMb / bareMb, bound: 'at most', limit: 1.5 },
    ...(isLong
      ? [{ what: growth, measured: fullSpeed.growth.slope, bound: 'at most', limit: 1 } as const]
      : []),
  ]
}

function withError({ slope, error }: Growth): string {
  return `${slope.toFixed(1)} ±${error.toFixed(1)}`
}
