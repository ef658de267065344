import { readFile } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { Cluster } from '../engine/decision.ts'
import type { Namespace } from '../engine/pod.ts'
import type { ReadinessCheck } from './health.ts'
import type { Options } from './options.ts'

/** The environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What is around the server: the cluster it decides for, or none. */
export interface Surroundings {
  readonly cluster: Cluster
  readonly namespaceOf: (name: string) => Namespace
  readonly readiness: ReadinessCheck
}

/** What is asked of the cluster; the composition root knows how. */
export interface Connection {
  version(asking: Asking): Promise<string | undefined>
  followNamespaces(asking: Asking): { find(name: string): Namespace; isComplete(): boolean }
}

interface Asking {
  readonly failed: (reason: string) => void
  readonly signal: AbortSignal
}

/**
 * Finds out about the cluster what the options do not say, and follows its namespaces. In a cluster this
 * waits until its API server answers; outside of one nothing is known of any namespace.
 */
export async function lookAround(
  options: Options,
  { environment, connect, log, signal }: Looking,
): Promise<Surroundings> {
  const isInCluster = environment['KUBERNETES_SERVICE_HOST'] !== undefined
  const { watchNamespaces, kubernetesVersion } = options
  const isFollowing = watchNamespaces === 'true' || (watchNamespaces === 'auto' && isInCluster)
  const isAsking = kubernetesVersion === undefined && (isFollowing || isInCluster)
  const connection = isFollowing || isAsking ? await connect() : undefined

  const failed = (problem: string) => log.warn({ problem }, 'the API server does not answer as it should')
  const asked = isAsking ? await connection?.version({ failed, signal }) : undefined
  const cluster = {
    kubernetesVersion: kubernetesVersion ?? asked ?? versionWithoutCluster,
    excludedNamespaces: new Set([...options.excludedNamespaces, ...(await ownNamespace(environment))]),
  }
  log.info({ kubernetesVersion: cluster.kubernetesVersion }, isInCluster ? 'in a cluster' : 'in no cluster')
  const namespaces = isFollowing ? connection?.followNamespaces({ failed, signal }) : undefined
  return {
    cluster,
    namespaceOf: name => namespaces?.find(name) ?? { name, labels: {}, annotations: {} },
    // Before that a Pod for which its namespace asks would slip through.
    readiness: () => (namespaces?.isComplete() === false ? 'the namespaces are not listed yet' : undefined),
  }
}

export interface Looking {
  readonly environment: Environment
  /** Called only where there is a cluster: loading a client takes over a second. */
  readonly connect: () => Promise<Connection>
  readonly log: Logger
  /** Ends whatever goes on. */
  readonly signal: AbortSignal
}

const versionWithoutCluster = '1.34'

const serviceAccountNamespace = '/var/run/secrets/kubernetes.io/serviceaccount/namespace'

/** A server that injects its own Pods could start none of them when it is down. */
async function ownNamespace({ PILLION_NAMESPACE: given }: Environment): Promise<string[]> {
  if (given) return [given]
  const mounted = await readFile(serviceAccountNamespace, 'utf8').catch(() => '')
  return mounted.trim() === '' ? [] : [mounted.trim()]
}
