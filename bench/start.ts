import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'yaml'
import type { JsonObject } from '../src/json/json.ts'
import { type ApiServer, startApiServer } from '../test/apiserver/apiserver.ts'
import { installCustomResources } from '../test/apiserver/custom-resources.ts'
import { certificateIn } from '../test/process/certificate.ts'
import { imageIn } from '../test/process/image.ts'
import { kubeconfigText } from '../test/process/kubeconfig.ts'
import { memoryOf } from '../test/process/memory.ts'
import { startReplica } from '../test/process/replica.ts'
import type { Server } from '../test/process/server.ts'
import { type Asked, here } from './candidates.ts'
import { clientOf } from './client.ts'
import { cpuMsOf } from './cpu.ts'
import { namespace, pods, reviewOf } from './reviews.ts'
import { interleaved, middle, printTable, type Row } from './tables.ts'

const profileCount = Number(process.env['PROFILES'] ?? 1_000)
const namespaceCount = Number(process.env['NAMESPACES'] ?? 10_000)
export const profilesPath = '/apis/pillion.dev/v1alpha1/clustersidecarprofiles'

interface Sample {
  /** From the start of the process to its readiness, when profiles and namespaces are known. */
  readonly readyMs: number
  readonly cpuMs: number
  readonly idleMb: number
  readonly peakMb: number
}

/** How long does a replica take to start in a cluster, and how much memory does it need? */
export async function start({ candidates, rounds }: Asked): Promise<void> {
  await using started = new AsyncDisposableStack()
  const { directory, cluster, kubeconfig, certificate } = await clusterFor(started)
  const replicas: Record<string, () => Promise<Server>> = {}
  for (const [at, { name, root }] of candidates.entries()) {
    const image = await imageIn(join(directory, String(at)), root)
    replicas[name] = () => startReplica({ certificate, image, source: { kubeconfig } })
  }
  const measurements = Object.fromEntries(
    Object.entries(replicas).map(([name, replica]) => [name, () => sampleOf(replica, certificate.ca)]),
  )

  const catalog = await catalogProfiles()
  await createAll(cluster, profilesPath, catalog)
  const few = await interleaved(rounds, measurements)
  await createAll(cluster, profilesPath, manyOf(catalog, profileCount))
  await createAll(cluster, '/api/v1/namespaces', namespaces(namespaceCount))
  const many = await interleaved(Math.ceil(rounds / 2), measurements)
  const counts = `${profileCount.toLocaleString('en')} more profiles, ${namespaceCount.toLocaleString('en')} namespaces`
  printTable('Start in a cluster', [...rowsOf('the catalog', few), ...rowsOf(counts, many)])

  const [replica] = Object.values(replicas)
  if (replica) await printEdits(cluster, replica, certificate.ca)
}

function rowsOf(what: string, measured: Readonly<Record<string, readonly Sample[]>>): readonly Row[] {
  return Object.entries(measured).map(([name, samples]) => ({
    '': `${name}, ${what}`,
    'ready after, ms': middle(samples.map(({ readyMs }) => readyMs)),
    'CPU, ms': middle(samples.map(({ cpuMs }) => cpuMs)),
    'RSS idle, MB': middle(samples.map(({ idleMb }) => idleMb)),
    'at its peak, MB': middle(samples.map(({ peakMb }) => peakMb)),
  }))
}

async function sampleOf(starting: () => Promise<Server>, ca: string): Promise<Sample> {
  const server = await starting()
  const client = clientOf(server, ca)
  try {
    await client.patchFor(reviewOf(pods['5 KB']))
    const cpuMs = await cpuMsOf(server.pid)
    await idle(server.pid)
    const { rssMb, peakMb } = await memoryOf(server.pid)
    return { readyMs: server.readyMs, cpuMs, idleMb: rssMb, peakMb }
  } finally {
    client.close()
    await server.end()
  }
}

/** Resolves when a process has done next to nothing for six seconds. */
async function idle(pid: number): Promise<void> {
  const end = performance.now() + 180_000
  for (let rests = 0; rests < 3; ) {
    if (performance.now() > end) throw new Error(`process ${pid} is busy after three minutes`)
    const before = await cpuMsOf(pid)
    await sleep(2_000)
    rests = (await cpuMsOf(pid)) - before <= 40 ? rests + 1 : 0
  }
}

