import { describe, expect, it } from 'vitest'
import { recordingIo } from '../recorded.fixture.ts'
import { decideManifests } from './decide.ts'

const pod = (namespace: string, annotations: string) => `apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: ${namespace}
  annotations: ${annotations}
spec:
  containers:
  - name: app
    image: nginx:1.29
    env:
`

describe('decideManifests', () => {
  it('leaves namespaces alone that the server leaves alone', async () => {
    expect(await decided(pod('kube-system', '{ pillion.dev/inject: work-dir }'))).toEqual([
      'skipped ExcludedNamespace',
    ])
  })

  it('knows the Namespaces among the manifests', async () => {
    const namespace =
      'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop, labels: { pillion.dev/inject: enabled }, annotations: { pillion.dev/inject: work-dir } }\n'
    expect(await decided(`${namespace}---\n${pod('shop', '')}---\n${pod('other', '')}`)).toEqual([
      'injected Injected',
      'skipped NotRequested',
    ])
  })

  it('reads keys with nothing behind them as if they were not there', async () => {
    expect(await decided(pod('shop', ''), 'log-tail, work-dir')).toEqual(['injected Injected'])
  })
})

async function decided(text: string, requested?: string): Promise<readonly string[]> {
  const { io } = recordingIo(text)
  const flags = {
    filename: ['-'],
    namespaceManifest: [],
    namespace: 'default',
    kubernetesVersion: '1.34',
    ...(requested !== undefined && { with: requested }),
  }
  const deciding = await decideManifests(flags, io)
  return deciding.decided.map(({ decision: { outcome, reason } }) => `${outcome} ${reason}`)
}
