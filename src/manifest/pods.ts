import { checkPodShape } from '../admission/pod-shape.ts'
import { annotation, type Pod } from '../engine/pod.ts'
import type { Json } from '../json/json.ts'
import { describe, type Problem } from '../problems/problem.ts'
import { at, type Workload, workloadsIn } from './workload.ts'
import type { Manifest, ManifestDocument } from './yaml/manifest.ts'

/** A workload in a document, and its Pod, whose shape is checked. */
export interface FoundPod {
  readonly document: ManifestDocument
  readonly workload: Workload
  readonly pod: Pod
}

/**
 * The Pods of all workloads in manifests, without those whose shape is not valid, and what is wrong with these. The shape
 * of a workload that is not relevant is not checked.
 */
export function podsIn(
  manifests: readonly Manifest[],
  isRelevant: (workload: Workload) => boolean = () => true,
): {
  readonly found: readonly FoundPod[]
  readonly problems: readonly string[]
} {
  const all = manifests.flatMap(({ documents }) =>
    documents.flatMap(document =>
      workloadsIn(document.value).map(workload => ({
        document,
        workload,
        pod: workload.pod as Pod,
        problems: isRelevant(workload) ? checkPodShape(workload.pod) : [],
      })),
    ),
  )
  return {
    found: all.filter(({ problems }) => problems.length === 0),
    problems: all.flatMap(({ document, workload, problems }) =>
      problems.map(problem => {
        const path = [...workload.path, ...problem.path]
        return describe(document.problemAt(path, withHint(problem, workload.pod)))
      }),
    ),
  }
}

/** What to write where YAML reads another type than a string, as for `true` and `1`. */
function withHint({ path, message }: Problem, pod: Json): string {
  const value = path.reduce<Json | undefined>(at, pod)
  const isUnquoted = message === 'must be a string' && ['boolean', 'number'].includes(typeof value)
  if (!isUnquoted) return message
  if (path.length !== 3 || path[1] !== 'annotations' || path[2] !== annotation.inject)
    return `${message}: quote it, as in "${value}"`
  return value === false
    ? `${message}: to opt out, write ${annotation.inject}: none`
    : `${message}: write names of profiles, for example ${annotation.inject}: log-tail, work-dir`
}
