import { decisionText } from '../explain/decision-text.ts'
import { decisionPicture, type PodPicture } from '../explain/picture/pod-picture.ts'
import { pictureSvg } from '../explain/picture/svg.ts'
import { pictureText } from '../explain/picture/words.ts'
import type { MisshapenPod } from '../manifest/pods.ts'
import { describe } from '../problems/problem.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import { askedBy } from './asked-profiles.ts'
import type { DecidedPod } from './decide-all.ts'
import type { WorkloadAnswer } from './protocol.ts'

/** What the tabs show of a workload, with its picture if it is the chosen one. */
export function workloadAnswer(
  each: DecidedPod | MisshapenPod,
  profiles: Profiles,
  isChosen: boolean,
): WorkloadAnswer {
  const { document, workload } = each
  const { line = 1 } = document.problemAt(workload.path, '')
  const title = `${workload.kind}/${workload.name}`
  if (!('pod' in each)) {
    const message = each.problems.map(problem => describe(problem)).join('\n')
    return { title, line, outcome: 'unreadable', message, explanation: `${message}\n`, patch: [], asked: [] }
  }
  const { decision, pod, known } = each
  const { outcome, reason, message, patch } = decision
  return {
    title,
    line,
    namespace: each.namespace,
    outcome,
    reason,
    message,
    explanation: decisionText(each, known, [], pod),
    patch,
    ...(isChosen && pictured(decisionPicture(each, decision))),
    asked: askedBy(each, profiles),
  }
}

function pictured(picture: PodPicture): Pick<WorkloadAnswer, 'picture' | 'pictureText'> {
  return { picture: pictureSvg(picture), pictureText: pictureText(picture) }
}
