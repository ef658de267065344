import { decisionText } from '../explain/decision-text.ts'
import { decisionPicture, type PodPicture } from '../explain/picture/pod-picture.ts'
import { pictureSvg } from '../explain/picture/svg.ts'
import { pictureText } from '../explain/picture/words.ts'
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

/** What the page shows of each workload, and what the tabs show of the chosen one. */
export function workloadAnswer(
  each: DecidedPod | MisshapenPod,
  profiles: Profiles,
  isChosen: boolean,
): WorkloadAnswer {
  const { document, workload } = each
  const { line = 1 } = document.problemAt(workload.path, '')
  const outcome = outcomeOfWorkload(each)
  if (!('pod' in each)) return { ...outcome, line, explanation: `${outcome.message}\n`, patch: [], asked: [] }
  const { decision, pod, subject } = each
  const always = { ...outcome, line, namespace: subject.namespace }
  if (!isChosen) return { ...always, explanation: '', patch: [], asked: [] }
  return {
    ...always,
    explanation: decisionText(each, each.known, [], pod),
    patch: decision.patch,
    ...pictured(decisionPicture(each, decision)),
    asked: askedBy(each, profiles),
  }
}

function pictured(picture: PodPicture): Pick<WorkloadAnswer, 'picture' | 'pictureText'> {
  return { picture: pictureSvg(picture), pictureText: pictureText(picture) }
}
