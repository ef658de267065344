import { decisionText } from '../explain/decision-text.ts'
import type { MisshapenPod } from '../manifest/pods.ts'
import { describe } from '../problems/problem.ts'
import type { Profiles } from '../profile/accept/profiles.ts'
import { askedBy } from './asked-profiles.ts'
import type { DecidedPod } from './decide-all.ts'
import type { WorkloadAnswer } from './protocol.ts'

/** What the tabs show of a workload. */
export function workloadAnswer(each: DecidedPod | MisshapenPod, profiles: Profiles): WorkloadAnswer {
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
    asked: askedBy(each, profiles),
  }
}
