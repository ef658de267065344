import { decisionText } from '../explain/decision-text.ts'
import { decisionPicture } from '../explain/picture/pod-picture.ts'
import { pictureSvg } from '../explain/picture/svg.ts'
import type { MisshapenPod } from '../manifest/pods.ts'
import { describe } from '../problems/problem.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import { askedBy } from './asked-profiles.ts'
import type { DecidedPod } from './decide-all.ts'
import type { WorkloadAnswer, WorkloadOutcome } from './protocol.ts'

/** What becomes of a workload. */
export function outcomeOfWorkload(each: DecidedPod | MisshapenPod): WorkloadOutcome {
  const { kind, name } = each.workload
  const title = `${kind}/${name}`
  if (!('pod' in each))
    return {
      title,
      outcome: 'unreadable',
      message: each.problems.map(problem => describe(problem)).join('\n'),
    }
  const { outcome, reason, message } = each.decision
  return { title, outcome, reason, message }
}

/** What the tabs show of a workload; the picture only if it is wanted, because it takes as long as the rest. */
export function workloadAnswer(
  each: DecidedPod | MisshapenPod,
  profiles: Profiles,
  hasPicture: boolean,
): WorkloadAnswer {
  const { document, workload } = each
  const { line = 1 } = document.problemAt(workload.path, '')
  const outcome = outcomeOfWorkload(each)
  if (!('pod' in each)) return { ...outcome, line, explanation: `${outcome.message}\n`, patch: [], asked: [] }
  const { decision, pod, known } = each
  return {
    ...outcome,
    line,
    explanation: decisionText(each, known, [], pod),
    patch: decision.patch,
    ...(hasPicture && { picture: pictureSvg(decisionPicture(each, decision)) }),
    asked: askedBy(each, profiles),
  }
}
