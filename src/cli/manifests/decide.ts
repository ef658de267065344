import { decide } from '../../engine/decide.ts'
import type { Decision, Subject } from '../../engine/decision.ts'
import { annotation } from '../../engine/pod.ts'
import { notCalledAsShipped } from '../../engine/select/not-called.ts'
import { requestOf } from '../../engine/select/select.ts'
import type { Problem } from '../../problems/problem.ts'
import { engineOf, liveInstallation } from '../cluster/installation.ts'
import type { LiveCluster } from '../cluster/live-cluster.ts'
import { liveNamespaces } from '../cluster/namespaces.ts'
import { type ProfileFlags, profileSource } from '../cluster/profiles-in-force.ts'
import { allOf, type Io } from '../io.ts'
import type { Manifest, ManifestDocument } from '../yaml/manifest.ts'
import { namespaceWarnings, placedMistakes } from './mistakes.ts'
import { namespacesIn } from './namespaces.ts'
import { podsIn } from './pods.ts'
import { type ManifestFlags, readManifests } from './read.ts'
import { settingsIn, withSettings } from './settings.ts'
import { excludedNamespaces, testedKubernetes } from './without-cluster.ts'
import { type Workload, workloadIn } from './workload.ts'

/** A workload of a manifest, with the decision about its Pods. */
interface Decided {
  readonly document: ManifestDocument
  readonly workload: Workload
  /** From the manifest; by default that of the flags. */
  readonly namespace: string
  /** The names of the profiles that its Pods can request. */
  readonly known: readonly string[]
  readonly decision: Decision
  /** Who requests profiles; undefined if nobody does. */
  readonly requestedBy: string | undefined
  /** Mistakes of its author, with lines: annotations and labels without effect. */
  readonly mistakes: readonly Problem[]
}

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
  const problems = [...read.problems, ...others.problems, ...pods.problems]
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
  const decided = found.map(({ pod, ...rest }): Decided => {
    const name = rest.workload.namespace ?? fallback
    const { find, has } = written.has(name) || !live ? written : live.namespaces
    const namespace = withSettings(find(name), settings)
    // With --with, the command injects, and nobody needs to call Pillion.
    const why = flags.with === undefined ? notCalledAsShipped({ pod, namespace }) : undefined
    const notCalled = why === undefined || has(name) ? why : `${why}; ${unknownNamespace}`
    const subject = {
      pod,
      namespace,
      operation: 'CREATE',
      ...workloadIn(rest.workload, pod),
      ...(flags.with !== undefined && { requested: flags.with }),
      ...(notCalled !== undefined && { notCalled }),
    } as const
    const decision = decide(subject, profiles, engine)
    return {
      ...rest,
      namespace: name,
      known: profiles.namesIn(name),
      decision,
      requestedBy: requestedBy(subject, decision),
      mistakes: placedMistakes(rest, { subject, decision }, profiles, engine),
    }
  })
  return { manifests, decided, namespaceWarnings: namespaceWarnings(all, profiles, engine), problems }
}

const unknownNamespace =
  'the labels of this namespace are not known, because no manifest contains it: use --namespace-manifest FILE'

/** Where the request comes from, in words; undefined if nothing asks for a profile. */
export function requestedBy(
  subject: Pick<Subject, 'pod' | 'requested' | 'namespace'>,
  { reason, profiles }: Decision,
): string | undefined {
  const request = requestOf(subject)
  if (request) return sources[request.from](subject.namespace.name)
  return profiles.length > 0 || reason === 'NotCalled' ? 'autoInject of the profiles' : undefined
}

const sources = {
  pod: () => `annotation ${annotation.inject} of the Pod`,
  namespace: (name: string) => `annotation ${annotation.inject} of namespace ${name}`,
  command: () => '--with',
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

/** The position of a workload, for messages: `deploy.yaml:12: Deployment/web`. */
export function placeOf({ document, workload }: Pick<Decided, 'document' | 'workload'>): string {
  const { file, line } = document.problemAt(workload.path, '')
  return `${file}:${line}: ${workload.kind}/${workload.name}`
}
