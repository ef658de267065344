import packageJson from '../../../package.json' with { type: 'json' }
import { imageOf, versionOf } from '../cluster/installation.ts'
import { present } from '../cluster/live-cluster.ts'
import { broken, check, read, warning } from './finding.ts'

/** Whether the cluster is new enough, and the replicas have the version of this command. */
export const versions = check('versions', async function* (installation) {
  const { cluster, deployment } = installation
  const kubernetes = await versionOf(cluster)
  const minor = present(await cluster.get('/version')) ? Number(kubernetes.split('.')[1]) : Infinity
  if (minor < 28)
    yield broken(
      `Kubernetes ${kubernetes} does not enable matchConditions, by which the API server calls Pillion only for Pods that opt in`,
      'upgrade to Kubernetes 1.30 or newer; Pillion needs at least 1.28',
    )
  else if (minor < 30)
    yield warning(
      `Kubernetes ${kubernetes} has no ${minor < 29 ? 'native sidecars, and no ' : ''}ValidatingAdmissionPolicy to limit the token of Pillion`,
      'upgrade to Kubernetes 1.30 or newer',
    )
  const image = imageOf(installation)
  const version = versionOfImage(image)
  if (version !== undefined && version !== packageJson.version)
    yield warning(
      `the replicas run ${image}, and this command is ${packageJson.version}`,
      'use the same version: the replicas may decide differently than this command',
    )
  read(deployment)
  const replicas = image === undefined ? 'there is no Deployment with this name' : `the replicas run ${image}`
  return `Kubernetes ${kubernetes}; ${replicas}; this command is ${packageJson.version}`
})

/** Undefined when the tag is not a version, for example `dev`. */
function versionOfImage(image = ''): string | undefined {
  const [reference = ''] = image.split('@', 1)
  const [, tag = ''] = reference.slice(reference.lastIndexOf('/') + 1).split(':')
  return /^v?(\d+\.\d.*)$/.exec(tag)?.[1]
}
