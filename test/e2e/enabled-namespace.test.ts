import { describe, expect, it } from 'vitest'
import { useNamespace } from './namespace.ts'
import { busyboxPod, initContainerNames, type LivePod } from './pod.ts'

describe('a namespace that asks for its Pods', () => {
  const kubectl = useNamespace('enabled', {
    labels: { 'pillion.dev/inject': 'enabled' },
    annotations: { 'pillion.dev/inject': 'work-dir', 'pillion.dev/work-dir.content': 'from the namespace' },
  })
  const create = async (...pod: Parameters<typeof busyboxPod>) =>
    JSON.parse(await kubectl(['create', '-o=json', '-f=-'], { stdin: busyboxPod(...pod) })) as LivePod

  it('gives a silent Pod what the namespace says', async () => {
    await create('silent', undefined, ['sh', '-c', 'cat /work-dir/ready && exec sleep infinity'])
    await kubectl(['wait', '--for=condition=Ready', 'pod/silent', '--timeout=60s'])
    expect(await kubectl(['logs', 'silent'])).toBe('from the namespace\n')
  })

  it.each([
    {
      name: 'says-itself',
      inject: 'log-tail',
      containers: ['log-tail'],
      why: 'lets a Pod ask for something else',
    },
    { name: 'says-no', inject: 'none', containers: [], why: 'lets a Pod opt out' },
  ])('$why', async ({ name, inject, containers }) => {
    expect(initContainerNames(await create(name, { 'pillion.dev/inject': inject }))).toEqual(containers)
  })
})
