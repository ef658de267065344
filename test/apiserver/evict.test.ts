import { beforeAll, expect, it } from 'vitest'
import type { Api } from '../../src/cluster/api/api.ts'
import { evict } from '../../src/cluster/sweep/evict.ts'
import { apiFor } from './client.ts'
import { createPod, podFor } from './pods.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const pods = '/api/v1/namespaces/shop/pods'
const budgets = '/apis/policy/v1/namespaces/shop/poddisruptionbudgets'

describeWithApiServer('an eviction by a real API server', server => {
  let api: Api
  beforeAll(async () => {
    api = apiFor(server())
    await server().createNamespace('shop')
  })

  async function podNamed(name: string, labels: Record<string, string> = {}) {
    const pod = podFor(name, { controller: { kind: 'ReplicaSet', name: 'web' } }) as { metadata: object }
    await createPod(server(), 'shop', { ...pod, metadata: { ...pod.metadata, labels } })
    const { body } = await server().request<{ metadata: { uid: string } }>('GET', `${pods}/${name}`)
    return { namespace: 'shop', name, uid: body.metadata.uid }
  }

  const isThere = async (name: string) => (await server().request('GET', `${pods}/${name}`)).status === 200

  function evicting() {
    const failures: string[] = []
    const { signal } = new AbortController()
    return { failures, options: { failed: (reason: string) => failures.push(reason), signal } }
  }

  it('takes the Pod away', async () => {
    const { options, failures } = evicting()
    const { result, date } = await evict(api, await podNamed('evicted'), options)
    expect({ result, failures }).toEqual({ result: 'evicted', failures: [] })
    expect(Math.abs((date?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000)
    await until('it is gone', 5_000, async () => !(await isThere('evicted')))
    const again = await evict(api, { namespace: 'shop', name: 'evicted', uid: 'x' }, options)
    expect(again.result).toBe('gone')
  })

  it('respects a PodDisruptionBudget', async () => {
    const name = 'guarded'
    const pod = await podNamed(name, { budget: name })
    await server().request('PATCH', `${pods}/${name}/status`, {
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    })
    const spec = { minAvailable: 1, selector: { matchLabels: { budget: name } } }
    await server().request('POST', budgets, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name },
      spec,
    })
    // As the controller of a cluster would have it.
    const counts = { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 }
    await server().request('PATCH', `${budgets}/${name}/status`, {
      status: { ...counts, observedGeneration: 1 },
    })
    const { options, failures } = evicting()
    expect((await evict(api, pod, options)).result).toBe('protected')
    expect(await isThere(name)).toBe(true)
    expect(failures).toEqual([])
  })
})
