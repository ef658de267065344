import packageJson from '../../../package.json' with { type: 'json' }
import { metadataOf, objectAt } from '../../json/json.ts'
import { type InstallationFlags, imageOf, liveInstallation } from '../cluster/installation.ts'
import { clusterIfAny, type LiveCluster, notesOf, present } from '../cluster/live-cluster.ts'
import { type ExitCode, type Io, printJson } from '../io.ts'
import { columns } from '../output/columns.ts'

interface VersionFlags extends InstallationFlags {
  readonly client?: true
  readonly output: 'text' | 'json'
}

/** Prints the version of this program and, if there is a cluster, those of Pillion and Kubernetes in it. */
export async function run(flags: VersionFlags, io: Io): Promise<ExitCode> {
  const client = { pillion: packageJson.version, node: process.version }
  const cluster = flags.client ? undefined : await clusterIfAny(flags)
  const server = cluster && !('none' in cluster) ? await serverVersions(cluster, flags) : undefined
  if (flags.output === 'json') printJson({ client, ...(server && { server }) }, io)
  else {
    io.out(
      columns([
        ['client', `pillion ${client.pillion}, Node ${client.node}`],
        ...(server ? [['server', `pillion ${server.pillion}, Kubernetes ${server.kubernetes}`]] : []),
      ]),
    )
  }
  return 0
}

async function serverVersions(cluster: LiveCluster, flags: VersionFlags) {
  const [installation, version] = await Promise.all([
    liveInstallation(cluster, flags),
    cluster.get('/version'),
  ])
  const { deployment } = installation
  const label = objectAt(metadataOf(present(deployment) ?? {}), 'labels')['app.kubernetes.io/version']
  const [why] = notesOf(deployment)
  const unseen = deployment.state === 'absent' ? 'not installed' : `not readable (${why})`
  return {
    pillion: String(label ?? imageOf(installation) ?? unseen),
    kubernetes: String(present(version)?.['gitVersion'] ?? 'not readable'),
  }
}
