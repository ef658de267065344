import type { Cluster, Decision, Subject } from '../engine/decision.ts'
import type { Meant, Mistake } from '../engine/mistakes/mistake.ts'
import { namespaceMistakes } from '../engine/mistakes/namespace.ts'
import { workloadMistakes } from '../engine/mistakes/workload.ts'
import { oneLine } from '../problems/one-line.ts'
import type { Problem } from '../problems/problem.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import { namespacesWithPaths } from './namespaces.ts'
import type { Workload } from './workload.ts'
import type { Manifest, ManifestDocument } from './yaml/manifest.ts'

/** Pods of a workload, with the decision about them. */
interface Judged {
  readonly subject: Subject
  readonly decision: Decision
}

/** Annotations and labels of a workload without effect, except those of which the decision already warns. */
export function mistakesIn(
  { object, templatePath: template }: Pick<Workload, 'object' | 'templatePath'>,
  { subject, decision }: Judged,
  profiles: Profiles,
  cluster: Cluster,
): readonly Mistake[] {
  return workloadMistakes({ object, template, subject }, profiles, cluster)
    .filter(({ message }) => !decision.warnings.includes(message))
    .map(mistake => ({ ...mistake, message: oneLine(mistake.message) }))
}

/** A mistake with its position; the paths start at the document. */
export type PlacedMistake = Problem & Mistake

/** The mistakes in a workload of a document, with their lines. */
export function placedMistakes(
  { document, workload }: { readonly document: ManifestDocument; readonly workload: Workload },
  judged: Judged,
  profiles: Profiles,
  cluster: Cluster,
): readonly PlacedMistake[] {
  const { path, templatePath } = workload
  const ofObject = path.slice(0, path.length - templatePath.length)
  const placed = (meant: Meant) => ({ ...meant, path: [...ofObject, ...meant.path] })
  return mistakesIn(workload, judged, profiles, cluster).map(({ path, message, meant, missing }) => ({
    ...document.problemAt([...ofObject, ...path], message),
    ...(meant && { meant: placed(meant) }),
    ...(missing && { missing: placed(missing) }),
  }))
}

/** A warning for each mistake in the Namespaces of manifests, with its line. */
export function namespaceWarnings(
  manifests: readonly Manifest[],
  profiles: Profiles,
  cluster: Cluster,
): readonly string[] {
  return manifests
    .flatMap(({ documents }) => documents)
    .flatMap(document =>
      namespacesWithPaths(document.value).flatMap(({ path, namespace }) =>
        namespaceMistakes(namespace, profiles, cluster).map(mistake =>
          warningAt(
            document.problemAt([...path, ...mistake.path], oneLine(mistake.message)),
            `Namespace/${namespace.name}`,
          ),
        ),
      ),
    )
}

/** `deploy.yaml:7: Deployment/web: warning: …` */
export function warningAt({ file, line, message }: Problem, what: string): string {
  return `${file}:${line}: ${what}: warning: ${message}`
}
