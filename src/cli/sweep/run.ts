import { counted } from '../../problems/counted.ts'
import {
  type InstallationFlags,
  isInstalled,
  liveInstallation,
  notInstalled,
} from '../cluster/installation.ts'
import { liveCluster } from '../cluster/live-cluster.ts'
import { liveSweep } from '../cluster/live-sweep.ts'
import { type ProfileFlags, profilesOf } from '../cluster/profiles-in-force.ts'
import { type ExitCode, Failure, type Io, printJson } from '../io.ts'
import { podTable, workloadJson, workloadTable } from './table.ts'
import { workloadsIn } from './workloads.ts'

interface SweepFlags extends InstallationFlags, ProfileFlags {
  readonly allNamespaces?: boolean
  readonly output: 'text' | 'wide' | 'json'
}

/**
 * Runs the replicas' sweep once, with the permissions of the user: 1 when it finds something, 2 when Pods or profiles may
 * not be read.
 */
export async function run(flags: SweepFlags, io: Io): Promise<ExitCode> {
  const cluster = await liveCluster(flags)
  const namespace = flags.allNamespaces ? undefined : (flags.namespace ?? cluster.namespace)
  const given = flags.profiles && (await profilesOf(cluster, flags, io))
  const installation = await liveInstallation(cluster, flags)
  // What it finds is then what Pillion would do, if it were there.
  if (!isInstalled(installation)) io.err(`${notInstalled(installation).message}\n`)
  const swept = await liveSweep(installation, namespace, given)
  if ('why' in swept)
    throw new Failure(
      2,
      ...swept.why,
      ...(namespace === undefined && swept.mayBeNarrowed ? ['-n NAMESPACE reads only one namespace'] : []),
    )
  const { found, blocked, pods, examined, notes } = swept
  const workloads = workloadsIn(found, blocked)
  if (flags.output === 'json') printJson(workloads.map(workloadJson), io)
  else if (workloads.length > 0)
    io.out(flags.output === 'wide' ? podTable(found, blocked) : workloadTable(workloads))
  for (const note of notes) io.err(`${note}\n`)
  if (flags.output !== 'json')
    io.err(
      `${found.length} of ${pods} Pods ${found.length === 1 ? 'is' : 'are'} missed, outdated or denied, and ${counted(blocked.length, 'workload')} cannot create Pods (${examined} examined)\n`,
    )
  return workloads.length > 0 ? 1 : 0
}
