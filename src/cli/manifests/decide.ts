import { decide } from '../../engine/decide.ts'
import type { Decision, Subject } from '../../engine/decision.ts'
import { annotation } from '../../engine/pod.ts'
import { notCalledAsShipped } from '../../engine/select/not-called.ts'
import { requestOf } from '../../engine/select/select.ts'
import { describe, type Problem } from '../../problems/problem.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import { settings } from '../../server/options.ts'
import { catalogDirectory, readProfiles } from '../../server/profile-directory.ts'
import { allOf, Failure, type Io } from '../io.ts'
import type { Manifest, ManifestDocument } from '../yaml/manifest.ts'
import { namespaceWarnings, placedMistakes } from './mistakes.ts'
import { namespacesIn } from './namespaces.ts'
import { podsIn } from './pods.ts'
import { readManifests } from './read.ts'
import type { Workload } from './workload.ts'

/** A workload of a manifest, with the decision about its Pods. */
export interface Decided {
  readonly document: ManifestDocument
  readonly workload: Workload
  /** From the manifest; by default that of the flags. */
  readonly namespace: string
  readonly decision: Decision
  /** Whose request decides; undefined when there is none. */
  readonly requestedBy: string | undefined
  /** What its author wrote for Pillion in vain, with lines. */
  readonly mistakes: readonly Problem[]
}

interface DecidedManifests {
  readonly manifests: readonly Manifest[]
  readonly decided: readonly Decided[]
  readonly profiles: Profiles
  /** Lines about the Namespaces in the manifests. */
  readonly namespaceWarnings: readonly string[]
}

/** The flags of commands that decide about Pods like the webhook. */
export interface DecisionFlags {
  readonly filename: readonly string[]
  readonly with?: string
  readonly profiles?: string
  readonly namespaceManifest?: readonly string[]
  readonly namespace?: string
  readonly kubernetesVersion?: string
}

/** Decides about each workload of the manifests that the flags name, like the webhook. */
export async function decideManifests(flags: DecisionFlags, io: Io): Promise<DecidedManifests> {
  const [manifests, others, profiles] = await allOf([
    readManifests(flags.filename, io),
    readManifests(flags.namespaceManifest ?? [], io),
    loadProfiles(flags.profiles),
  ])
  const namespaces = namespacesIn([...manifests, ...others])
  const { kubernetesVersion = testedKubernetes } = flags
  const cluster = { kubernetesVersion, excludedNamespaces }
  const decided = podsIn(manifests).map(({ pod, ...found }): Decided => {
    const name = found.workload.namespace ?? flags.namespace ?? 'default'
    const namespace = namespaces.find(name)
    // With --with, the command injects, and nobody needs to call Pillion.
    const why = flags.with === undefined ? notCalledAsShipped({ pod, namespace }) : undefined
    const notCalled = why === undefined || namespaces.has(name) ? why : `${why}; ${unknownNamespace}`
    const subject = {
      pod,
      namespace,
      operation: 'CREATE',
      ...(flags.with !== undefined && { requested: flags.with }),
      ...(notCalled !== undefined && { notCalled }),
    } as const
    const decision = decide(subject, profiles, cluster)
    return {
      ...found,
      namespace: name,
      decision,
      requestedBy: requestedBy(subject, decision),
      mistakes: placedMistakes(found, { pod, namespace, decision }, profiles),
    }
  })
  const warnings = namespaceWarnings([...manifests, ...others], profiles, cluster)
  return { manifests, decided, profiles, namespaceWarnings: warnings }
}

const unknownNamespace =
  'no manifest has this Namespace, so its labels are not known: --namespace-manifest reads one'

/** Whose request decided, in words; undefined when nothing asks for a profile. */
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

/** The version of Kubernetes when none is known. */
export const testedKubernetes = '1.34'

/** The default of the server. */
export const excludedNamespaces: ReadonlySet<string> = new Set(
  settings.find(({ name }) => name === 'excludedNamespaces')?.default?.split(','),
)

/** The profiles of a directory. A problem in one of them ends the command: it must not decide with only the others. */
export async function loadProfiles(directory: string = catalogDirectory()): Promise<Profiles> {
  const { profiles, problems } = await readProfiles(directory)
  if (problems.length > 0) throw new Failure(profiles.all.length === 0 ? 2 : 1, ...problems.map(describe))
  return profiles
}

/** The position of a workload, for messages: `deploy.yaml:12: Deployment/web`. */
export function placeOf({ document, workload }: Pick<Decided, 'document' | 'workload'>): string {
  const { file, line } = document.problemAt(workload.path, '')
  return `${file}:${line}: ${workload.kind}/${workload.name}`
}
