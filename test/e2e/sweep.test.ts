import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { run } from '../../tools/kind/run.ts'
import { until } from '../apiserver/until.ts'
import { useNamespace } from './namespace.ts'
import { busyboxDeployment, busyboxPod, initContainerNames, type LivePod } from './pod.ts'
import { conditionOf, sidecarProfile } from './profile.ts'
import { samples } from './replicas.ts'

describe('Pods that started while Pillion was down', () => {
  const kubectl = useNamespace('sweep')
  const pillion = kubectl.in('pillion')
  const asks = { 'pillion.dev/inject': 'log-tail' }
  /** The uid of each Pod of the Deployment, by whether it has its sidecar. */
  const podsOfTheDeployment = async () => {
    const { items } = JSON.parse(await kubectl(['get', 'pods', '-l=app=missed', '-o=json'])) as {
      items: LivePod[]
    }
    return items.map(pod => ({ uid: pod.metadata.uid, has: initContainerNames(pod) }))
  }
  const rolledOut = () => pillion(['rollout', 'status', 'deployment/pillion', '--timeout=90s'])
  /** The last of two flags of a name counts. */
  const tell = (...flags: readonly string[]) => {
    const path = '/spec/template/spec/containers/0/args/-'
    const patch = JSON.stringify(flags.map(value => ({ op: 'add', path, value })))
    return pillion(['patch', 'deployment/pillion', '--type=json', `--patch=${patch}`])
  }

  const uidOf = (object: string) => kubectl(['get', object, '-o=jsonpath={.metadata.uid}'])
  /** The end of the last pass of the leader, in seconds. */
  const lastPass = async () =>
    Math.max(...(await samples(kubectl, 'pillion_sweep_timestamp_seconds')).flat().map(({ value }) => value))

  beforeAll(async () => {
    await pillion(['scale', 'deployment/pillion', '--replicas=0'])
    await pillion(['wait', '--for=delete', 'pod', '-l=app.kubernetes.io/name=pillion', '--timeout=60s'])
    await kubectl(['apply', '-f=-'], { stdin: busyboxDeployment('missed', asks, { replicas: 3 }) })
    await kubectl(['apply', '-f=-'], { stdin: busyboxDeployment('older') })
    // Among so many that ask for nothing, those that do are read one by one. They need not run.
    const silent = busyboxDeployment('silent', undefined, {
      replicas: 60,
      pod: { nodeSelector: { no: 'where' } },
    })
    await kubectl(['apply', '-f=-'], { stdin: silent })
    await kubectl(['create', '-f=-'], { stdin: busyboxPod('bare', asks) })
    await kubectl(['rollout', 'status', 'deployment/missed', '--timeout=60s'])
    await tell('--sweep-interval-ms=1000')
    await pillion(['scale', 'deployment/pillion', '--replicas=2'])
    await rolledOut()
  })
  afterAll(async () => {
    // First the replicas: one that evicts needs the permission until it stops.
    await pillion(['apply', '-f=deploy/base/deployment.yaml'])
    await rolledOut()
    await pillion(['apply', '-k=deploy/'])
  })

  it('run without what they asked for', async () => {
    expect(await podsOfTheDeployment()).toMatchObject([{ has: [] }, { has: [] }, { has: [] }])
  })

  it('are found, and kubectl describe says what they lack', async () => {
    for (const pods of ['-l=app=missed', 'bare']) {
      await until('the Event is there', 30_000, async () =>
        /Warning +InjectionMissed .*log-tail/.test(await kubectl(['describe', 'pod', pods])),
      )
    }
  })

  it('are listed by pillion sweep', async () => {
    const environment = { KUBECONFIG: inject('kubeconfig') }
    const { code, stdout } = await run('npx', ['pillion', 'sweep', '-n', 'sweep'], { environment })
    expect(code).toBe(1)
    expect(stdout).toMatch(
      / deployment\/missed +3 +Missed .*log-tail +kubectl rollout restart deployment\/missed -n sweep$/m,
    )
    expect(stdout).toMatch(/ pod\/bare +1 +Missed .*log-tail/)
    expect(stdout).not.toMatch(/ deployment\/silent /)
  })

  it('are not all that the sweep looks for: revisions of a profile that no Pod has are deleted', async () => {
    const list = ['get', 'controllerrevisions', '-l=pillion.dev/profile=short', '-o=name']
    const kept = async () => (await pillion(list)).trimEnd().split('\n')
    for (const word of ['good', 'better']) {
      const profile = JSON.parse(sidecarProfile('short', { args: [word] }))
      profile.spec.revisionHistoryLimit = 0
      await kubectl(['apply', '-f=-'], { stdin: JSON.stringify(profile) })
      await until('it is accepted', 20_000, async () => {
        const { status } = (await conditionOf(kubectl, 'short', 'Accepted')) ?? {}
        return status === 'True'
      })
    }
    await until('the first one is gone', 60_000, async () => (await kept()).length === 1)
    await kubectl(['delete', 'clustersidecarprofile', 'short'])
  })

  it('are not all that is found: workloads of every kind that cannot create Pods are, too, until they can', async () => {
    const { spec, metadata } = JSON.parse(busyboxDeployment('blocked', { 'pillion.dev/inject': 'log-tial' }))
      .spec.template
    const template = { metadata, spec }
    const selector = { matchLabels: metadata.labels }
    const once = { metadata, spec: { ...spec, restartPolicy: 'Never' } }
    const workloads = [
      { apiVersion: 'apps/v1', kind: 'Deployment', spec: { selector, template } },
      { apiVersion: 'apps/v1', kind: 'StatefulSet', spec: { selector, template, serviceName: 'blocked' } },
      { apiVersion: 'apps/v1', kind: 'DaemonSet', spec: { selector, template } },
      { apiVersion: 'batch/v1', kind: 'Job', spec: { template: once } },
      { apiVersion: 'v1', kind: 'ReplicationController', spec: { selector: metadata.labels, template } },
    ].map(each => ({ ...each, metadata: { name: 'blocked' } }))
    const stdin = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: workloads })
    const blocked = async () =>
      (await samples(kubectl, 'pillion_blocked_workloads'))
        .flat()
        .flatMap(({ labels, value }) => (labels.includes('"sweep"') ? value : []))
    await kubectl(['apply', '-f=-'], { stdin })
    await until('all are counted', 30_000, async () => (await blocked()).join() === `${workloads.length}`)
    await kubectl(['delete', '-f=-'], { stdin })
    await until('none is counted', 30_000, async () => (await blocked()).length === 0)
  })

  it('stay as long as the sweep is not told to evict', async () => {
    const before = await podsOfTheDeployment()
    const passes = await lastPass()
    await until('a pass is over', 30_000, async () => (await lastPass()) > passes)
    expect(await podsOfTheDeployment()).toEqual(before)
    const evictions = (await samples(kubectl, 'pillion_evictions_total')).flat()
    expect(evictions.filter(({ value }) => value > 0)).toEqual([])
  })

  it('are evicted then, one by one, if another Pod takes their place, and an Event says so', async () => {
    const bare = await uidOf('pod/bare')
    await pillion(['apply', '-k=deploy/overlays/evict'])
    await tell('--sweep-interval-ms=1000', '--sweep-evictions-per-minute=600')
    let leastReady = 3
    await until('Pods with the sidecar take their places', 150_000, async () => {
      const ready = await kubectl(['get', 'deployment/missed', '-o=jsonpath={.status.readyReplicas}'])
      leastReady = Math.min(leastReady, Number(ready))
      const pods = await podsOfTheDeployment()
      return pods.length === 3 && pods.every(({ has }) => has.includes('log-tail'))
    })
    expect(leastReady).toBeGreaterThanOrEqual(2)
    expect(await uidOf('pod/bare')).toBe(bare)
    const events = await kubectl(['get', 'events', '--field-selector=reason=EvictedByPillion'])
    expect(
      events.match(/Normal +EvictedByPillion +pod\/missed-\S+ +Pillion evicted the Pod, .*log-tail/g),
    ).toHaveLength(3)
  })

  it('are not those that ran before their namespace was enabled', async () => {
    const before = await kubectl(['get', 'pods', '-l=app=older', '-o=jsonpath={.items[*].metadata.uid}'])
    await kubectl(['annotate', 'namespace', 'sweep', 'pillion.dev/inject=log-tail'])
    await kubectl(['label', 'namespace', 'sweep', 'pillion.dev/inject=enabled'])
    const isMissed = async () => /InjectionMissed/.test(await kubectl(['describe', 'pod', '-l=app=older']))
    await until('the Event is there', 30_000, isMissed)
    const passes = await lastPass()
    await until('two more passes are over', 30_000, async () => (await lastPass()) > passes + 2)
    expect(await kubectl(['get', 'pods', '-l=app=older', '-o=jsonpath={.items[*].metadata.uid}'])).toBe(
      before,
    )
  })

  it('are replaced by the commands that pillion sweep prints', async () => {
    const environment = { KUBECONFIG: inject('kubeconfig') }
    // Its Pods fit on no node, so nothing can roll it out.
    await kubectl(['delete', 'deployment', 'silent', '--cascade=foreground'])
    const sweep = (...flags: readonly string[]) =>
      run('npx', ['pillion', 'sweep', '-n', 'sweep', ...flags], { environment })
    const found = JSON.parse((await sweep('-o', 'json')).stdout) as readonly {
      workload: string
      fix: string
    }[]
    expect(found.map(({ workload }) => workload)).toEqual(['deployment/older', 'pod/bare'])
    for (const { fix } of found) expect((await run('sh', ['-c', fix], { environment })).code, fix).toBe(0)
    await until('nothing is missed', 90_000, async () => (await sweep()).code === 0, 2_000)
  })
})
