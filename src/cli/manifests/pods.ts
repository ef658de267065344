import { checkPodShape } from '../../admission/pod-shape.ts'
import type { Pod } from '../../engine/pod.ts'
import type { Json } from '../../json/json.ts'
import { describe, type Problem } from '../../problems/problem.ts'
import type { Manifest, ManifestDocument } from '../yaml/manifest.ts'
import { at, type Workload, workloadsIn } from './workload.ts'

/** A workload in a document, and its Pod, whose shape is checked. */
interface FoundPod {
  readonly document: ManifestDocument
  readonly workload: Workload
  readonly pod: Pod
}

/** The Pods of all workloads in manifests, without those whose shape is not valid, and what is wrong with these. */
export function podsIn(manifests: readonly Manifest[]): {
  readonly found: readonly FoundPod[]
  readonly problems: readonly string[]
} {
  const all = manifests.flatMap(({ documents }) =>
    documents.flatMap(document =>
      workloadsIn(document.value).map(workload => ({
        document,
        workload,
        pod: workload.pod as Pod,
        problems: checkPodShape(workload.pod),
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

/** YAML reads `true` and `1` as other types than a string. */
function withHint({ path, message }: Problem, pod: Json): string {
  const value = path.reduce<Json | undefined>(at, pod)
  const isUnquoted = message === 'must be a string' && ['boolean', 'number'].includes(typeof value)
  return isUnquoted ? `${message}: quote it, as in "${value}"` : message
}
