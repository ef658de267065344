import { describe, expect, it } from 'vitest'
import { useNamespace } from './namespace.ts'
import { output } from './run.ts'

describe('npx pillion inject', () => {
  const kubectl = useNamespace('cli')

  it.each(['multi-container-demo'])(
    'makes of examples/%s.yaml the Pod that the cluster makes of it',
    async example => {
      const file = `examples/${example}.yaml`
      const fromCluster = await kubectl(['create', '--dry-run=server', '-o=json', `-f=${file}`])
      const manifest = await output('npx', ['pillion', 'inject', '-f', file])
      // The webhook is not called in this namespace: what comes back has the API server's defaults, no more.
      const elsewhere = kubectl.in('kube-node-lease')
      const fromManifest = await elsewhere(['create', '--dry-run=server', '-o=json', '-f=-'], {
        stdin: manifest,
      })
      expect(comparable(fromManifest)).toEqual(comparable(fromCluster))
    },
  )
})

/** Without what is random, of the moment, or of the namespace. */
function comparable(json: string): unknown {
  const { metadata, ...rest } = JSON.parse(json.replaceAll(/kube-api-access-\w+/g, 'kube-api-access')) as {
    metadata: { name: string; annotations: object }
  }
  return { ...rest, metadata: { name: metadata.name, annotations: metadata.annotations } }
}
