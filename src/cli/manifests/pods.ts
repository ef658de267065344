import { checkPodShape } from '../../admission/pod-shape.ts'
import type { Pod } from '../../engine/pod.ts'
import { describe } from '../../problems/problem.ts'
import type { Manifest, ManifestDocument } from '../yaml/manifest.ts'
import type { Unread } from './read.ts'
import { type Workload, workloadsIn } from './workload.ts'

/** A workload in a document, and its Pod, whose shape is checked. */
export interface FoundPod {
  readonly document: ManifestDocument
  readonly workload: Workload
  readonly pod: Pod
}

/** The Pods of all workloads in manifests, or the problems of their shapes. */
export function podsIn(manifests: readonly Manifest[]): readonly FoundPod[] | Unread {
  const found = manifests.flatMap(({ documents }) =>
    documents.flatMap(document =>
      workloadsIn(document.value).map(workload => ({ document, workload, pod: workload.pod as Pod })),
    ),
  )
  const problems = found.flatMap(({ document, workload }) =>
    checkPodShape(workload.pod).map(({ path, message }) =>
      describe(document.problemAt([...workload.path, ...path], message)),
    ),
  )
  return problems.length > 0 ? { problems, unusable: false } : found
}
