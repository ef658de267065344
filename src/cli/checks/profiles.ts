import { metadataOf } from '../../json/json.ts'
import { listProblems } from '../../problems/problem-list.ts'
import { liveProfiles } from '../cluster/profiles.ts'
import { broken, check, unknown, warning } from './finding.ts'

/** Which profiles are not accepted, and whether Pods that request them get an earlier revision or are denied. */
export const profiles = check('profiles', async function* ({ cluster }) {
  const { verdicts, notes } = await liveProfiles(cluster)
  for (const { object, accepted, reason, problems, inUse } of verdicts) {
    if (accepted) continue
    const { name, namespace } = metadataOf(object)
    const place = namespace === undefined ? name : `${namespace}/${name}`
    const message = `${place} is not accepted (${reason}): ${listProblems(problems)}`
    yield inUse
      ? warning(`${message}; revision ${inUse.revision} stays in use`, fix)
      : broken(`${message}; Pods that request it are denied`, fix)
  }
  for (const note of notes) yield unknown(note)
  if (verdicts.length === 0 && notes.length === 0)
    yield warning('there are no profiles: every Pod that requests one is denied', 'kubectl apply -k catalog/')
  return `all ${verdicts.length} profiles are accepted`
})

const fix = 'fix it and apply it again; pillion validate -f FILE shows every problem'
