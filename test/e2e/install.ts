import { waitUntilReached } from '../../tools/kind/reached.ts'
import type { Kubectl } from './kubectl.ts'

/** Installs Pillion with the commands of deploy/README.md, and waits until the API server calls it. */
export async function install(kubectl: Kubectl): Promise<void> {
  await kubectl(['apply', '--server-side', '-k', 'deploy/crds'])
  await kubectl(['wait', '--for=condition=Established', '--timeout=60s', ...definitions])
  await kubectl(['apply', '-k', 'deploy/'])
  await kubectl(['apply', '-k', 'catalog/'])
  await kubectl(['-n', 'pillion', 'rollout', 'status', 'deployment/pillion', '--timeout=120s'])
  await waitUntilReached((args, stdin) => kubectl.attempt(args, { stdin }))
}

const definitions = ['crd/clustersidecarprofiles.pillion.dev', 'crd/sidecarprofiles.pillion.dev']
