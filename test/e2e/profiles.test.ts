import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { until } from '../apiserver/until.ts'
import { type ApiProxy, startApiProxy } from './api-proxy.ts'
import { useNamespace } from './namespace.ts'
import { busyboxPod, type LivePod } from './pod.ts'
import { conditionOf, sidecarProfile } from './profile.ts'
import { askReplica, replicas } from './replicas.ts'

describe('a profile', () => {
  const kubectl = useNamespace('profiles')
  let proxy: ApiProxy
  const apply = (manifest: string) => kubectl.attempt(['apply', '-f=-'], { stdin: manifest })
  /** The Pod that the API server would store. */
  const podAsking = (profile: string) =>
    kubectl.attempt(['create', '--dry-run=server', '-o=json', '-f=-'], {
      stdin: busyboxPod('asking', { 'pillion.dev/inject': profile }),
    })
  const sidecarsOf = async (profile: string) => {
    const { stdout } = await podAsking(profile)
    return stdout === '' ? [] : ((JSON.parse(stdout) as LivePod).spec.initContainers ?? [])
  }
  const everyReplicaAnswers = async (profile: string, what: string) => {
    const pod = busyboxPod('asking', { 'pillion.dev/inject': profile })
    const names = await replicas(kubectl)
    const answers = await Promise.all(names.map(name => askReplica(proxy, name, 'profiles', pod)))
    return answers.every(answer => answer.includes(what))
  }
  const accepted = (name: string, isAccepted: boolean) =>
    until(`${name} is${isAccepted ? '' : ' not'} accepted`, 20_000, async () => {
      const { status } = (await conditionOf(kubectl, name, 'Accepted')) ?? {}
      return status === (isAccepted ? 'True' : 'False')
    })

  beforeAll(async () => {
    proxy = await startApiProxy(inject('kubeconfig'))
  })
  afterAll(async () => {
    proxy.stop()
    await kubectl(['delete', 'clustersidecarprofile', 'greeter', 'passing', '--ignore-not-found'])
  })

  it('is explained by kubectl down to the fields of its containers', async () => {
    const explanation = await kubectl(['explain', 'clustersidecarprofile.spec.containers.resources'])
    expect(explanation).toContain('KIND:       ClusterSidecarProfile')
    expect(explanation).toMatch(/^ {2}limits\t/m)
    expect(explanation).toMatch(/^ {2}requests\t/m)
  })

  it('is listed with its revision, whether it is accepted, and its parameters', async () => {
    await accepted('log-tail', true)
    await accepted('work-dir', true)
    const [heading, ...rows] = (await kubectl(['get', 'csp'])).trimEnd().split('\n')
    expect(heading).toMatch(/^NAME +REVISION +ACCEPTED +PARAMETERS +AGE$/)
    expect(rows).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^log-tail +[0-9a-f]{10} +True +cpu, file, image, memory, path, user +\d+\w+$/),
        expect.stringMatching(
          /^work-dir +[0-9a-f]{10} +True +content, copy, cpu, file, group, image, .+ +\d+\w+$/,
        ),
      ]),
    )
  })

  it.each(['log-tail', 'work-dir'])('of the catalog is proven by a dry run: %s', async name => {
    await until('the proof is there', 20_000, async () => !!(await conditionOf(kubectl, name, 'Proven')))
    expect(await conditionOf(kubectl, name, 'Proven')).toMatchObject({ status: 'True' })
  })

  it('is refused by the API server when a field is misspelt', async () => {
    const { code, stderr } = await apply(sidecarProfile('misspelt', { container: { volumeMount: [] } }))
    expect(code).toBe(1)
    expect(stderr).toContain('unknown field "spec.containers[0].volumeMount"')
  })

  it('is refused by the webhook, which names the field, when an expression cannot work', async () => {
    const { code, stderr } = await apply(sidecarProfile('wrong', { args: ['$(params.path)'] }))
    expect(code).toBe(1)
    expect(stderr).toContain('admission webhook "profile.validate.pillion.dev" denied the request')
    expect(stderr).toContain('spec.containers[0].args[0]: ')
    expect((await kubectl.attempt(['get', 'csp', 'wrong'])).stderr).toContain('not found')
  })

  it('of a namespace is stored with a warning when the name is taken', async () => {
    const { code, stderr } = await apply(sidecarProfile('log-tail', { namespace: 'profiles' }))
    expect(code).toBe(0)
    expect(stderr).toMatch(/^Warning: this profile is not accepted: .*"log-tail" is taken/)
    const isRefused = () =>
      kubectl(['get', 'sidecarprofile', 'log-tail', '-o=jsonpath={.status.conditions[*].reason}'])
    await until('its status says so', 20_000, async () => (await isRefused()).includes('NameTaken'))
    expect(await sidecarsOf('log-tail')).toMatchObject([{ name: 'log-tail', args: ['/var/log/app/app.log'] }])
  })

  it('of a namespace is for that namespace alone', async () => {
    await kubectl(['apply', '-f=-'], { stdin: sidecarProfile('local', { namespace: 'profiles' }) })
    await until('it is in force', 10_000, async () => (await sidecarsOf('local')).length === 1)
    const { stderr } = await kubectl.in('default').attempt(['create', '--dry-run=server', '-f=-'], {
      stdin: busyboxPod('asking', { 'pillion.dev/inject': 'local' }),
    })
    expect(stderr).toContain('denied the request')
  })

  it('serves on in its last accepted revision while the API server would refuse Pods with the new one', async () => {
    await kubectl(['apply', '-f=-'], { stdin: sidecarProfile('greeter', { args: ['good'] }) })
    await accepted('greeter', true)
    const ports = [{ containerPort: '$(70000)' }]
    await kubectl(['apply', '-f=-'], {
      stdin: sidecarProfile('greeter', { args: ['bad'], container: { ports } }),
    })
    await accepted('greeter', false)
    expect(await conditionOf(kubectl, 'greeter', 'Accepted')).toMatchObject({
      reason: 'RefusedByApiServer',
      message: expect.stringContaining('must be between 1 and 65535'),
    })
    await until('the last one serves', 10_000, () => everyReplicaAnswers('greeter', '"good"'))
    await kubectl(['apply', '-f=-'], { stdin: sidecarProfile('greeter', { args: ['better'] }) })
    await accepted('greeter', true)
    await until('the new one serves', 10_000, () => everyReplicaAnswers('greeter', '"better"'))
  })

  it('that is deleted is not there any more for a Pod that asks', async () => {
    await kubectl(['apply', '-f=-'], { stdin: sidecarProfile('passing') })
    await until('it is in force', 10_000, async () => (await sidecarsOf('passing')).length === 1)
    await kubectl(['delete', 'csp', 'passing'])
    await until('a Pod is refused', 10_000, async () =>
      (await podAsking('passing')).stderr.includes('denied the request'),
    )
    expect((await podAsking('passing')).stderr).toContain('passing')
  })
})
