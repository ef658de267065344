import { metadataOf } from '../../json/json.ts'
import { listProblems } from '../../problems/problem-list.ts'
import { liveProfiles } from '../cluster/profiles.ts'
import { type ExitCode, Failure, type Io } from '../io.ts'
import { type PlanFlags, printPlan } from '../plan/live-plan.ts'
import { liveProfileNamed, placeOf } from './live-profile.ts'

/** Shows what the rollout of the present spec of a profile does to the Pods of the cluster. */
export async function run(flags: PlanFlags, io: Io, [name = '']: readonly string[]): Promise<ExitCode> {
  const profile = await liveProfileNamed(name, flags, io)
  const { cluster, kind, namespace } = profile
  const live = await liveProfiles(cluster, namespace === undefined ? undefined : [namespace])
  const verdict = live.verdicts.find(({ object }) => {
    const metadata = metadataOf(object)
    return metadata['name'] === name && metadata['namespace'] === namespace
  })
  if (!verdict?.profile)
    throw new Failure(1, `${placeOf({ kind, name })} is not valid: ${listProblems(verdict?.problems ?? [])}`)
  return printPlan([verdict.profile], { cluster, ...live }, flags, io)
}
