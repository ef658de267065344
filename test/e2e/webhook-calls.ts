import type { Kubectl } from './kubectl.ts'

/** How many calls of the webhook all its Pods have counted together. */
export async function webhookCalls(kubectl: Kubectl): Promise<number> {
  const names = await kubectl([
    '-n=pillion',
    'get',
    'pods',
    '-l=app.kubernetes.io/name=pillion',
    '-o=jsonpath={.items[*].metadata.name}',
  ])
  const metrics = await Promise.all(
    names
      .split(' ')
      .map(name => kubectl(['get', `--raw=/api/v1/namespaces/pillion/pods/${name}:9090/proxy/metrics`])),
  )
  const samples = metrics.join('\n').matchAll(/^pillion_admission_requests_total\{.*\} (\d+)$/gm)
  return [...samples].reduce((sum, [, count]) => sum + Number(count), 0)
}
