import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { until } from '../apiserver/until.ts'
import { type ApiProxy, startApiProxy } from './api-proxy.ts'
import { useNamespace } from './namespace.ts'
import { busyboxPod, type LivePod } from './pod.ts'
import { conditionOf, sidecarProfile } from './profile.ts'
import { askReplica, killPod, replicas } from './replicas.ts'

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
    for (const field of [
      'spec',
      'spec.parameters',
      'spec.requires',
      'spec.order',
      'spec.autoInject',
      'spec.pod',
    ])
      expect(await kubectl(['explain', `csp.${field}`])).not.toContain('<no description>')
  })

  it('is listed with its revision, whether it is accepted and why, and with who has it', async () => {
    await accepted('log-tail', true)
    await accepted('work-dir', true)
    const rowsOf = async (...wide: readonly string[]) =>
      (await kubectl(['get', 'csp', ...wide])).trimEnd().split('\n')
    const [narrow, ...others] = await rowsOf()
    expect(narrow).toMatch(/^NAME +REVISION +ACCEPTED +REASON +UPDATED +USED BY +AGE$/)
    for (const line of others) expect(line.length).toBeLessThanOrEqual(80)
    const [heading, ...rows] = await rowsOf('-o=wide')
    expect(heading).toMatch(
      /^NAME +REVISION +ACCEPTED +REASON +UPDATED +USED BY +AGE +PHASE +CANARY +PARAMETERS +DESCRIPTION$/,
    )
    expect(rows).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^log-tail +[0-9a-f]{10} +True +Accepted .+ cpu, file, image, memory, path, user +Prints the lines/,
        ),
        expect.stringMatching(
          /^work-dir +[0-9a-f]{10} +True +Accepted .+ content, copy, cpu, file, group, image, /,
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

  it('has a revision for each accepted spec, which go with the profile', async () => {
    for (const word of ['good', 'better', 'good']) {
      await kubectl(['apply', '-f=-'], { stdin: sidecarProfile('undone', { args: [word] }) })
      await accepted('undone', true)
    }
    const list = ['-n=pillion', 'get', 'controllerrevisions', '-l=pillion.dev/profile=undone', '-o=json']
    const kept = async () =>
      (JSON.parse(await kubectl(list)) as { items: readonly { revision: number; data: object }[] }).items
    const words = (await kept())
      .toSorted((a, b) => a.revision - b.revision)
      .map(({ data }) => /good|better/.exec(JSON.stringify(data))?.[0])
    expect(words).toEqual(['better', 'good'])
    await kubectl(['delete', 'clustersidecarprofile', 'undone'])
    await until('its revisions are collected', 60_000, async () => (await kept()).length === 0)
  })

  it('is pending after the leader was killed, and serves as it was accepted before, until the next one leads', async () => {
    for (const name of ['greeter', 'passing']) {
      await kubectl(['apply', '-f=-'], { stdin: sidecarProfile(name, { args: ['good'] }) })
      await accepted(name, true)
    }
    const lease = ['-n=pillion', 'get', 'lease', 'pillion', '-o=jsonpath={.spec.holderIdentity}']
    const holder = await kubectl(lease)
    await killPod(inject('cluster'), holder.split('_')[0] ?? '')
    const container = { securityContext: { runAsUser: -5 } }
    await kubectl(['apply', '-f=-'], { stdin: sidecarProfile('greeter', { args: ['bad'], container }) })
    await kubectl(['apply', '-f=-'], { stdin: sidecarProfile('passing', { args: ['better'] }) })
    for (const name of ['greeter', 'passing'])
      await until(`${name} is pending`, 12_000, async () => {
        const { status, reason } = (await conditionOf(kubectl, name, 'Accepted')) ?? {}
        return status === 'Unknown' && reason === 'Pending'
      })
    // On a slow machine, the next leader may have accepted the other one by now.
    expect(await sidecarsOf('greeter')).toMatchObject([{ args: ['good'] }])
    await accepted('passing', true)
    await accepted('greeter', false)
    expect(await kubectl(lease)).not.toBe(holder)
    await until('the new one serves', 10_000, () => everyReplicaAnswers('passing', '"better"'))
    expect(await everyReplicaAnswers('greeter', '"good"')).toBe(true)
  })

  it('in use is deleted with a warning', async () => {
    await kubectl(['create', '-f=-'], { stdin: busyboxPod('using', { 'pillion.dev/inject': 'passing' }) })
    const usedBy = ['get', 'csp', 'passing', '-o=jsonpath={.status.usedBy.pods}']
    await kubectl(['-n=pillion', 'rollout', 'restart', 'deployment/pillion'])
    await kubectl(['-n=pillion', 'rollout', 'status', 'deployment/pillion', '--timeout=90s'])
    // Each new leader sweeps at once.
    await until('the sweep has counted it', 60_000, async () => (await kubectl(usedBy)) === '1')
    expect(await kubectl(['get', 'csp', 'passing'])).toMatch(/ 1 Pod +\d+/)
    const { stderr } = await kubectl.attempt(['delete', 'csp', 'passing'])
    expect(stderr).toMatch(/^Warning: 1 Pod of 1 workload had the profile "passing" at the last sweep\./m)
    const events = ['get', 'events', '-n=default', '--field-selector=involvedObject.name=passing']
    await until('Events say what became of it', 20_000, async () => {
      const said = await kubectl(events)
      return / Accepted /.test(said) && / DeletedInUse /.test(said)
    })
    await kubectl(['delete', 'pod', 'using', '--now'])
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
