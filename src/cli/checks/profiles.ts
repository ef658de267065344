import { metadataOf } from '../../json/json.ts'
import { counted } from '../../problems/counted.ts'
import { listProblems } from '../../problems/problem-list.ts'
import type { Verdict } from '../../profile/accept/acceptance.ts'
import { isPending } from '../../profile/accept/candidate.ts'
import { revisionName } from '../../profile/accept/controller-revision.ts'
import { rolloutStatusIn } from '../../profile/rollout/rollout-status.ts'
import { liveProfiles } from '../cluster/profiles.ts'
import { broken, check, unknown, warning } from './finding.ts'

/** Which profiles are not accepted, whether Pods that request them get an earlier revision or are denied, and which rollouts failed. */
export const profiles = check('profiles', async function* ({ cluster, repair }) {
  const { verdicts, notes, unreadRevisions } = await liveProfiles(cluster)
  for (const { object, accepted, reason, problems, inUse } of verdicts) {
    if (accepted) continue
    const { name, namespace } = metadataOf(object)
    const place = namespace === undefined ? name : `${namespace}/${name}`
    const message = `${place} is not accepted (${reason}): ${listProblems(problems)}`
    yield inUse
      ? warning(`${message}; revision ${inUse.revision} stays in use`, fix)
      : broken(`${message}; Pods that request it are denied`, fix)
  }
  for (const { object, missing = [] } of unreadRevisions.length === 0 ? verdicts : []) {
    const { name, namespace } = metadataOf(object)
    for (const revision of missing)
      yield warning(
        `${namespace === undefined ? '' : `${namespace}/`}${name}: revision ${revision}, which its status names, is not there: somebody deleted or replaced the ControllerRevision ${revisionName(String(name), revision)}; Pods get the nearest other revision`,
        'apply the spec of this revision again, or another one',
      )
  }
  for (const { object } of verdicts) {
    const { name, namespace } = metadataOf(object)
    const state = rolloutStatusIn(object)
    if (state?.phase !== 'Degraded') continue
    const at = namespace === undefined ? '' : ` -n ${namespace}`
    yield warning(
      `the rollout of ${namespace === undefined ? '' : `${namespace}/`}${name} failed: ${state.message ?? 'see its status'}`,
      `pillion rollout undo ${name}${at} goes back to revision ${state.stable}; pillion rollout resume ${name}${at} tries again`,
    )
  }
  const waiting = verdicts.filter(isWaiting).map(({ object }) => String(metadataOf(object)['name']))
  if (waiting.length > 0) {
    const shown = waiting.slice(0, mostShown).join(', ')
    const rest = waiting.length > mostShown ? ', …' : ''
    yield warning(
      `no replica has accepted ${counted(waiting.length, 'profile')} yet: ${shown}${rest}`,
      'see "leader": the leader verifies and accepts profiles',
    )
  }
  for (const note of notes) yield unknown(note)
  if (verdicts.length === 0 && notes.length === 0)
    yield warning(
      'there are no profiles: every Pod that requests one is denied',
      repair.startsWith('helm') ? repair : 'kubectl apply -k catalog/',
    )
  return `all ${verdicts.length} profiles are accepted`
})

/** Whether nothing is wrong with a profile, and its status does not say yet that it is accepted. */
export function isWaiting({ object, accepted }: Verdict): boolean {
  return accepted && isPending(object)
}

const fix = 'correct what the message names, and apply the profile again'
const mostShown = 3
