import { type Decided, decideWorkload } from '../../manifest/decide.ts'
import { namespaceWarnings } from '../../manifest/mistakes.ts'
import { namespacesIn } from '../../manifest/namespaces.ts'
import { podsIn } from '../../manifest/pods.ts'
import type { Manifest } from '../../manifest/yaml/manifest.ts'
import { describe } from '../../problems/problem.ts'
import { engineOf, liveInstallation } from '../cluster/installation.ts'
import type { LiveCluster } from '../cluster/live-cluster.ts'
import { liveNamespaces } from '../cluster/namespaces.ts'
import { type ProfileFlags, profileSource } from '../cluster/profiles-in-force.ts'
import { allOf, type Io } from '../io.ts'
import { type ManifestFlags, readManifests } from './read.ts'
import { settingsIn, withSettings } from './settings.ts'
import { excludedNamespaces, testedKubernetes } from './without-cluster.ts'

interface DecidedManifests {
  readonly manifests: readonly Manifest[]
  readonly decided: readonly Decided[]
  /** Lines about the Namespaces in the manifests. */
  readonly namespaceWarnings: readonly string[]
  /** About documents and workloads that cannot be read, and so have no decision. */
  readonly problems: readonly string[]
}

/** The flags of commands that decide about Pods like the webhook. */
export interface DecisionFlags extends ProfileFlags, ManifestFlags {
  readonly with?: string
  /** `PROFILE.PARAMETER=VALUE` */
  readonly set?: readonly string[]
  readonly namespaceManifest?: readonly string[]
  readonly namespace?: string
  readonly kubernetesVersion?: string
  /** Which installation of Pillion; where it is not an option, that of the chart's default name. */
  readonly name?: string
  readonly installationNamespace?: string
}

/**
 * Decides about each workload of the manifests that the flags name, like the webhook. With a cluster, the profiles, the
 * namespaces that are not in the manifests, and the version are those of the cluster.
 */
export async function decideManifests(flags: DecisionFlags, io: Io): Promise<DecidedManifests> {
  const [{ manifests, ...read }, others, source] = await allOf([
    readManifests(flags, io),
    readManifests({ filename: flags.namespaceManifest ?? [] }, io),
    profileSource(flags, io),
  ])
  const { found, ...pods } = podsIn(manifests)
  const problems = [...read.problems, ...others.problems, ...pods.problems.map(describe)]
  const all = [...manifests, ...others.manifests]
  const written = namespacesIn(all)
  if (found.length === 0 && written.names.length === 0)
    return { manifests, decided: [], namespaceWarnings: [], problems }
  const fallback = flags.namespace ?? source.cluster?.namespace ?? 'default'
  const names = [...new Set(found.map(({ workload }) => workload.namespace ?? fallback))]
  const [{ profiles }, live] = await Promise.all([
    source.profilesIn([...new Set([...names, ...written.names])]),
    source.cluster && surroundings(source.cluster, names, flags, io),
  ])
  const settings = settingsIn(flags.set ?? [], profiles, names)
  const { kubernetesVersion = live?.kubernetesVersion ?? testedKubernetes } = flags
  const engine = { kubernetesVersion, excludedNamespaces: live?.excludedNamespaces ?? excludedNamespaces }
  const decided = found.map(one =>
    decideWorkload(one, {
      profiles,
      cluster: engine,
      namespace: fallback,
      requested: flags.with,
      find: name => {
        const { find, has } = written.has(name) || !live ? written : live.namespaces
        return { namespace: withSettings(find(name), settings), isKnown: has(name) }
      },
    }),
  )
  return { manifests, decided, namespaceWarnings: namespaceWarnings(all, profiles, engine), problems }
}

/** What the cluster has around Pods: namespaces, the version, and the settings of Pillion. */
async function surroundings(
  cluster: LiveCluster,
  names: readonly string[],
  { name = 'pillion', installationNamespace }: DecisionFlags,
  io: Io,
) {
  const [namespaces, engine] = await Promise.all([
    liveNamespaces(cluster, names),
    liveInstallation(cluster, {
      name,
      ...(installationNamespace !== undefined && { installationNamespace }),
    }).then(engineOf),
  ])
  for (const note of namespaces.notes) io.err(`${note}\n`)
  return { namespaces, ...engine }
}
