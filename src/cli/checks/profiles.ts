import { metadataOf } from '../../json/json.ts'
import { listProblems } from '../../problems/problem-list.ts'
import type { Verdict } from '../../profile/accept/acceptance.ts'
import { liveProfiles } from '../cluster/profiles.ts'
import { type Check, type Finding, findingsOf } from './finding.ts'

const { ok, warning, broken, unknown } = findingsOf('profiles')

/** Which profiles are not accepted, and whether Pods that request them get an earlier revision or are denied. */
export const profiles: Check = async ({ cluster }) => {
  const { verdicts, notes } = await liveProfiles(cluster)
  const refused = verdicts.filter(({ accepted }) => !accepted).map(findingFor)
  const unseen = notes.map(note => unknown(note))
  if (refused.length > 0 || unseen.length > 0) return [...refused, ...unseen]
  return verdicts.length > 0
    ? [ok(`all ${verdicts.length} profiles are accepted`)]
    : [warning('there are no profiles: every Pod that requests one is denied', 'kubectl apply -k catalog/')]
}

function findingFor({ object, reason, problems, inUse }: Verdict): Finding {
  const { name, namespace } = metadataOf(object)
  const what = namespace === undefined ? `${name}` : `${namespace}/${name}`
  const said = `${what} is not accepted (${reason}): ${listProblems(problems)}`
  return inUse
    ? warning(`${said}; revision ${inUse.revision} stays in use`, fix)
    : broken(`${said}; Pods that request it are denied`, fix)
}

const fix = 'fix it and apply it again; pillion validate -f FILE shows every problem'
