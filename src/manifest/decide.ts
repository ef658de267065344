import { decide } from '../engine/decide.ts'
import type { Cluster, Decision, Subject } from '../engine/decision.ts'
import { annotation, type Namespace } from '../engine/pod.ts'
import { notCalledAsShipped } from '../engine/select/not-called.ts'
import { requestOf } from '../engine/select/select.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import { type PlacedMistake, placedMistakes } from './mistakes.ts'
import type { FoundPod } from './pods.ts'
import { type Workload, workloadIn } from './workload.ts'
import type { ManifestDocument } from './yaml/manifest.ts'

/** A workload of a manifest, with the decision about its Pods. */
export interface Decided {
  readonly document: ManifestDocument
  readonly workload: Workload
  /** From the manifest, or the one for workloads that name none. */
  readonly namespace: string
  /** The names of the profiles that its Pods can request. */
  readonly known: readonly string[]
  /** What was decided about. */
  readonly subject: Subject
  readonly decision: Decision
  /** Who requests profiles; undefined if nobody does. */
  readonly requestedBy: string | undefined
  /** Mistakes of its author, with lines: annotations and labels without effect. */
  readonly mistakes: readonly PlacedMistake[]
}

/** What surrounds the Pods of a manifest. */
export interface Surroundings {
  readonly profiles: Profiles
  readonly cluster: Cluster
  /** The namespace of a workload that names none. */
  readonly namespace: string
  /** `isKnown` is false if its labels and annotations are not known. */
  find(namespace: string): { readonly namespace: Namespace; readonly isKnown: boolean }
  /** Profiles for each Pod without an annotation of its own. The Pods then get them even if nobody calls Pillion. */
  readonly requested?: string | undefined
}

/** Decides about a workload of a manifest like the webhook. `examine` is that of `decide`. */
export function decideWorkload(
  { pod, ...rest }: FoundPod,
  around: Surroundings,
  examine?: Parameters<typeof decide>[3],
): Decided {
  const { profiles, cluster, requested } = around
  const name = rest.workload.namespace ?? around.namespace
  const { namespace, isKnown } = around.find(name)
  const why = requested === undefined ? notCalledAsShipped({ pod, namespace }) : undefined
  const notCalled = why === undefined || isKnown ? why : `${why}; ${unknownNamespace}`
  const subject = {
    pod,
    namespace,
    operation: 'CREATE',
    ...workloadIn(rest.workload, pod),
    ...(requested !== undefined && { requested }),
    ...(notCalled !== undefined && { notCalled }),
  } as const
  const decision = decide(subject, profiles, cluster, examine)
  return {
    ...rest,
    namespace: name,
    known: profiles.namesIn(name),
    subject,
    decision,
    requestedBy: requestedBy(subject, decision),
    mistakes: placedMistakes(rest, { subject, decision }, profiles, cluster),
  }
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

/** The position of a workload, for messages: `deploy.yaml:12: Deployment/web`. */
export function placeOf({ document, workload }: Pick<Decided, 'document' | 'workload'>): string {
  const { file, line } = document.problemAt(workload.path, '')
  return `${file}:${line}: ${workload.kind}/${workload.name}`
}
