import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { certificateIn } from '../test/process/certificate.ts'
import { imageIn } from '../test/process/image.ts'
import { startReplica } from '../test/process/replica.ts'
import type { Server } from '../test/process/server.ts'
import { bodyOf, type Size } from './bodies/bodies.ts'
import { interleaved, type Round } from './load/interleaved.ts'
import { startGoPeer, startNodePeer } from './peers/peers.ts'
import type { Budget, Question, Table } from './report/question.ts'
import { median } from './samples/quantile.ts'

const rounds = 3
const seconds = 2.5
const connections = 8
const [serverCore, loadCore] = [0, 1]
const perSecond = 500

export const question: Question = {
  title: 'How many reviews does one replica answer, and how fast?',
  about: `Over TLS with keep-alive, on one core; the load generator, a Go program, has the other. Pillion as its image
starts it, with the whole catalog, its log (to /dev/null) and its metrics, in the heap that Node takes in a container
of the chart's memory limit; all others in Node have the same settings. Beside it two limits, which read the review
and answer without looking at it; and three webhooks that make the same injection and nothing else (no profiles,
conflicts, reasons, log or metrics): on Fastify, in Go with the Pod as a Go type, and on Fastify the usual way in
Node, a changed copy of the Pod compared with it by fast-json-patch. After a warm-up each is measured for ${seconds} s in
turn, ${rounds} times: medians, in parentheses the lowest and highest. Under full load (${connections} connections, each asking
again at once) latency is mostly waiting for the others; what the creation of a Pod waits for shows in the last table.`,
  async measure() {
    const directory = await mkdtemp(join(tmpdir(), 'pillion-server-'))
    const servers = await startAll(directory)
    try {
      return await compare(servers)
    } finally {
      await Promise.all(Object.values(servers.all).map(server => server.end()))
      await rm(directory, { recursive: true })
    }
  },
}

async function startAll(directory: string) {
  const certificate = await certificateIn(directory)
  const wishes = { certificate, core: serverCore }
  const image = await imageIn(directory)
  const node = { ...wishes, ...image }
  const all = {
    constant: await startNodePeer('constant', node),
    constantFastify: await startNodePeer('constant-fastify', node),
    fastify: await startNodePeer('fastify', node),
    pillion: await startReplica({ ...wishes, image }),
    go: await startGoPeer(wishes),
    compare: await startNodePeer('compare', node),
  }
  return { ca: certificate.ca, all }
}

async function compare({ ca, all }: Awaited<ReturnType<typeof startAll>>) {
  const asking = (server: Server, size: Size) => ({ server, ca, body: bodyOf(size, ['log-tail']) })
  const withFive = { server: all.pillion, ca, body: bodyOf('5 KB', fiveProfiles, fiveAnnotations) }
  const atFullSpeed = { rounds, seconds, warmUpSeconds: 2, connections, core: loadCore }

  const small = await interleaved(
    {
      'node:https, constant': asking(all.constant, '5 KB'),
      'Fastify, constant': asking(all.constantFastify, '5 KB'),
      'Fastify webhook': asking(all.fastify, '5 KB'),
      Pillion: asking(all.pillion, '5 KB'),
      'Pillion, five profiles': withFive,
      'Go webhook': asking(all.go, '5 KB'),
      'clone + compare': asking(all.compare, '5 KB'),
    },
    atFullSpeed,
  )
  const medium = await interleaved(
    {
      Pillion: asking(all.pillion, '50 KB'),
      'Go webhook': asking(all.go, '50 KB'),
      'clone + compare': asking(all.compare, '50 KB'),
    },
    atFullSpeed,
  )
  const large = await interleaved(
    { Pillion: asking(all.pillion, '1 MB'), 'Go webhook': asking(all.go, '1 MB') },
    atFullSpeed,
  )
  const steady = await interleaved(
    { Pillion: asking(all.pillion, '5 KB'), 'Go webhook': asking(all.go, '5 KB') },
    { ...atFullSpeed, seconds: 10, connections: 16, perSecond },
  )
  return {
    tables: [
      tableOf('At full speed, 5 KB', small),
      tableOf('At full speed, 50 KB: 10 containers, 255 variables', medium),
      tableOf('At full speed, 1 MB: 250 containers, 5,000 variables', large),
      tableOf(`At ${perSecond} requests/s, 5 KB; latency from when a request was due`, steady),
    ],
    budgets: [
      ratio('5 KB, of the Fastify webhook', speed(small.Pillion), speed(small['Fastify webhook']), 0.85),
      ratio('5 KB, of the Go webhook', speed(small.Pillion), speed(small['Go webhook']), 2.2),
      ratio('5 KB, of clone + compare', speed(small.Pillion), speed(small['clone + compare']), 9),
      ratio('50 KB, of the Go webhook', speed(medium.Pillion), speed(medium['Go webhook']), 1.4),
      ratio('1 MB, of the Go webhook', speed(large.Pillion), speed(large['Go webhook']), 1.1),
      ratio('five profiles, of one', speed(small['Pillion, five profiles']), speed(small.Pillion), 0.8),
      {
        what: `p99 at ${perSecond}/s, 5 KB, of the Go webhook's`,
        measured: p99(steady.Pillion) / p99(steady['Go webhook']),
        bound: 'at most',
        limit: 1.5,
      },
    ] satisfies Budget[],
  }
}

const fiveProfiles = ['log-tail', 'work-dir', 'statsd', 'metrics-nginx', 'telemetry']
const fiveAnnotations = { 'pillion.dev/telemetry.endpoint': 'http://collector.observability:4318' }

function ratio(what: string, ours: number, theirs: number, limit: number): Budget {
  return { what: `requests/s at ${what}`, measured: ours / theirs, bound: 'at least', limit }
}

function speed(measured: readonly Round[]): number {
  return median(measured.map(each => each.perSecond))
}

function p99(measured: readonly Round[]): number {
  return median(measured.map(each => each.p99))
}

function tableOf(caption: string, measured: Readonly<Record<string, readonly Round[]>>): Table {
  const rows = Object.entries(measured).map(([webhook, each]) => ({
    webhook,
    'requests/s': withRange(each.map(round => round.perSecond)),
    'p50, ms': withRange(each.map(({ p50 }) => p50)),
    'p99, ms': withRange(each.map(round => round.p99)),
    'p99.9, ms': withRange(each.map(({ p999 }) => p999)),
    'CPU, µs': withRange(each.map(({ cpuUs }) => cpuUs)),
  }))
  return { caption, rows }
}

/** `12,900 (12,100–13,000)`; three digits of what is less than a thousand. */
function withRange(values: readonly number[]): string {
  const digits = {
    maximumSignificantDigits: median(values) < 1_000 ? 3 : undefined,
    maximumFractionDigits: 0,
  }
  const shown = (value: number) => value.toLocaleString('en', digits)
  return `${shown(median(values))} (${shown(Math.min(...values))}–${shown(Math.max(...values))})`
}
