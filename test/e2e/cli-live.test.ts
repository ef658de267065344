import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { Finding } from '../../src/cli/checks/finding.ts'
import { type Ran, run } from '../../tools/kind/run.ts'
import { until } from '../apiserver/until.ts'
import { useNamespace } from './namespace.ts'
import { busyboxPod } from './pod.ts'

describe('pillion in front of a cluster', () => {
  const kubectl = useNamespace('cli-live')
  const pillion = (...args: readonly string[]): Promise<Ran> =>
    run('npx', ['pillion', ...args], { environment: { KUBECONFIG: inject('kubeconfig') } })

  beforeAll(async () => {
    await kubectl(['create', '-f=-'], { stdin: busyboxPod('asking', { 'pillion.dev/inject': 'log-tail' }) })
    await kubectl(['create', '-f=-'], { stdin: busyboxPod('silent') })
  })

  it('explains what became of a Pod', async () => {
    const { code, stdout } = await pillion('explain', 'pod', 'asking', '-n', 'cli-live')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ +pod\.inject\.pillion\.dev: called/m)
    expect(stdout).toMatch(/^ +asking: log-tail@[0-9a-f]{10}$/m)
  })

  it('explains why a Pod was left alone', async () => {
    const { code, stdout } = await pillion('explain', 'pod', 'silent', '-n', 'cli-live')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ +pod\.inject\.pillion\.dev: not called: its matchCondition/m)
    expect(stdout).toMatch(/^ +skipped \(NotRequested\)$/m)
    expect(stdout).toMatch(/^ +silent: nothing$/m)
  })

  it('finds no missed Pod where there is none', async () => {
    expect((await pillion('sweep', '-n', 'cli-live')).code).toBe(0)
  })

  it('finds nothing broken in a healthy installation', async () => {
    const { code, stdout, stderr } = await pillion('doctor')
    expect({ code, stderr, stdout }).toMatchObject({ code: 0, stderr: '' })
  })

  it('says by which command comes back what somebody deleted', async () => {
    const environment = { KUBECONFIG: inject('kubeconfig') }
    await kubectl(['delete', 'mutatingwebhookconfiguration', 'pillion'])
    expect((await pillion('status')).stderr).toContain('broken: there is no webhook in the Mutating')
    const findings = JSON.parse((await pillion('doctor', '-o', 'json')).stdout) as readonly Finding[]
    const found = findings.find(({ name }) => name === 'webhooks')
    expect(found).toMatchObject({ status: 'broken', hint: 'kubectl apply -k deploy/' })
    expect((await run('sh', ['-c', found?.hint ?? 'false'], { environment })).code).toBe(0)
    expect((await pillion('status', '--watch', '--timeout=60s')).code).toBe(0)
  })

  describe('when the Service of the webhook leads nowhere', () => {
    const service = kubectl.in('pillion')
    const select = (name: string) =>
      service([
        'patch',
        'service',
        'pillion',
        `--patch={"spec":{"selector":{"app.kubernetes.io/name":"${name}"}}}`,
      ])
    const isReady = async () =>
      (await service(['get', 'endpointslices', '-l=kubernetes.io/service-name=pillion', '-o=json'])).includes(
        '"ready": true',
      )

    beforeAll(async () => {
      await select('nobody')
      await until('it has no endpoints', 20_000, async () => !(await isReady()))
    })
    afterAll(async () => {
      await select('pillion')
      await until('it has endpoints again', 20_000, isReady)
    })

    it('says that this is broken, and what to look at', async () => {
      const { code, stdout } = await pillion('doctor')
      expect(code).toBe(1)
      expect(stdout).toMatch(/^broken +service +.*\n +hint: kubectl /m)
    })
  })
})
