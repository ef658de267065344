import { describe, expect, inject, it } from 'vitest'
import { output } from '../../tools/kind/run.ts'
import { useNamespace } from './namespace.ts'

describe('npx pillion inject', () => {
  const kubectl = useNamespace('cli')

  it.each(['multi-container-demo'])(
    'makes of examples/%s.yaml the Pod that the cluster makes of it',
    async example => {
      const file = `examples/${example}.yaml`
      const fromCluster = await kubectl(['create', '--dry-run=server', '-o=json', `-f=${file}`])
      // With the profiles of this cluster.
      const environment = { KUBECONFIG: inject('kubeconfig') }
      const manifest = await output('npx', ['pillion', 'inject', '-f', file], { environment })
      // The webhook is not called in this namespace: what comes back has the API server's defaults, no more.
      const elsewhere = kubectl.in('kube-node-lease')
      const fromManifest = await elsewhere(['create', '--dry-run=server', '-o=json', '-f=-'], {
        stdin: manifest,
      })
      expect(comparable(fromManifest)).toEqual(comparable(fromCluster))
    },
  )
})

/**
 * Without what is random, of the moment, or of the namespace, and with volumes and mounts by name: the
 * ServiceAccount plugin adds its own before the webhook adds ours, and after `inject` did.
 */
function comparable(json: string): unknown {
  const pod = JSON.parse(json.replaceAll(/kube-api-access-\w+/g, 'kube-api-access'), (key, value) =>
    key === 'volumes' || key === 'volumeMounts' ? value.toSorted(byName) : value,
  ) as { metadata: { name: string; annotations: object } }
  const { name, annotations } = pod.metadata
  return { ...pod, metadata: { name, annotations } }
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name.localeCompare(b.name)
}
