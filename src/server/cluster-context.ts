import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { ClusterConnection } from '../cluster/cluster.ts'
import type { Cluster } from '../engine/decision.ts'
import type { Namespace } from '../engine/pod.ts'
import type { ReadinessCheck } from './health.ts'
import type { Options } from './options.ts'

/** The environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The cluster that the server runs in, or defaults outside of a cluster. */
export interface ClusterContext<C> {
  readonly cluster: Cluster
  readonly namespaceOf: (name: string) => Namespace
  /** All namespaces; absent outside of a cluster. */
  readonly namespaces?: () => Iterable<Namespace>
  readonly readiness: ReadinessCheck
  /** Absent outside of a cluster. */
  readonly connection?: C
  /** Time since the API server last sent something on the watch of namespaces. */
  readonly namespacesAgeMs?: () => number
  /** Namespace of this installation; absent if it is not known. */
  readonly namespace?: string
}

/** The part of the connection to a cluster that this needs. */
export type Connection = Pick<ClusterConnection, 'version' | 'watchNamespaces'>

/**
 * Detects the cluster, asks it for its version unless the options have it, and watches its namespaces. Waits two seconds
 * for the API server. If that does not answer, the server starts, but is not ready and its probe says why. Outside of a
 * cluster, namespaces have no labels or annotations.
 */
export async function detectCluster<C extends Connection>(
  options: Options,
  { environment, connect, log, failed }: Detection<C>,
): Promise<ClusterContext<C>> {
  const isInCluster = environment['KUBERNETES_SERVICE_HOST'] !== undefined
  const usesCluster = options.cluster === 'true' || (options.cluster === 'auto' && isInCluster)
  const connection = usesCluster ? await connect() : undefined
  const namespace = options.namespace ?? (await ownNamespace())
  let version = options.kubernetesVersion ?? (connection ? undefined : versionWithoutCluster)
  let problem: string | undefined
  if (connection && version === undefined) {
    const noteFailure = (reason: string) => {
      problem = reason
      failed(reason)
    }
    const found = connection.version({ failed: noteFailure }).then(answer => {
      version = answer
      log.info({ kubernetesVersion: version }, 'in a cluster')
    })
    await Promise.race([found, sleep(patienceMs, undefined, { ref: false })])
  } else log.info({ kubernetesVersion: version }, usesCluster ? 'in a cluster' : 'outside of a cluster')
  const namespaces = connection?.watchNamespaces()
  return {
    // If Pillion injected its own Pods, none of them could start while it is down.
    cluster: {
      get kubernetesVersion() {
        return version ?? versionWithoutCluster
      },
      excludedNamespaces: new Set([...options.excludedNamespaces, ...(namespace ? [namespace] : [])]),
    },
    namespaceOf: name => namespaces?.find(name) ?? { name, labels: {}, annotations: {} },
    // Before that, Pillion would miss the Pods whose namespace opts in for them.
    readiness: () => {
      if (version === undefined) return because('the version of the API server is not known yet', problem)
      if (!namespaces || namespaces.isComplete()) return undefined
      return because('the namespaces are not listed yet', namespaces.problem())
    },
    ...(connection && { connection }),
    ...(namespaces && { namespaces: namespaces.all, namespacesAgeMs: namespaces.ageMs }),
    ...(namespace && { namespace }),
  }
}

interface Detection<C> {
  readonly environment: Environment
  /** Called only in a cluster, because the client takes time to load. */
  readonly connect: () => Promise<C>
  readonly log: Logger
  /** Called with the reason, each time that a request for the version fails. */
  readonly failed: (reason: string) => void
}

const versionWithoutCluster = '1.34'
// After that, the readiness probe gives the reason.
const patienceMs = 2_000

function because(what: string, problem: string | undefined): string {
  return problem === undefined ? what : `${what}: ${problem}`
}

const serviceAccountNamespace = '/var/run/secrets/kubernetes.io/serviceaccount/namespace'

async function ownNamespace(): Promise<string | undefined> {
  return (await readFile(serviceAccountNamespace, 'utf8').catch(() => '')).trim() || undefined
}
