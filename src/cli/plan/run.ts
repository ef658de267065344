import { liveCluster } from '../cluster/live-cluster.ts'
import { liveProfiles } from '../cluster/profiles.ts'
import { type ExitCode, Failure, type Io } from '../io.ts'
import { givenProfiles } from '../manifests/given-profiles.ts'
import { type PlanFlags, printPlan } from './live-plan.ts'

interface ManifestFlags extends PlanFlags {
  readonly filename: readonly string[]
}

/** Shows what the profiles of manifests do to the Pods of the cluster, before anybody applies them. */
export async function run(flags: ManifestFlags, io: Io): Promise<ExitCode> {
  const given = await givenProfiles(flags.filename, io)
  const cluster = await liveCluster(flags)
  const live = await liveProfiles(cluster)
  if (live.areUnknown) throw new Failure(2, ...live.notes)
  const namespace = flags.namespace ?? cluster.namespace
  // As kubectl apply does: the namespace of the context, if the manifest names none.
  const targets = given.all.map(profile =>
    profile.kind === 'SidecarProfile' && profile.namespace === undefined
      ? { ...profile, namespace }
      : profile,
  )
  return printPlan(targets, { cluster, ...live }, flags, io)
}
