import { unifiedDiff } from '../explain/diff.ts'
import type { MisshapenPod } from '../manifest/pods.ts'
import { describe } from '../problems/problem.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import { type DecidedPod, decideAll } from './decide-all.ts'
import { type ManifestText, manifestName, readManifest } from './manifest-text.ts'
import type { ProfileFiles } from './profile-files.ts'
import type {
  Against,
  ProfileText,
  Question,
  Sample,
  SampleAnswer,
  WhatIf,
  WorkloadOutcome,
} from './protocol.ts'
import { resultOf } from './result-text.ts'
import { changedProfiles, updateOf } from './running-pods.ts'
import { outcomeOfWorkload } from './workload-answer.ts'

/** What the workloads of another manifest get. */
export function outcomeOf({ name, manifest }: Sample, profiles: Profiles, whatIf: WhatIf): SampleAnswer {
  const text = readManifest(manifest)
  return {
    name,
    problems: text.problems.map(problem => describe({ ...problem, file: name })),
    workloads: outcomes(decideAll(text, profiles, whatIf)),
  }
}

/** What the manifest gets if a file of profiles has another text. */
export function compare(
  manifest: ManifestText,
  result: string,
  other: ProfileText,
  { profiles, whatIf }: Question,
  readProfiles: (texts: readonly ProfileText[]) => ProfileFiles,
): Against {
  const files = readProfiles([...profiles.filter(({ file }) => file !== other.file), other])
  const compiled = files.compile(other.file)
  const decided = decideAll(manifest, files.profiles, whatIf)
  const revision = compiled?.profiles[0]?.revision
  const changed = changedProfiles(compiled?.profiles ?? [], readProfiles(profiles).profiles)
  const [first] = changed
  const updates = decided.map(each =>
    'pod' in each ? updateOf(each, changed, files.profiles, whatIf) : undefined,
  )
  return {
    ...(revision !== undefined && { revision }),
    problems: (compiled?.problems ?? []).map(describe),
    workloads: outcomes(decided).map((outcome, i) => ({
      ...outcome,
      ...(updates[i] && { update: updates[i] }),
    })),
    ...(first && { policy: first.b.rollout?.update ?? 'OnCreate' }),
    diff: unifiedDiff(manifestName, resultOf(manifest, decided).text, result),
  }
}

function outcomes(decided: readonly (DecidedPod | MisshapenPod)[]): readonly WorkloadOutcome[] {
  return decided.map(each => {
    const { title, outcome, reason, message } = outcomeOfWorkload(each)
    return { title, outcome, ...(reason && { reason }), message }
  })
}
