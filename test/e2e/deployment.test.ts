import { beforeAll, describe, expect, it } from 'vitest'
import { until } from '../apiserver/until.ts'
import { podSecurity, useNamespace } from './namespace.ts'
import { initContainerNames, type LivePod } from './pod.ts'

describe('the Deployment of examples/deployment.yaml, where only restricted Pods may run', () => {
  const kubectl = useNamespace('deployment', podSecurity('restricted'))

  beforeAll(async () => {
    await kubectl(['apply', '-f=examples/deployment.yaml'])
    await kubectl(['rollout', 'status', 'deployment/website', '--timeout=90s'])
  })

  it('gets the sidecar in every replica', async () => {
    const { items } = JSON.parse(await kubectl(['get', 'pods', '-o=json'])) as { items: LivePod[] }
    expect(items.map(initContainerNames)).toEqual([
      ['log-tail', 'work-dir'],
      ['log-tail', 'work-dir'],
    ])
  })

  it('stays as it was written', async () => {
    const template = await kubectl(['get', 'deployment/website', '-o=jsonpath={.spec.template}'])
    expect(template).not.toContain('initContainers')
    expect(template).not.toContain('pillion.dev/status')
  })

  it('serves the page that was prepared before it started, and its requests are in the log of the sidecar', async () => {
    const page = await kubectl([
      'exec',
      'deployment/website',
      '-c=log-tail',
      '--',
      'wget',
      '-qO-',
      'localhost:8080',
    ])
    expect(page).toBe('<h1>It works, and was here first</h1>\n')
    await until('a request is logged', 10_000, async () =>
      (await kubectl(['logs', 'deployment/website', '-c=log-tail'])).includes('response:200'),
    )
  })
})
