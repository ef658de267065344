import { checkPodShape } from '../../admission/pod-shape.ts'
import { annotation, type Pod } from '../../engine/pod.ts'
import { type Json, member } from '../../json/json.ts'
import { describe, type Path } from '../../problems/problem.ts'
import { Failure } from '../io.ts'
import type { Manifest, ManifestDocument } from '../yaml/manifest.ts'
import { type Workload, workloadsIn } from './workload.ts'

/** A workload in a document, and its Pod, whose shape is checked. */
export interface FoundPod {
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
      describe(
        document.problemAt([...workload.path, ...path], `${message}${howToQuote(workload.pod, path)}`),
      ),
    ),
  )
  if (problems.length > 0) throw new Failure(1, ...problems)
  return found
}

/** How to write an annotation that YAML reads as another type than text. */
function howToQuote(pod: Json, path: Path): string {
  const [metadata, annotations, key, ...rest] = path
  const value = path.reduce<Json | undefined>((found, step) => member(found, String(step)), pod)
  const isScalar = typeof value === 'boolean' || typeof value === 'number'
  if (metadata !== 'metadata' || annotations !== 'annotations' || rest.length > 0 || !isScalar) return ''
  if (key !== annotation.inject) return `; quote it: ${key}: ${JSON.stringify(String(value))}`
  return value === false
    ? `; to opt out, write ${key}: none`
    : `; write names of profiles, for example ${key}: log-tail, work-dir`
}
