import { checkPodShape } from '../admission/pod-shape.ts'
import { annotation, type Pod } from '../engine/pod.ts'
import type { Json } from '../json/json.ts'
import type { Problem } from '../problems/problem.ts'
import { at, type Workload, workloadsIn } from './workload.ts'
import type { Manifest, ManifestDocument } from './yaml/manifest.ts'

/** A workload in a document, and its Pod, whose shape is checked. */
export interface FoundPod {
  readonly document: ManifestDocument
  readonly workload: Workload
  readonly pod: Pod
}

/** A workload whose Pod has not the shape of a Pod, and why. */
export interface MisshapenPod extends Omit<FoundPod, 'pod'> {
  /** With their positions; at least one. */
  readonly problems: readonly ShapeProblem[]
}

interface ShapeProblem extends Problem {
  /** It would be right in quotes, because YAML reads another type than a string. */
  readonly isUnquoted?: true
}

/**
 * The Pods of all workloads in manifests, without those whose shape is not valid, and what is wrong with these. The shape
 * of a workload that is not relevant is not checked.
 */
export function podsIn(
  manifests: readonly Manifest[],
  isRelevant?: (workload: Workload) => boolean,
): {
  readonly found: readonly FoundPod[]
  readonly problems: readonly Problem[]
} {
  const all = allPodsIn(manifests, isRelevant)
  return {
    found: all.filter(each => 'pod' in each),
    problems: all.flatMap(each => ('pod' in each ? [] : each.problems)),
  }
}

/** All workloads of manifests in the order of the text. */
export function allPodsIn(
  manifests: readonly Manifest[],
  isRelevant: (workload: Workload) => boolean = () => true,
): readonly (FoundPod | MisshapenPod)[] {
  return manifests.flatMap(({ documents }) =>
    documents.flatMap(document =>
      workloadsIn(document.value).map((workload): FoundPod | MisshapenPod => {
        const problems = isRelevant(workload) ? checkPodShape(workload.pod) : []
        if (problems.length === 0) return { document, workload, pod: workload.pod as Pod }
        return {
          document,
          workload,
          problems: problems.map(problem => {
            const isUnquoted = isUnquotedIn(workload.pod, problem)
            const message = isUnquoted ? withHint(problem, workload.pod) : problem.message
            const placed = document.problemAt([...workload.path, ...problem.path], message)
            return isUnquoted ? { ...placed, isUnquoted } : placed
          }),
        }
      }),
    ),
  )
}

function isUnquotedIn(pod: Json, { path, message }: Problem): boolean {
  const value = path.reduce<Json | undefined>(at, pod)
  return message === 'must be a string' && ['boolean', 'number'].includes(typeof value)
}

/** What to write where YAML reads another type than a string, as for `true` and `1`. */
function withHint({ path, message }: Problem, pod: Json): string {
  const value = path.reduce<Json | undefined>(at, pod)
  if (path.length !== 3 || path[1] !== 'annotations' || path[2] !== annotation.inject)
    return `${message}: quote it, as in "${value}"`
  return value === false
    ? `${message}: to opt out, write ${annotation.inject}: none`
    : `${message}: write names of profiles, for example ${annotation.inject}: log-tail, work-dir`
}
