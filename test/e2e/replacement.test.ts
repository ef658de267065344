import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { type Load, startLoad } from './load.ts'
import { useNamespace } from './namespace.ts'
import { replicas } from './replicas.ts'

describe('while Pods are created one after the other', () => {
  const kubectl = useNamespace('load')
  const pillion = kubectl.in('pillion')
  let load: Load

  beforeEach(async () => {
    load = await startLoad(inject('kubeconfig'), 'load', 4)
  })
  afterEach(async () => {
    await load.stop()
  })

  it("none is missed when each of the webhook's Pods is deleted", async () => {
    for (const pod of await podsOfTheWebhook()) {
      await pillion(['delete', pod])
      await pillion(['rollout', 'status', 'deployment/pillion', '--timeout=60s'])
    }
    expectNoneMissed(await load.stop())
  })

  it("none is missed when the webhook's Pods are deleted all at once", async () => {
    await pillion(['delete', ...(await podsOfTheWebhook())])
    await pillion(['rollout', 'status', 'deployment/pillion', '--timeout=60s'])
    expectNoneMissed(await load.stop())
  })

  it('none is missed when the Deployment is rolled out anew', async () => {
    const before = await podsOfTheWebhook()
    await pillion(['rollout', 'restart', 'deployment/pillion'])
    await pillion(['rollout', 'status', 'deployment/pillion', '--timeout=90s'])
    await pillion(['wait', '--for=delete', ...before, '--timeout=60s'])
    expectNoneMissed(await load.stop())
  })

  it('none is missed or refused while the profile that they ask for changes', async () => {
    for (let i = 0; i < 20; i++) {
      const parameters = { file: { default: `app-${i}.log` } }
      const patch = JSON.stringify({ spec: { parameters } })
      await kubectl(['patch', 'clustersidecarprofile', 'log-tail', '--type=merge', `--patch=${patch}`])
    }
    await kubectl(['apply', '-f=catalog/log-tail.yaml'])
    expectNoneMissed(await load.stop())
  })

  async function podsOfTheWebhook(): Promise<string[]> {
    return (await replicas(pillion)).map(name => `pod/${name}`)
  }

  function expectNoneMissed({ created, missed }: Awaited<ReturnType<Load['stop']>>): void {
    expect(missed).toEqual([])
    expect(created).toBeGreaterThan(100)
  }
})
