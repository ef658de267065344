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

/** What is around the server: the cluster it decides for and looks after, or none. */
export interface Surroundings<C> {
  readonly cluster: Cluster
  readonly namespaceOf: (name: string) => Namespace
  readonly readiness: ReadinessCheck
  /** Absent outside of a cluster. */
  readonly connection?: C
  /** How long the API server has said nothing of namespaces. */
  readonly namespacesAgeMs?: () => number
  /** The installation's; absent where nobody said. */
  readonly namespace?: string
}

/** What is needed of the connection to a cluster to find out about it. */
export type Connection = Pick<ClusterConnection, 'version' | 'followNamespaces'>

export interface Asking {
  readonly failed: (reason: string) => void
  readonly signal: AbortSignal
}

/**
 * Finds out about the cluster what the options do not say, and follows its namespaces. Waits a moment for its API
 * server; while that does not answer, the server is not ready and says why. Outside of a cluster nothing is known of
 * any namespace.
 */
export async function lookAround<C extends Connection>(
  options: Options,
  { environment, connect, log, asking }: Looking<C>,
): Promise<Surroundings<C>> {
  const isInCluster = environment['KUBERNETES_SERVICE_HOST'] !== undefined
  const usesCluster = options.cluster === 'true' || (options.cluster === 'auto' && isInCluster)
  const connection = usesCluster ? await connect() : undefined
  const namespace = options.namespace ?? (await ownNamespace())
  let version = options.kubernetesVersion ?? (connection ? undefined : versionWithoutCluster)
  let problem: string | undefined
  if (connection && version === undefined) {
    const failed = (reason: string) => {
      problem = reason
      asking.failed(reason)
    }
    const learnt = connection.version({ failed }).then(found => {
      version = found
      log.info({ kubernetesVersion: version }, 'in a cluster')
    })
    await Promise.race([learnt, sleep(patienceMs, undefined, { ref: false })])
  } else log.info({ kubernetesVersion: version }, usesCluster ? 'in a cluster' : 'in no cluster')
  const namespaces = connection?.followNamespaces()
  return {
    // A server that injects its own Pods could start none of them when it is down.
    cluster: {
      get kubernetesVersion() {
        return version ?? versionWithoutCluster
      },
      excludedNamespaces: new Set([...options.excludedNamespaces, ...(namespace ? [namespace] : [])]),
    },
    namespaceOf: name => namespaces?.find(name) ?? { name, labels: {}, annotations: {} },
    // Before that a Pod for which its namespace asks would slip through.
    readiness: () => {
      if (version === undefined) return because('the API server has not said its version yet', problem)
      if (!namespaces || namespaces.isComplete()) return undefined
      return because('the namespaces are not listed yet', namespaces.problem())
    },
    ...(connection && { connection }),
    ...(namespaces && { namespacesAgeMs: namespaces.ageMs }),
    ...(namespace && { namespace }),
  }
}

export interface Looking<C> {
  readonly environment: Environment
  /** Called only where there is a cluster: a client takes a while to load. */
  readonly connect: () => Promise<C>
  readonly log: Logger
  readonly asking: Asking
}

const versionWithoutCluster = '1.34'
// A probe of readiness gets the reason why it takes longer.
const patienceMs = 2_000

function because(what: string, problem: string | undefined): string {
  return problem === undefined ? what : `${what}: ${problem}`
}

const serviceAccountNamespace = '/var/run/secrets/kubernetes.io/serviceaccount/namespace'

async function ownNamespace(): Promise<string | undefined> {
  return (await readFile(serviceAccountNamespace, 'utf8').catch(() => '')).trim() || undefined
}
