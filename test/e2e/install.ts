import { until } from '../apiserver/until.ts'
import type { Kubectl } from './kubectl.ts'

/** Installs Pillion with the commands of deploy/README.md, and waits until the API server calls it. */
export async function install(kubectl: Kubectl): Promise<void> {
  await kubectl(['apply', '--server-side', '-k', 'deploy/crds'])
  await kubectl(['wait', '--for=condition=Established', '--timeout=60s', ...definitions])
  await kubectl(['apply', '-k', 'deploy/'])
  await kubectl(['apply', '-k', 'catalog/'])
  await kubectl(['-n', 'pillion', 'rollout', 'status', 'deployment/pillion', '--timeout=120s'])
  await until('the API server reaches the webhook', 60_000, () => isReached(kubectl), 250)
}

const definitions = ['crd/clustersidecarprofiles.pillion.dev', 'crd/sidecarprofiles.pillion.dev']

async function isReached(kubectl: Kubectl): Promise<boolean> {
  const { stdout } = await kubectl.attempt(['create', '--dry-run=server', '-o=json', '-f=-'], {
    stdin: probe,
  })
  return stdout.includes('"pillion.dev/status"')
}

const probe = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'probe', namespace: 'default', annotations: { 'pillion.dev/inject': 'work-dir' } },
  spec: { containers: [{ name: 'app', image: 'busybox:1.37' }] },
})
