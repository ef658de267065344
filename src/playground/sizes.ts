import { limits } from '../limits/limits.ts'
import type { Question } from './protocol.ts'

/** Why a question is not examined, because it is too large; undefined if it is not. */
export function tooLarge({ manifest, profiles, against, samples = [] }: Question): string | undefined {
  if (manifest.length > limits.playgroundManifest)
    return `the manifest has ${manifest.length} characters; the limit of the playground is ${limits.playgroundManifest}: use pillion inject -f FILE`
  const sampled = samples.reduce((sum, sample) => sum + sample.manifest.length, 0)
  if (sampled > limits.playgroundManifest)
    return `the samples have ${sampled} characters together; the limit of the playground is ${limits.playgroundManifest}: use pillion test DIR`
  if (profiles.length > limits.playgroundFiles)
    return `there are ${profiles.length} files of profiles; the limit of the playground is ${limits.playgroundFiles}: leave some of them out`
  const length = profiles.reduce((sum, { text }) => sum + text.length, against?.text.length ?? 0)
  if (length > limits.playgroundProfiles)
    return `the profiles have ${length} characters together; the limit of the playground is ${limits.playgroundProfiles}: leave some of them out`
  return undefined
}
