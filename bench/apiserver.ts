import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { JsonObject } from '../src/json/json.ts'
import { type ApiServer, startApiServer } from '../test/apiserver/apiserver.ts'
import { until } from '../test/apiserver/until.ts'
import { certificateIn } from '../test/process/certificate.ts'
import { imageIn } from '../test/process/image.ts'
import { startReplica } from '../test/process/replica.ts'
import { type Asked, here } from './candidates.ts'
import { cpuMsOf } from './cpu.ts'
import { load, type Measured } from './load.ts'
import { writtenPod } from './pod.ts'
import { interleaved, middle, printTable, rounded } from './tables.ts'

/** Every way has a namespace of its own, so that they can take turns within seconds. */
const ways = {
  'no webhook': 'none',
  'Pillion, the Pod does not opt in': 'not-opted-in',
  'Pillion, injected': 'injected',
  'MutatingAdmissionPolicy, injected': 'policy',
} as const
type Way = keyof typeof ways

/** CPU in milliseconds for each Pod. */
interface Sample extends Measured {
  readonly apiServerMs: number
  readonly pillionMs: number
}

/** What does the creation of a Pod cost at a real API server, with Pillion and without? */
export async function apiserver({ rounds }: Asked): Promise<void> {
  await using started = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'pillion-bench-'))
  started.defer(() => rm(directory, { recursive: true }))
  const cluster = await startApiServer({ flags })
  started.defer(() => cluster.stop())
  const certificate = await certificateIn(directory)
  const image = await imageIn(directory)
  const pillion = await startReplica({ certificate, image, source: { profiles: image.catalog } })
  started.defer(() => pillion.end())
  for (const namespace of Object.values(ways)) await cluster.createNamespace(namespace)
  await register(cluster, await webhooksFor(['not-opted-in', 'injected'], pillion.url, certificate.ca))
  await register(cluster, await policyFor('policy'))
  for (const way of names) await until(`${way} is in force`, 20_000, () => isInForce(cluster, way))

  const measurements = names.map(way => [way, () => sampleOf(cluster, way, pillion.pid)] as const)
  for (const [, measure] of measurements) await measure()
  const samples = await interleaved(rounds, Object.fromEntries(measurements))
  const without = samples['no webhook'] ?? []
  printTable(
    'Creation of a Pod of 2 KB as a dry run, by one client that creates one after the other',
    Object.entries(samples).map(([way, measured]) => {
      const added = measured.map(({ p50 }, round) => p50 - (without[round]?.p50 ?? Number.NaN))
      return {
        '': way,
        'p50, ms': middle(measured.map(({ p50 }) => p50)),
        'p99, ms': middle(measured.map(({ p99 }) => p99)),
        'added to p50, ms': way === 'no webhook' ? '' : rangeOf(added),
        'CPU of the API server, ms': middle(measured.map(({ apiServerMs }) => apiServerMs)),
        'CPU of Pillion, ms': middle(measured.map(({ pillionMs }) => pillionMs)),
      }
    }),
  )
}

const names = Object.keys(ways) as readonly Way[]

/** Policies that mutate are off by default in some versions. The audit log of the tests would hold every Pod. */
const flags = [
  '--feature-gates=MutatingAdmissionPolicy=true',
  '--runtime-config=admissionregistration.k8s.io/v1beta1=true',
  '--audit-log-path=',
]

function rangeOf(samples: readonly number[]): string {
  return `${middle(samples)} (${rounded(Math.min(...samples))} to ${rounded(Math.max(...samples))})`
}

function podOf(way: Way): string {
  const isSilent = way === 'Pillion, the Pod does not opt in'
  return JSON.stringify(writtenPod({ env: 9, ...(!isSilent && { profiles: ['log-tail'] }) }))
}

async function sampleOf(cluster: ApiServer, way: Way, pid: number): Promise<Sample> {
  const before = [await cpuMsOfApiServer(cluster), await cpuMsOf(pid)] as const
  const measured = await load({
    url: `${cluster.url}/api/v1/namespaces/${ways[way]}/pods?dryRun=All`,
    ca: cluster.ca,
    headers: [`authorization: Bearer ${cluster.token}`],
    body: podOf(way),
    pace: { clients: 1 },
    seconds: 4,
  })
  const apiServerMs = ((await cpuMsOfApiServer(cluster)) - before[0]) / measured.requests
  return { ...measured, apiServerMs, pillionMs: ((await cpuMsOf(pid)) - before[1]) / measured.requests }
}

/** From its own metrics. To read them costs it a little CPU, the same for every way. */
async function cpuMsOfApiServer(cluster: ApiServer): Promise<number> {
  const [, cpuSeconds] = /^process_cpu_seconds_total (\S+)$/m.exec(await cluster.metrics()) ?? []
  return Number(cpuSeconds) * 1_000
}

/** Whether the Pod of a way is injected if it should be, and only then. */
async function isInForce({ request }: ApiServer, way: Way): Promise<boolean> {
  const path = `/api/v1/namespaces/${ways[way]}/pods`
  const { status, body } = await request('POST', path, podOf(way), { dryRun: true })
  if (status !== 201) throw new Error(`the API server did not create the Pod: ${JSON.stringify(body)}`)
  return JSON.stringify(body).includes('"mountPath":"/var/log/app"') === way.endsWith(', injected')
}

/** The webhooks of `deploy/`, for these namespaces and at this address. A failed request denies the Pod. */
async function webhooksFor(namespaces: readonly string[], url: string, ca: string) {
  const [configuration = {}] = await objectsIn('deploy/base/webhook.yaml')
  const registered = configuration['webhooks'] as readonly (JsonObject & Selecting)[]
  const webhooks = registered.map(({ namespaceSelector: { matchExpressions }, ...webhook }) => ({
    ...webhook,
    namespaceSelector: { matchExpressions: [...matchExpressions, oneOf(namespaces)] },
    clientConfig: { url: `${url}/mutate`, caBundle: Buffer.from(ca).toString('base64') },
    failurePolicy: 'Fail',
  }))
  return [{ ...configuration, webhooks }]
}

interface Selecting {
  readonly namespaceSelector: { readonly matchExpressions: readonly JsonObject[] }
}

/** The policy that injects the same sidecar, and its binding to a namespace. */
async function policyFor(namespace: string): Promise<readonly JsonObject[]> {
  const [policy = {}, binding = {}] = await objectsIn('bench/policy.yaml')
  const matchResources = { namespaceSelector: { matchExpressions: [oneOf([namespace])] } }
  return [policy, { ...binding, spec: { ...(binding['spec'] as JsonObject), matchResources } }]
}

function oneOf(namespaces: readonly string[]) {
  return { key: 'kubernetes.io/metadata.name', operator: 'In', values: namespaces }
}

async function objectsIn(file: string): Promise<readonly JsonObject[]> {
  const text = await readFile(join(here, file), 'utf8')
  return parseAllDocuments(text).map(document => document.toJS())
}

async function register({ request }: ApiServer, objects: readonly JsonObject[]): Promise<void> {
  for (const object of objects) {
    const path = `/apis/${String(object['apiVersion'])}/${plurals[String(object['kind'])]}`
    const { status, body } = await request('POST', path, object)
    if (status !== 201) throw new Error(`the API server refused the object: ${JSON.stringify(body)}`)
  }
}

const plurals: Readonly<Record<string, string>> = {
  MutatingWebhookConfiguration: 'mutatingwebhookconfigurations',
  MutatingAdmissionPolicy: 'mutatingadmissionpolicies',
  MutatingAdmissionPolicyBinding: 'mutatingadmissionpolicybindings',
}
