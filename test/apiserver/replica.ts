import { onTestFinished } from 'vitest'
import type { Api } from '../../src/cluster/api/api.ts'
import {
  type KeptCertificate,
  type ReconcileCertificateOptions,
  reconcileCertificate,
} from '../../src/cluster/certificate/self-managed.ts'
import { createApp } from '../../src/server/app.ts'
import { type Pair, secureContext } from '../../src/server/certificate.ts'
import { listen } from '../../src/server/listen.ts'
import { catalogDirectory, readProfiles } from '../../src/server/profile-directory.ts'
import { kubernetesVersion } from './from.ts'
import { until } from './until.ts'

/** A replica in this process: the real webhook with a certificate that is kept in the cluster. */
export interface Replica {
  readonly port: number
  readonly kept: KeptCertificate
  /** Every pair that it served, the present one last. */
  readonly pairs: readonly Pair[]
  /** Finishes the calls it has. */
  stop(): Promise<void>
}

/** Resolves when it is ready: it listens, and the API server trusts it. */
export async function startReplica(api: Api, options: ReplicaOptions): Promise<Replica> {
  const { profiles } = await readProfiles(catalogDirectory())
  const cluster = { kubernetesVersion, excludedNamespaces: new Set<string>() }
  const namespaceOf = (name: string) => ({ name, labels: {}, annotations: {} })
  const keeping = keepForTest(api, options)
  await keeping.until(({ pairs }) => pairs.length > 0)
  const app = createApp({
    nextProfiles: async () => {},
    pair: keeping.pairs.at(-1) as Pair,
    context: () => ({ profiles, cluster, namespaceOf }),
    readiness: [keeping.kept.readiness],
    // Each answer ends its connection, so that each call is a handshake with the pair of that moment.
    isDraining: () => true,
    account: () => {},
  })
  keeping.onRenewed(pair => app.server.setSecureContext(secureContext(pair)))
  const listening = await listen(app, '127.0.0.1', 0)
  if ('problem' in listening) throw new Error(listening.problem)
  await keeping.until(({ kept }) => kept.readiness() === undefined)
  return {
    ...keeping,
    port: listening.port,
    async stop() {
      keeping.stop()
      await app.close()
    },
  }
}

export type ReplicaOptions = Omit<ReconcileCertificateOptions, 'renewed' | 'refused' | 'failed' | 'signal'>

/** A replica that keeps a certificate and serves nothing, with all that it says; stops with its test. */
export function keepForTest(api: Api, options: ReplicaOptions) {
  const stopping = new AbortController()
  onTestFinished(() => stopping.abort())
  const pairs: Pair[] = []
  const problems: string[] = []
  const failures: string[] = []
  let hear = (_: Pair) => {}
  const kept = reconcileCertificate(api, {
    ...options,
    ipAddresses: ['127.0.0.1'],
    renewed(pair) {
      pairs.push(pair)
      hear(pair)
    },
    refused: problem => problems.push(problem),
    failed: reason => failures.push(reason),
    signal: stopping.signal,
  })
  const keeping = {
    kept,
    pairs,
    problems,
    failures,
    onRenewed(heard: (pair: Pair) => void) {
      hear = heard
    },
    async until(condition: (keeping: { kept: KeptCertificate; pairs: Pair[] }) => boolean): Promise<void> {
      const isFulfilled = async () => condition({ kept, pairs })
      await until('the replica is as it should be', 15_000, isFulfilled).catch(({ message }: Error) => {
        throw new Error([message, kept.readiness(), ...problems, ...failures].join('; '))
      })
    },
    stop: () => stopping.abort(),
  }
  return keeping
}

/** The same, resolved when it serves and is trusted. */
export async function keepUntilReady(api: Api, options: ReplicaOptions) {
  const keeping = keepForTest(api, options)
  await keeping.until(({ kept }) => kept.readiness() === undefined)
  return keeping
}

/** What a replica serves now, in PEM. */
export function servedBy({ pairs }: { readonly pairs: readonly Pair[] }): string | undefined {
  return pairs.at(-1)?.cert.toString()
}

/** For a replica that does not wait for long. */
export const quick = { propagationMs: 200, backoff: { firstMs: 20, mostMs: 200 } }
