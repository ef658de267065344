import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { installCustomResources } from './custom-resources.ts'
import { useKubeconfig } from './kubeconfig.ts'
import { startProxy } from './proxy.ts'
import { describeWithApiServer } from './suite.ts'
import { startWholeReplica } from './whole-replica.ts'

/** `kubectl apply` creates the objects of a file one after the other, and an API server tells them to a replica when it can. */
describeWithApiServer('a replica to which the API server tells everything a little late', server => {
  it('gives a Pod the profile, and what the Namespace asks for, that were created just before', async () => {
    await installCustomResources(server())
    await server().createNamespace('shop')
    const proxy = await startProxy(server())
    onTestFinished(() => proxy.stop())
    let told = Promise.resolve()
    async function* late(pieces: AsyncIterable<Uint8Array>) {
      for await (const piece of pieces) {
        await told
        yield piece
      }
    }
    proxy.misbehave(({ isWatch, forward }) => forward(isWatch ? { body: late } : {}))
    const url = String((await proxy.access()).server)
    onTestFinished(await useKubeconfig({ ...server(), url }, 'shop'))
    const replica = await startWholeReplica()
    await replica.ready()

    told = sleep(lateMs)
    expect((await server().request('POST', profiles, sidecar)).status).toBe(201)
    expect(await replica.ask('shop', 'side')).toMatchObject({ outcome: 'injected' })

    told = sleep(lateMs)
    const annotations = { 'pillion.dev/inject': 'side' }
    await server().createNamespace('new', { annotations })
    expect(await replica.ask('new')).toMatchObject({ outcome: 'injected' })
  })
})

// Far longer than a review takes, and far shorter than a replica waits.
const lateMs = 200

const profiles = '/apis/pillion.dev/v1alpha1/clustersidecarprofiles'
const sidecar = {
  apiVersion: 'pillion.dev/v1alpha1',
  kind: 'ClusterSidecarProfile',
  metadata: { name: 'side' },
  spec: { containers: [{ name: 'side', image: 'busybox:1.37' }] },
}
