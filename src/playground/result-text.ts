import { noting } from '../manifest/as-written.ts'
import { changesByDocument } from '../manifest/changes.ts'
import type { MisshapenPod } from '../manifest/pods.ts'
import { type Patched, patchManifest } from '../manifest/yaml/patch.ts'
import type { Problem } from '../problems/problem.ts'
import type { DecidedPod } from './decide-all.ts'
import type { ManifestText } from './manifest-text.ts'

/** The manifest with what is injected, in its own format; the manifest itself, with the problems, if it cannot be edited. */
export function resultOf(
  { manifest }: ManifestText,
  decided: readonly (DecidedPod | MisshapenPod)[],
): Patched & { readonly problems: readonly Problem[] } {
  const changed = decided.flatMap(each =>
    'pod' in each && each.patches.length > 0
      ? [noting({ document: each.document, workload: each.workload, changes: each.patches })]
      : [],
  )
  const result = patchManifest(manifest, changesByDocument(changed))
  if ('text' in result) return { ...result, problems: [] }
  return { text: manifest.text, documents: manifest.documents, problems: result.problems }
}
