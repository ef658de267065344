import { randomUUID } from 'node:crypto'
import { output } from '../../tools/kind/run.ts'
import type { ApiProxy } from './api-proxy.ts'
import type { Kubectl } from './kubectl.ts'

/** The names of the webhook's Pods, those aside that are on their way out. */
export async function replicas(kubectl: Kubectl): Promise<readonly string[]> {
  const pods = ['-n=pillion', 'get', 'pods', '-l=app.kubernetes.io/name=pillion', '-o=json']
  const { items } = JSON.parse(await kubectl(pods)) as { items: readonly Replica[] }
  return items.flatMap(({ metadata }) => (metadata.deletionTimestamp ? [] : [metadata.name]))
}

/** Kills the processes of a Pod with SIGKILL, from its node: they say goodbye to nobody. */
export async function killPod(
  cluster: string,
  pod: string,
  node = `${cluster}-control-plane`,
): Promise<void> {
  const script = `for p in /proc/[0-9]*; do
    if [ "$(cat $p/root/etc/hostname 2>/dev/null)" = "$0" ]; then kill -9 "${'$'}{p#/proc/}"; fi
  done`
  await output('docker', ['exec', node, 'sh', '-c', script, pod])
}

/** All values of one metric, one line a series, of each replica. */
export async function samples(kubectl: Kubectl, metric: string): Promise<readonly (readonly Sample[])[]> {
  const pages = await Promise.all(
    (await replicas(kubectl)).map(name =>
      kubectl(['get', `--raw=/api/v1/namespaces/pillion/pods/${name}:9090/proxy/metrics`]),
    ),
  )
  const line = new RegExp(`^${metric}(?:\\{(.*)\\})? (\\S+)$`, 'gm')
  return pages.map(page =>
    [...page.matchAll(line)].map(([, labels = '', value]) => ({ labels, value: Number(value) })),
  )
}

/**
 * What one replica decides about a Pod, asked past the Service as the API server would: the reason, and the patch
 * in readable form.
 */
export async function askReplica(
  proxy: ApiProxy,
  replica: string,
  namespace: string,
  pod: string,
): Promise<string> {
  const path = `/api/v1/namespaces/pillion/pods/https:${replica}:8443/proxy/mutate`
  const { text } = await proxy.request('POST', path, {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: randomUUID(),
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      namespace,
      operation: 'CREATE',
      userInfo: { username: 'e2e' },
      object: JSON.parse(pod) as object,
      dryRun: true,
    },
  })
  const { response } = JSON.parse(text) as {
    response: { patch?: string; auditAnnotations: { reason: string } }
  }
  return `${response.auditAnnotations.reason} ${Buffer.from(response.patch ?? '', 'base64')}`
}

interface Sample {
  /** As they are printed: `outcome="injected",reason="Injected"`. */
  readonly labels: string
  readonly value: number
}

interface Replica {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string }
}
