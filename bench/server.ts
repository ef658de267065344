import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Certificate, certificateIn } from '../test/process/certificate.ts'
import { type Image, imageIn } from '../test/process/image.ts'
import { memoryOf } from '../test/process/memory.ts'
import { startReplica } from '../test/process/replica.ts'
import { freePort, type Server, startServer } from '../test/process/server.ts'
import type { Asked } from './candidates.ts'
import { clientOf } from './client.ts'
import { cpuMsOf } from './cpu.ts'
import { type Load, load, type Measured } from './load.ts'
import { pods, reviewOf } from './reviews.ts'
import { interleaved, middle, printTable, type Row, ratio } from './tables.ts'

/** The server has one core and the load generator the other, so that neither takes CPU from the other. */
const [serverCore, loadCore] = [0, 1]

const pace = { clients: 8 }
const loads: Readonly<Record<string, Pick<Load, 'seconds' | 'pace'> & { readonly body: string }>> = {
  '5 KB, 8 clients as fast as they get answers': { body: reviewOf(pods['5 KB']), seconds: 3, pace },
  '5 KB, five profiles, 8 clients': { body: reviewOf(pods['5 KB, five profiles']), seconds: 3, pace },
  '50 KB, 8 clients': { body: reviewOf(pods['50 KB']), seconds: 3, pace },
  '5 KB, 100 requests a second': { body: reviewOf(pods['5 KB']), seconds: 6, pace: { perSecond: 100 } },
}

interface Sample extends Measured {
  /** CPU of the server for one request, in microseconds. */
  readonly cpuUs: number
}

/** What does one request over HTTPS cost, and how fast is the answer? */
export async function server(asked: Asked): Promise<void> {
  await using started = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'pillion-server-'))
  started.defer(() => rm(directory, { recursive: true }))
  const certificate = await certificateIn(directory)
  const servers = await startAll(asked, directory, certificate, started)
  const sample = (webhook: Server, how: (typeof loads)[string]) => sampleOf(webhook, certificate.ca, how)
  const memory: Record<string, Row> = {}
  for (const [name, webhook] of Object.entries(servers)) {
    const idle = await memoryOf(webhook.pid)
    memory[name] = { webhook: name, 'RSS before, MB': idle.rssMb.toFixed(0) }
    const client = clientOf(webhook, certificate.ca)
    for (const { body } of Object.values(loads)) await client.patchFor(body)
    client.close()
    // Until the optimizer has compiled what each of the loads needs.
    for (const { body } of Object.values(loads)) await sample(webhook, { body, seconds: 2, pace })
  }
  for (const [caption, how] of Object.entries(loads)) {
    const measurements = Object.entries(servers).map(
      ([name, webhook]) => [name, () => sample(webhook, how)] as const,
    )
    printTable(caption, rowsOf(await interleaved(asked.rounds, Object.fromEntries(measurements))))
  }
  for (const [name, webhook] of Object.entries(servers)) {
    const { rssMb, peakMb } = await memoryOf(webhook.pid)
    memory[name] = { ...memory[name], 'after all of it': rssMb.toFixed(0), 'at its peak': peakMb.toFixed(0) }
  }
  printTable('Memory', Object.values(memory))
}

async function startAll(
  { candidates, beside }: Asked,
  directory: string,
  certificate: Certificate,
  started: AsyncDisposableStack,
): Promise<Readonly<Record<string, Server>>> {
  const servers: Record<string, Server> = {}
  const add = async (name: string, starting: Promise<Server>) => {
    const webhook = await starting
    started.defer(() => webhook.end())
    servers[name] = webhook
  }
  let image: Image | undefined
  for (const [at, { name, root }] of candidates.entries()) {
    const own = await imageIn(join(directory, String(at)), root)
    image ??= own
    await add(
      name,
      startReplica({ certificate, image: own, source: { profiles: own.catalog }, core: serverCore }),
    )
  }
  const minimal = [process.execPath, join(import.meta.dirname, 'minimal-webhook.js')]
  await add('minimal Fastify webhook', startOther(minimal, certificate, image?.environment))
  for (const command of beside) await add(command, startOther(command.split(' '), certificate))
  return servers
}

async function startOther(
  command: readonly string[],
  certificate: Certificate,
  environment: NodeJS.ProcessEnv = {},
): Promise<Server> {
  const { ca, certFile, keyFile } = certificate
  const port = await freePort()
  const flags = ['-addr', `127.0.0.1:${port}`, '-cert', certFile, '-key', keyFile]
  return startServer({ command: [...command, ...flags], port, ca, environment, core: serverCore })
}

async function sampleOf({ pid, url }: Server, ca: string, how: (typeof loads)[string]): Promise<Sample> {
  const before = await cpuMsOf(pid)
  const measured = await load({ url: `${url}/mutate`, ca, ...how, core: loadCore })
  const cpuMs = (await cpuMsOf(pid)) - before
  return { ...measured, cpuUs: (cpuMs * 1_000) / measured.requests }
}

function rowsOf(measured: Readonly<Record<string, readonly Sample[]>>): readonly Row[] {
  const cpuOf = (samples: readonly Sample[]) => samples.map(({ cpuUs }) => cpuUs)
  const [own = []] = Object.values(measured)
  return Object.entries(measured).map(([webhook, samples]) => ({
    webhook,
    'CPU, µs': middle(cpuOf(samples)),
    'CPU, where Pillion is 1': ratio(cpuOf(samples), cpuOf(own)),
    // From the CPU, because a rate that was reached says how busy the machine was.
    'requests/s of a core': middle(cpuOf(samples).map(us => 1_000_000 / us)),
    'p50, ms': middle(samples.map(({ p50 }) => p50)),
    'p99, ms': middle(samples.map(({ p99 }) => p99)),
  }))
}