/** How long after an edit of a profile does a Pod get what is new? */
async function printEdits(cluster: ApiServer, starting: () => Promise<Server>, ca: string): Promise<void> {
  const server = await starting()
  const client = clientOf(server, ca)
  const samples: number[] = []
  try {
    await idle(server.pid)
    for (let edit = 0; edit < 50; edit++) {
      const change = { spec: { pod: { labels: { 'example.com/edit': `edit-${edit}` } } } }
      const { status } = await cluster.request('PATCH', `${profilesPath}/log-tail`, change)
      if (status !== 200) throw new Error(`the API server refused the edit with ${status}`)
      const edited = performance.now()
      while (!(await client.patchFor(reviewOf(pods['5 KB']))).includes(`edit-${edit}`)) {
        if (performance.now() - edited > 10_000) throw new Error('an edit is not in force after 10 s')
      }
      samples.push(performance.now() - edited)
    }
  } finally {
    client.close()
    await server.end()
  }
  const slowest = Math.max(...samples).toFixed(0)
  printTable('From an edit of a profile until a Pod gets it', [{ 'median, ms': middle(samples), slowest }])
}

/** An API server with the CRDs, and what a replica needs to use it. It ends with the stack. */
export async function clusterFor(started: AsyncDisposableStack) {
  const directory = await mkdtemp(join(tmpdir(), 'pillion-bench-'))
  started.defer(() => rm(directory, { recursive: true }))
  const cluster = await startApiServer()
  started.defer(() => cluster.stop())
  await installCustomResources(cluster)
  await cluster.createNamespace('pillion')
  await cluster.createNamespace(namespace)
  const kubeconfig = join(directory, 'kubeconfig.json')
  const { url, ca, token } = cluster
  await writeFile(kubeconfig, kubeconfigText({ server: url, ca, token, namespace: 'pillion' }))
  return { directory, cluster, kubeconfig, certificate: await certificateIn(directory) }
}

/** Creates objects with 24 requests at a time; throws when the API server refuses one. */
export async function createAll(
  { request }: ApiServer,
  path: string,
  objects: readonly object[],
): Promise<void> {
  const remaining = objects.values()
  const work = async () => {
    for (const object of remaining) {
      const { status, body } = await request('POST', path, object)
      if (status !== 201) throw new Error(JSON.stringify(body))
    }
  }
  await Promise.all(Array.from({ length: 24 }, work))
}

export async function catalogProfiles(): Promise<readonly JsonObject[]> {
  const directory = join(here, 'catalog')
  const files = (await readdir(directory)).filter(file => file.endsWith('.yaml'))
  return Promise.all(files.map(async file => parse(await readFile(join(directory, file), 'utf8'))))
}

/** Copies of log-tail and work-dir, each with parameters of its own, so that no two share what is compiled. */
function manyOf(catalog: readonly JsonObject[], count: number): readonly object[] {
  const texts = catalog
    .filter(({ metadata }) => ['log-tail', 'work-dir'].includes(String((metadata as JsonObject)['name'])))
    .map(profile => JSON.stringify(profile))
  return Array.from({ length: count }, (_, number) => {
    const text = texts[number % texts.length] ?? ''
    const profile = JSON.parse(text.replaceAll(/\bparams\.(\??)/g, `params.$1p${number}x`))
    const { parameters = {} } = profile.spec
    profile.metadata.name += `-${number}`
    profile.spec.parameters = Object.fromEntries(
      Object.entries(parameters).map(([name, declared]) => [`p${number}x${name}`, declared]),
    )
    return profile
  })
}

function namespaces(count: number): readonly object[] {
  return Array.from({ length: count }, (_, number) => ({
    metadata: {
      name: `team-${number}`,
      labels: { team: `team-${number}`, stage: number % 2 === 0 ? 'prod' : 'test' },
      annotations: { 'example.com/owner': `team-${number}@example.com` },
    },
  }))
}
