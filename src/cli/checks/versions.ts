import packageJson from '../../../package.json' with { type: 'json' }
import { deploymentOf, imageIn } from '../cluster/deployment.ts'
import { present } from '../cluster/live-cluster.ts'
import { versionIn } from '../cluster/surroundings.ts'
import { type Check, type Finding, findingsOf } from './finding.ts'

const { ok, warning, broken, unknown } = findingsOf('versions')

/** Whether the cluster is new enough, and the replicas have the version of this command. */
export const versions: Check = async installation => {
  const [version, deployment] = await Promise.all([
    installation.cluster.get('/version'),
    deploymentOf(installation),
  ])
  const kubernetes = versionIn(version)
  const image = imageIn(deployment)
  const findings = [
    ...(present(version) ? clusterFindings(kubernetes) : []),
    ...imageFindings(image),
    ...(deployment.state === 'unknown' ? [unknown(deployment.why)] : []),
  ]
  const server = image === undefined ? 'there is no Deployment with this name' : `the replicas run ${image}`
  return findings.length > 0
    ? findings
    : [ok(`Kubernetes ${kubernetes}; ${server}; this command is ${packageJson.version}`)]
}

function clusterFindings(kubernetes: string): readonly Finding[] {
  const minor = Number(kubernetes.split('.')[1])
  if (minor < 27)
    return [
      broken(
        `Kubernetes ${kubernetes} has no matchConditions`,
        'upgrade to 1.30 or later: matchConditions exist since 1.27, and are stable since 1.30',
      ),
    ]
  if (minor >= 30) return []
  return [
    warning(
      `Kubernetes ${kubernetes} is older than the versions that Pillion is tested with`,
      'matchConditions are stable since 1.30, and native sidecars are enabled since 1.29',
    ),
  ]
}

/** A tag that is not a version, for example `dev`, cannot be compared. */
function imageFindings(image = ''): readonly Finding[] {
  const [reference = ''] = image.split('@', 1)
  const [, tag = ''] = reference.slice(reference.lastIndexOf('/') + 1).split(':')
  const version = tag.replace(/^v/, '')
  if (!/^\d+\.\d/.test(version) || version === packageJson.version) return []
  return [
    warning(
      `the replicas run ${image}, and this command is ${packageJson.version}`,
      'use the same version: the replicas may decide differently than this command',
    ),
  ]
}
