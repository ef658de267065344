import type { Cluster, Subject } from '../../engine/decision.ts'
import { describe } from '../../problems/problem.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import { noting } from '../as-written.ts'
import { changesByDocument } from '../changes.ts'
import { type Decided, decideWorkload } from '../decide.ts'
import { namespaceWarnings } from '../mistakes.ts'
import { namespacesIn } from '../namespaces.ts'
import { podsIn } from '../pods.ts'
import { workloadIn } from '../workload.ts'
import type { Manifest } from '../yaml/manifest.ts'
import { patchManifest } from '../yaml/patch.ts'

/** The files of a test case, read. */
export interface TestCase {
  /** The workloads; it may also have Namespaces. */
  readonly manifest: Manifest
  /** Workloads that name no namespace are in the first of these Namespaces; without one, in `default`. */
  readonly namespaces?: Manifest
  readonly profiles: Profiles
}

/** What Pillion makes of a test case. */
export interface Outcome {
  readonly decided: readonly Decided[]
  /** What was decided about, in the same order. */
  readonly subjects: readonly Subject[]
  /** The manifest with the changes, in its own format; absent if no workload changes or if one is denied. */
  readonly result?: string
  /** Lines about the Namespaces. */
  readonly warnings: readonly string[]
  /** Lines about workloads that cannot be read or edited. With one of these, the other members must not be used. */
  readonly problems: readonly string[]
}

/** Decides about each workload of a test case, like `pillion inject`. */
export function outcomeOf({ manifest, namespaces, profiles }: TestCase, cluster: Cluster): Outcome {
  const all = namespaces ? [manifest, namespaces] : [manifest]
  const written = namespacesIn(all)
  const [fallback = 'default'] = namespaces ? namespacesIn([namespaces]).names : []
  const { found, ...pods } = podsIn([manifest])
  const problems = pods.problems.map(describe)
  const decided = found.map(one =>
    decideWorkload(one, {
      profiles,
      cluster,
      namespace: fallback,
      find: name => ({ namespace: written.find(name), isKnown: written.has(name) }),
    }),
  )
  const warnings = namespaceWarnings(all, profiles, cluster)
  const subjects = found.map(({ pod, workload }, i): Subject => {
    const namespace = written.find(decided[i]!.namespace)
    return { pod, namespace, operation: 'CREATE', ...workloadIn(workload, pod) }
  })
  const outcome = { decided, subjects, warnings, problems }
  const isDenied = decided.some(({ decision }) => decision.outcome === 'denied')
  const isChanged = decided.some(({ decision }) => decision.patch.length > 0)
  if (isDenied || !isChanged || problems.length > 0) return outcome
  const changes = decided.map(({ decision, ...one }) => noting({ ...one, changes: decision.patch }))
  const edited = patchManifest(manifest, changesByDocument(changes))
  if ('problems' in edited) return { ...outcome, problems: edited.problems.map(describe) }
  return { ...outcome, result: edited.text }
}
