import { lru } from '../limits/lru.ts'
import { allPodsIn, type FoundPod, type MisshapenPod } from '../manifest/pods.ts'
import { type Manifest, parseManifest } from '../manifest/yaml/manifest.ts'
import type { Problem } from '../problems/problem.ts'
import { type TextLines, textLines } from './text-lines.ts'

/** The text of the manifest, read. */
export interface ManifestText {
  readonly manifest: Manifest
  readonly lines: TextLines
  /** What is not YAML as kubectl reads it. */
  readonly problems: readonly Problem[]
  /** All workloads in the order of the text. */
  readonly pods: readonly (FoundPod | MisshapenPod)[]
}

/** Reads the text of a manifest; the same text is not read again. */
export function manifestReader(): (text: string) => ManifestText {
  const read = lru<string, ManifestText>(4)
  return text => read(text, () => readManifest(text))
}

/** Reads the text of a manifest. */
export function readManifest(text: string): ManifestText {
  const { manifest, problems } = parseManifest(text, manifestName)
  return { manifest, problems, lines: textLines(text), pods: allPodsIn([manifest]) }
}

/** The name of the manifest in messages and diffs. */
export const manifestName = 'manifest.yaml'
