import { beforeAll, describe, expect, it } from 'vitest'
import { until } from '../apiserver/until.ts'
import { podSecurity, useNamespace } from './namespace.ts'

describe('the Pod of examples/multi-container-demo.yaml', () => {
  const kubectl = useNamespace('demo', podSecurity('baseline'))
  const pod = 'multi-container-demo'

  beforeAll(async () => {
    await kubectl(['apply', '-f=examples/multi-container-demo.yaml'])
    await kubectl(['wait', '--for=condition=Ready', `pod/${pod}`, '--timeout=90s'])
  })

  it('runs with every container ready', async () => {
    expect(await kubectl(['get', 'pod', pod, '--no-headers'])).toMatch(
      /^multi-container-demo +2\/2 +Running +0 /,
    )
  })

  it('shows what was added to it, and what is the app, in kubectl describe', async () => {
    const description = await kubectl(['describe', 'pod', pod])
    const [, initContainers = '', containers = ''] = description.split(/^(?:Init )?Containers:$/m)
    expect(initContainers).toMatch(/^ {2}log-tail:$/m)
    expect(initContainers).toMatch(/^ {2}work-dir:$/m)
    expect(containers).toMatch(/^ {2}main-app:$/m)
    expect(description).toContain('/var/log/nginx from log-tail (rw)')
    expect(description).toContain('pillion.dev/status:')
  })

  it('has containers that reach each other on localhost, and a sidecar that prints what the app logs', async () => {
    const page = await kubectl([
      'exec',
      pod,
      '-c=log-tail',
      '--',
      'wget',
      '-qO-',
      'http://localhost/?from=the-sidecar',
    ])
    expect(page).toContain('Welcome to nginx!')
    await until('the line arrives', 10_000, async () =>
      (await kubectl(['logs', pod, '-c=log-tail'])).includes('"GET /?from=the-sidecar HTTP/1.1" 200'),
    )
  })

  it('lets a person into each container, and into the app without a name', async () => {
    expect(await kubectl(['exec', pod, '-c=log-tail', '--', 'id', '-u'])).toBe('65534\n')
    expect(await kubectl(['exec', pod, '--', 'cat', '/work-dir/ready'])).toBe('initializing\n')
    expect(await kubectl(['exec', pod, '-c=main-app', '--', 'nginx', '-t', '-q'])).toBe('')
  })
})
