import { setTimeout } from 'node:timers/promises'
import type { Ran } from './run.ts'

/**
 * Waits until the API server reaches Pillion. It is not enough that a replica is ready: it can take a second until kube-proxy
 * sends requests to it, and until then Pods start without their profiles. Throws after a minute.
 */
export async function waitUntilReached(
  kubectl: (args: readonly string[], stdin: string) => Promise<Ran>,
): Promise<void> {
  const endMs = performance.now() + 60_000
  for (;;) {
    const { stdout, stderr } = await kubectl(
      ['create', '--dry-run=server', '--output=json', '--filename=-'],
      probe,
    )
    if (stdout.includes('"pillion.dev/status"')) return
    if (performance.now() > endMs)
      throw new Error(
        `the API server has not called Pillion for a minute; npx pillion doctor says why not\n${stderr}`,
      )
    await setTimeout(250)
  }
}

const probe = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'probe', namespace: 'default', annotations: { 'pillion.dev/inject': 'work-dir' } },
  spec: { containers: [{ name: 'app', image: 'busybox:1.37' }] },
})
