import { describe, expect, it } from 'vitest'
import { useNamespace } from './namespace.ts'
import { busyboxPod, type LivePod } from './pod.ts'
import { webhookCalls } from './webhook-calls.ts'

describe('a Pod that asks for nothing', () => {
  const kubectl = useNamespace('silent')
  const create = async (...pod: Parameters<typeof busyboxPod>) =>
    JSON.parse(await kubectl(['create', '-o=json', '-f=-'], { stdin: busyboxPod(...pod) })) as LivePod

  it('stays as it is, and the API server does not call the webhook for it', async () => {
    const before = await webhookCalls(kubectl)
    const silent = await create('silent')
    expect(silent.spec.initContainers).toBeUndefined()
    expect(silent.metadata.annotations).toBeUndefined()
    expect(await webhookCalls(kubectl)).toBe(before)
    await create('asking', { 'pillion.dev/inject': 'none' })
    expect(await webhookCalls(kubectl)).toBe(before + 1)
  })
})
