import { until } from '../apiserver/until.ts'
import type { Kubectl } from './kubectl.ts'
import { output } from './run.ts'

/** Installs Pillion with the two commands of deploy/README.md, and waits until the API server calls it. */
export async function install(kubectl: Kubectl): Promise<void> {
  await output('npm', ['run', 'certs', '--', '--dns-name', 'pillion.pillion.svc'])
  await kubectl(['apply', '-k', 'deploy/'])
  await kubectl(['-n', 'pillion', 'rollout', 'status', 'deployment/pillion', '--timeout=120s'])
  await until('the API server reaches the webhook', 60_000, () => isReached(kubectl), 250)
}

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
