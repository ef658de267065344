import packageJson from '../../../package.json' with { type: 'json' }
import { deploymentOf, imageIn } from '../cluster/deployment.ts'
import { present } from '../cluster/live-cluster.ts'
import { versionIn } from '../cluster/surroundings.ts'
import { type Check, type Finding, findingsOf } from './finding.ts'

const { ok, warning, broken, unknown } = findingsOf('versions')

/** Whether the cluster is new enough, and the server of the version that looks at it. */
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
  const server = image === undefined ? 'there is no Deployment of that name' : `the server is ${image}`
  return findings.length > 0
    ? findings
    : [ok(`Kubernetes ${kubernetes}; ${server}; this is ${packageJson.version}`)]
}

function clusterFindings(kubernetes: string): readonly Finding[] {
  const minor = Number(kubernetes.split('.')[1])
  if (minor < 27) return [broken(`Kubernetes ${kubernetes} has no matchConditions`, 'it has them since 1.27')]
  if (minor >= 30) return []
  return [
    warning(
      `Kubernetes ${kubernetes} is older than what Pillion is tested with`,
      'matchConditions are stable since 1.30, and native sidecars are there by default since 1.29',
    ),
  ]
}

/** A tag that is no version, such as `dev`, says nothing. */
function imageFindings(image = ''): readonly Finding[] {
  const [reference = ''] = image.split('@', 1)
  const [, tag = ''] = reference.slice(reference.lastIndexOf('/') + 1).split(':')
  const version = tag.replace(/^v/, '')
  if (!/^\d+\.\d/.test(version) || version === packageJson.version) return []
  return [
    warning(
      `the server is ${image}, and this is ${packageJson.version}`,
      'what this version says of profiles need not be what the server does',
    ),
  ]
}
