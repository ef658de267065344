import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { until } from '../apiserver/until.ts'
import { useNamespace } from './namespace.ts'
import { busyboxDeployment, busyboxPod, initContainerNames, type LivePod } from './pod.ts'
import { samples } from './replicas.ts'
import { run } from './run.ts'

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

  beforeAll(async () => {
    await pillion(['scale', 'deployment/pillion', '--replicas=0'])
    await pillion(['wait', '--for=delete', 'pod', '-l=app.kubernetes.io/name=pillion', '--timeout=60s'])
    await kubectl(['apply', '-f=-'], { stdin: busyboxDeployment('missed', asks) })
    // Among so many that ask for nothing, those that do are read one by one. They need not run.
    const silent = busyboxDeployment('silent', undefined, {
      replicas: 25,
      pod: { nodeSelector: { no: 'where' } },
    })
    await kubectl(['apply', '-f=-'], { stdin: silent })
    await kubectl(['create', '-f=-'], { stdin: busyboxPod('bare', asks) })
    await kubectl(['rollout', 'status', 'deployment/missed', '--timeout=60s'])
    await tell('--sweep-interval-ms=1000', '--sweep-evictions-per-minute=600')
    await pillion(['scale', 'deployment/pillion', '--replicas=2'])
    await rolledOut()
  })
  afterAll(async () => {
    await pillion(['apply', '-f=deploy/base/deployment.yaml', '-f=deploy/base/token-policy.yaml'])
    await rolledOut()
  })

  it('run without what they asked for', async () => {
    expect(await podsOfTheDeployment()).toMatchObject([{ has: [] }])
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
    expect(stdout).toMatch(/\bmissed-\w+-\w+ .*log-tail/)
    expect(stdout).toMatch(/\bbare .*log-tail/)
    expect(stdout).not.toMatch(/\bsilent-/)
  })

  it('stay as long as the sweep is not told to evict, and are evicted then if another Pod takes their place', async () => {
    const bare = await kubectl(['get', 'pod', 'bare', '-o=jsonpath={.metadata.uid}'])
    const [missed] = await podsOfTheDeployment()
    expect(missed?.has).toEqual([])
    await until('it would have been evicted', 10_000, async () =>
      (await samples(kubectl, 'pillion_evictions_total'))
        .flat()
        .some(({ labels, value }) => labels.includes('would-evict') && value > 0),
    )
    expect(await podsOfTheDeployment()).toEqual([missed])
    const policy = await readFile('deploy/base/token-policy.yaml', 'utf8')
    await pillion(['apply', '-f=-'], {
      stdin: policy.replace(/(name: mayEvict\s+expression: )"false"/, '$1"true"'),
    })
    await tell('--sweep-evict=missed')
    await rolledOut()
    await until('a Pod with the sidecar takes its place', 60_000, async () => {
      const pods = await podsOfTheDeployment()
      return (
        pods.length === 1 && pods.every(({ uid, has }) => uid !== missed?.uid && has.includes('log-tail'))
      )
    })
    expect(await kubectl(['get', 'pod', 'bare', '-o=jsonpath={.metadata.uid}'])).toBe(bare)
  })
})
