import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assets } from './assets.ts'
import { type AuditEvent, auditReader } from './audit.ts'
import { apiServerFlags, auditLogFile, etcdFlags, writeConfiguration } from './configuration.ts'
import { type Address, type ApiResponse, type Connection, connect } from './connection.ts'
import { createProcesses, type Processes } from './processes.ts'
import { until } from './until.ts'

/** A kube-apiserver with an etcd of its own. Nothing else runs: no kubelet, no controller, no scheduler. */
export type ApiServer = Address & {
  readonly request: Connection['request']
  /**
   * Creates a Namespace and, as the controller of a cluster would, its ServiceAccount `default`: without it
   * the admission plugin ServiceAccount refuses every Pod. Throws when either is refused.
   */
  createNamespace(name: string, metadata?: NamespaceMetadata): Promise<void>
  /**
   * What the audit log holds, oldest first: every request of everyone but the API server itself, Pods with
   * bodies (`RequestResponse`), the rest without (`Metadata`). Has every request that `request` has answered.
   */
  audit(): Promise<readonly AuditEvent[]>
  /** `/metrics`, in Prometheus' text format. */
  metrics(): Promise<string>
  /**
   * Starts another kube-apiserver with the same users and the same etcd, with further flags. It ends together with this one.
   * Gives its URL when it is ready.
   */
  another(flags?: readonly string[]): Promise<string>
  /** The path of the socket of etcd. */
  readonly etcdSocket: string
  /** Ends both processes and removes their directory. The end of this process, even a SIGKILL, does as much. */
  stop(): Promise<void>
}

type NamespaceMetadata = {
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

export type ApiServerOptions = {
  /** Flags for kube-apiserver after the suite's own: the last one counts, e.g. `--feature-gates=X=false`. */
  readonly flags?: readonly string[]
}

/**
 * Starts etcd and kube-apiserver, on a free port of 127.0.0.1 and in a new temporary directory, and resolves
 * when `/readyz` says ok: about 3 seconds. All admission plugins of a default cluster are on, ServiceAccount
 * among them, because a webhook sees what it adds to a Pod (the volume with the token and its mounts).
 * Throws with the end of its log when a process dies, and when there are no binaries to start.
 */
export async function startApiServer({ flags = [] }: ApiServerOptions = {}): Promise<ApiServer> {
  const { missing, etcd, kubeApiserver } = await assets()
  if (missing !== undefined) throw new Error(missing)
  const directory = await mkdtemp(join(tmpdir(), 'pillion-apiserver-'))
  const processes = createProcesses(directory)
  try {
    const port = await freePort()
    const address = { url: `https://127.0.0.1:${port}`, ...(await writeConfiguration(directory)) }
    await processes.start(etcd, etcdFlags)
    const start = (port: number, own: readonly string[]) =>
      processes.start(kubeApiserver, [...apiServerFlags(port), ...flags, ...own])
    await start(port, [])
    const connection = connect(address)
    await ready(connection, processes)
    await createDefaultServiceAccount(connection, 'default')
    return {
      ...serverAt(address, connection, directory, processes),
      async another(own = []) {
        const port = await freePort()
        await start(port, own)
        const other = connect({ ...address, url: `https://127.0.0.1:${port}` })
        await ready(other, processes).finally(() => other.close())
        return `https://127.0.0.1:${port}`
      },
    }
  } catch (error) {
    await processes.stop()
    throw error
  }
}

function serverAt(
  address: Address,
  connection: Connection,
  directory: string,
  processes: Processes,
): Omit<ApiServer, 'another'> {
  const { request, auditIds, close } = connection
  return {
    ...address,
    request,
    async createNamespace(name, metadata = {}) {
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { ...metadata, name } }
      expectCreated(await request('POST', '/api/v1/namespaces', namespace))
      await createDefaultServiceAccount(connection, name)
    },
    audit: auditReader(join(directory, auditLogFile), auditIds),
    etcdSocket: join(directory, 'etcd.sock:0'),
    metrics: async () => (await request<string>('GET', '/metrics')).body,
    async stop() {
      close()
      await processes.stop()
    },
  }
}

/** The namespace is there a moment after `/readyz` says ok. */
async function ready({ request }: Connection, { died }: Processes): Promise<void> {
  const isThere = async (path: string) => (await request('GET', path).catch(() => undefined))?.status === 200
  const isReady = async () => (await isThere('/readyz')) && (await isThere('/api/v1/namespaces/default'))
  await until('kube-apiserver is ready', 60_000, () => Promise.race([isReady(), died]))
}

async function createDefaultServiceAccount({ request }: Connection, namespace: string): Promise<void> {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }
  expectCreated(await request('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, account))
}

function expectCreated({ status, body }: ApiResponse): void {
  if (status !== 201) throw new Error(`the API server refused with ${status}: ${JSON.stringify(body)}`)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject()))
    })
  })
}
