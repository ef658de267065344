import { namespaceMistakes } from '../engine/mistakes/namespace.ts'
import { annotation } from '../engine/pod.ts'
import { withMore } from '../engine/reason.ts'
import { namespacesWithPaths } from '../manifest/namespaces.ts'
import type { MisshapenPod } from '../manifest/pods.ts'
import type { Problem } from '../problems/problem.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import { clusterOf, type DecidedPod } from './decide-all.ts'
import type { ManifestText } from './manifest-text.ts'
import type { Diagnostic, WhatIf } from './protocol.ts'

/** What is wrong in a manifest, at the annotation or the value that causes it. */
export function manifestDiagnostics(
  { manifest, lines, problems }: ManifestText,
  decided: readonly (DecidedPod | MisshapenPod)[],
  uneditable: readonly Problem[],
  profiles: Profiles,
  whatIf: WhatIf,
): readonly Diagnostic[] {
  const at = ({ line = 1, column = 1, message }: Problem, severity: Diagnostic['severity']): Diagnostic => {
    const from = lines.offsetAt(line, column)
    return { from, to: Math.max(from, lines.endOfLine(from)), severity, message, fixes: [] }
  }
  const ofNamespaces = manifest.documents.flatMap(document =>
    namespacesWithPaths(document.value).flatMap(({ path, namespace }) =>
      namespaceMistakes(namespace, profiles, clusterOf(whatIf.kubernetesVersion)).map(mistake =>
        document.problemAt([...path, ...mistake.path], mistake.message),
      ),
    ),
  )
  return [
    ...problems.map(problem => at(problem, 'error')),
    ...uneditable.map(problem => at(problem, 'error')),
    ...ofNamespaces.map(problem => at(problem, 'warning')),
    ...decided.flatMap(each => {
      if (!('pod' in each)) return each.problems.map(problem => at(problem, 'error'))
      const { document, workload, decision, mistakes } = each
      const request = [...workload.path, 'metadata', 'annotations', annotation.inject]
      const here = (message: string) => document.problemAt(request, message)
      return [
        ...mistakes.map(problem => at(problem, 'warning')),
        ...decision.warnings.map(warning => at(here(warning), 'warning')),
        ...(decision.outcome === 'denied'
          ? [{ ...at(here(withMore(decision)), 'error'), reason: decision.reason }]
          : []),
      ]
    }),
  ].sort((a, b) => a.from - b.from)
}
