import { decide } from '../../engine/decide.ts'
import type { Decision } from '../../engine/decision.ts'
import { engineOf, liveInstallation } from '../cluster/installation.ts'
import type { LiveCluster } from '../cluster/live-cluster.ts'
import { liveNamespaces } from '../cluster/namespaces.ts'
import { type ProfileFlags, profileSource } from '../cluster/profiles-in-force.ts'
import { allOf, type Io } from '../io.ts'
import type { Manifest, ManifestDocument } from '../yaml/manifest.ts'
import { namespacesIn } from './namespaces.ts'
import { podsIn } from './pods.ts'
import { type ManifestFlags, readManifests } from './read.ts'
import { settingsIn, withSettings } from './settings.ts'
import { excludedNamespaces, testedKubernetes } from './without-cluster.ts'
import type { Workload } from './workload.ts'

/** A workload of a manifest, with the decision about its Pods. */
interface Decided {
  readonly document: ManifestDocument
  readonly workload: Workload
  /** From the manifest; by default that of the flags. */
  readonly namespace: string
  /** The names of the profiles that its Pods can request. */
  readonly known: readonly string[]
  readonly decision: Decision
}

interface DecidedManifests {
  readonly manifests: readonly Manifest[]
  readonly decided: readonly Decided[]
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
  const problems = [...read.problems, ...others.problems, ...pods.problems]
  if (found.length === 0) return { manifests, decided: [], problems }
  const fallback = flags.namespace ?? source.cluster?.namespace ?? 'default'
  const namespaces = [...new Set(found.map(({ workload }) => workload.namespace ?? fallback))]
  const [{ profiles }, live] = await Promise.all([
    source.profilesIn(namespaces),
    source.cluster && surroundings(source.cluster, namespaces, flags, io),
  ])
  const settings = settingsIn(flags.set ?? [], profiles, namespaces)
  const namespaceOf = namespacesIn([...manifests, ...others.manifests], live?.namespaceOf)
  const { kubernetesVersion = live?.kubernetesVersion ?? testedKubernetes } = flags
  const engine = { kubernetesVersion, excludedNamespaces: live?.excludedNamespaces ?? excludedNamespaces }
  const decided = found.map(({ pod, ...rest }): Decided => {
    const namespace = rest.workload.namespace ?? fallback
    const subject = {
      pod,
      namespace: withSettings(namespaceOf(namespace), settings),
      operation: 'CREATE',
      ...(flags.with !== undefined && { requested: flags.with }),
    } as const
    const known = profiles.namesIn(namespace)
    return { ...rest, namespace, known, decision: decide(subject, profiles, engine) }
  })
  return { manifests, decided, problems }
}

/** What the cluster has around Pods: namespaces, the version, and the settings of Pillion. */
async function surroundings(
  cluster: LiveCluster,
  names: readonly string[],
  { name = 'pillion', installationNamespace: namespace }: DecisionFlags,
  io: Io,
) {
  const [{ find, notes }, engine] = await Promise.all([
    liveNamespaces(cluster, names),
    liveInstallation(cluster, { name, ...(namespace !== undefined && { namespace }) }).then(engineOf),
  ])
  for (const note of notes) io.err(`${note}\n`)
  return { namespaceOf: find, ...engine }
}

/** The position of a workload, for messages: `deploy.yaml:12: Deployment/web`. */
export function placeOf({ document, workload }: Pick<Decided, 'document' | 'workload'>): string {
  const { file, line } = document.problemAt(workload.path, '')
  return `${file}:${line}: ${workload.kind}/${workload.name}`
}
