import { checkPodShape } from '../../admission/pod-shape.ts'
import type { Pod } from '../../engine/pod.ts'
import { describe } from '../../problems/problem.ts'
import { Failure } from '../io.ts'
import type { Manifest, ManifestDocument } from '../yaml/manifest.ts'
import { type Workload, workloadsIn } from './workload.ts'

/** A workload in a document, and its Pod, whose shape is checked. */
interface FoundPod {
  readonly document: ManifestDocument
  readonly workload: Workload
  readonly pod: Pod
}

/** The Pods of all workloads in manifests. Ends the command when the shape of one is not valid. */
export function podsIn(manifests: readonly Manifest[]): readonly FoundPod[] {
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
  if (problems.length > 0) throw new Failure(1, ...problems)
  return found
}
