import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Api } from '../../../src/cluster/api/api.ts'
import { type ApiServer, type ApiServerOptions, startApiServer } from '../../apiserver/apiserver.ts'
import { apiFor } from '../../apiserver/client.ts'
import { callAt, create, install } from '../../apiserver/deployed.ts'
import { until } from '../../apiserver/until.ts'
import { imageIn } from '../../process/image.ts'
import { kubeconfigText } from '../../process/kubeconfig.ts'
import { createSampleNamespaces } from '../load.ts'
import { type Plans, plansOf } from '../plans.ts'
import { samples } from '../samples.ts'
import { type PillionProcess, type ReplicaWishes, ready, startPillionProcess } from './pillion-process.ts'
import { startService } from './service.ts'

export interface StagedWishes extends ReplicaWishes {
  /** The API server that the replica asks. Default: the one of the world. */
  readonly url?: string
}

export interface WorldOptions extends ApiServerOptions {
  /** How long a byte takes to or from a replica. Default: 0. */
  readonly networkMs?: number
}

export interface World extends AsyncDisposable {
  readonly server: ApiServer
  readonly api: Api
  /** Files that go with the world. */
  readonly directory: string
  /** Starts a replica, and waits until it is ready and gets requests. It ends with the world at the latest. */
  startReplica(name: string, wishes?: StagedWishes): Promise<PillionProcess>
  /** What happened to the replicas, as a cluster sees it: a replica that is not ready gets no new connections. */
  readonly notes: readonly string[]
  readonly plans: Plans
  /** `v1.34.4` */
  readonly kubernetes: string
}

/**
 * A real API server with Pillion, installed as `deploy/` does but with `failurePolicy: Fail`, so that every fault is a
 * failed creation. Its replicas are processes with the permissions of the ServiceAccount, and with the certificate that they
 * issue themselves.
 */
export async function openWorld({ flags = [], networkMs = 0 }: WorldOptions = {}): Promise<World> {
  const open = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'pillion-faults-'))
  open.defer(() => rm(directory, { recursive: true }))
  // The audit log would hold every Pod.
  const server = await startApiServer({ flags: ['--audit-log-path=', ...flags] })
  open.defer(() => server.stop())
  const api = apiFor(server)
  await install(server)
  await create(server, 'catalog/statsd.yaml')
  await createSampleNamespaces(api)
  for (const namespace of sampleNamespaceNames) await createServiceAccount(server, namespace)
  const service = await startService(networkMs)
  open.defer(() => service.stop())
  await callAt(server, service.port)
  await failWithoutAnswer(server)
  await promisify(execFile)(process.execPath, ['tools/build.ts'], {
    cwd: join(import.meta.dirname, '../../..'),
  })
  const image = await imageIn(directory)
  const token = await tokenOf(server)
  const notes: string[] = []
  const { body: version } = await server.request<{ gitVersion: string }>('GET', '/version')

  async function startReplica(name: string, { url = server.url, ...wishes }: StagedWishes = {}) {
    const kubeconfig = join(directory, `${name}.json`)
    // A proxy on this machine has no certificate.
    const ca = url.startsWith('http:') ? undefined : server.ca
    await writeFile(kubeconfig, kubeconfigText({ server: url, ...(ca && { ca }), token }), { mode: 0o600 })
    const replica = await started(() => startPillionProcess({ ...wishes, name, image, kubeconfig }))
    open.defer(() => replica.end('SIGKILL'))
    service.add(replica, note => notes.push(note))
    return {
      ...replica,
      async end(signal?: NodeJS.Signals) {
        service.remove(replica)
        await replica.end(signal)
      },
    }
  }

  return {
    ...{ server, api, directory, notes, startReplica },
    plans: await plansOf(api),
    kubernetes: version.gitVersion,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

const sampleNamespaceNames = new Set(samples.map(({ namespace }) => namespace.name))

/** The controller of a cluster would. Without it the API server denies every Pod. */
async function createServiceAccount({ request }: ApiServer, namespace: string): Promise<void> {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }
  const { status } = await request('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, account)
  if (status !== 201) throw new Error(`the API server refused the ServiceAccount with ${status}`)
}

/** Waits until a replica is ready. Starts it again if another process has taken its port meanwhile. */
async function started(start: () => Promise<PillionProcess>): Promise<PillionProcess> {
  const replica = await start()
  try {
    await ready(replica)
    return replica
  } catch (error) {
    await replica.end('SIGKILL')
    if (!replica.said().includes('EADDRINUSE')) throw error
    return started(start)
  }
}

/** The API server denies a Pod for which no replica answers. */
async function failWithoutAnswer({ request }: ApiServer): Promise<void> {
  const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/pillion'
  const patch = [0, 1].map(index => ({
    op: 'replace',
    path: `/webhooks/${index}/failurePolicy`,
    value: 'Fail',
  }))
  const { status } = await request('PATCH', path, patch, { contentType: 'application/json-patch+json' })
  if (status !== 200) throw new Error(`the API server refused the patch with ${status}`)
}

async function tokenOf({ request }: ApiServer): Promise<string> {
  const path = '/api/v1/namespaces/pillion/serviceaccounts/pillion/token'
  const { body } = await request<{ status: { token: string } }>('POST', path, { spec: {} })
  return body.status.token
}

/** Resolves when every sample gets what it asks for: the API server learns of new webhooks and certificates within a second. */
export async function injected({ api, plans }: World): Promise<void> {
  for (const sample of samples) {
    await until(`${sample.name} is as planned`, 30_000, async () => {
      const path = `/api/v1/namespaces/${sample.namespace.name}/pods`
      const answer = await api.request('POST', path, { body: { ...sample.pod }, query: { dryRun: 'All' } })
      return answer.ok && plans.find(sample, answer.body) === undefined
    })
  }
}
