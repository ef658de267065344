import { readFile } from 'node:fs/promises'
import type { Logger } from 'pino'
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

/** What is asked of any cluster; the composition root knows how. */
export interface Connection {
  version(asking: Asking): Promise<string | undefined>
  followNamespaces(asking: Asking): { find(name: string): Namespace; isComplete(): boolean; ageMs(): number }
}

export interface Asking {
  readonly failed: (reason: string) => void
  readonly signal: AbortSignal
}

/**
 * Finds out about the cluster what the options do not say, and follows its namespaces. In a cluster this
 * waits until its API server answers; outside of one nothing is known of any namespace.
 */
export async function lookAround<C extends Connection>(
  options: Options,
  { environment, connect, log, asking }: Looking<C>,
): Promise<Surroundings<C>> {
  const isInCluster = environment['KUBERNETES_SERVICE_HOST'] !== undefined
  const usesCluster = options.cluster === 'true' || (options.cluster === 'auto' && isInCluster)
  const connection = usesCluster ? await connect() : undefined
  const namespace = options.namespace ?? (await ownNamespace())
  const version = options.kubernetesVersion ?? (await connection?.version(asking)) ?? versionWithoutCluster
  log.info({ kubernetesVersion: version }, usesCluster ? 'in a cluster' : 'in no cluster')
  const namespaces = connection?.followNamespaces(asking)
  return {
    // A server that injects its own Pods could start none of them when it is down.
    cluster: {
      kubernetesVersion: version,
      excludedNamespaces: new Set([...options.excludedNamespaces, ...(namespace ? [namespace] : [])]),
    },
    namespaceOf: name => namespaces?.find(name) ?? { name, labels: {}, annotations: {} },
    // Before that a Pod for which its namespace asks would slip through.
    readiness: () => (namespaces?.isComplete() === false ? 'the namespaces are not listed yet' : undefined),
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

const serviceAccountNamespace = '/var/run/secrets/kubernetes.io/serviceaccount/namespace'

async function ownNamespace(): Promise<string | undefined> {
  return (await readFile(serviceAccountNamespace, 'utf8').catch(() => '')).trim() || undefined
}
