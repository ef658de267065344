import { beforeAll, expect, it, onTestFinished } from 'vitest'
import type { JsonObject } from '../../src/json/json.ts'
import { installCustomResources } from './custom-resources.ts'
import { createPod, podFor } from './pods.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'
import { inItsCluster, startWholeReplica } from './whole-replica.ts'

const configurations = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
const profiles = '/apis/pillion.dev/v1alpha1/clustersidecarprofiles'
const evicting = { sweepIntervalMs: '1000', sweepEvict: 'missed', sweepEvictionsPerMinute: '1000' }

/** As the chart makes it, with what its values add; nobody answers, so that no Pod gets anything. */
function configuration(more: JsonObject): JsonObject {
  const { matchConditions = [], ...others } = more
  const asks = {
    name: 'asks',
    expression: "has(object.metadata.annotations) && 'pillion.dev/inject' in object.metadata.annotations",
  }
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'pillion' },
    webhooks: [
      {
        name: 'pod.inject.pillion.dev',
        clientConfig: { url: 'https://127.0.0.1:1/mutate' },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Ignore',
        timeoutSeconds: 1,
        matchConditions: [asks, ...(matchConditions as readonly JsonObject[])],
        ...others,
      },
    ],
  }
}

interface Meta {
  readonly metadata: { readonly name: string }
}

describeWithApiServer('the sweep where the webhook is told to leave Pods alone', server => {
  inItsCluster(server)
  beforeAll(async () => {
    await installCustomResources(server())
    const metadata = { name: 'agent' }
    const spec = { containers: [{ name: 'agent', image: 'agent:1' }] }
    const profile = { apiVersion: 'pillion.dev/v1alpha1', kind: 'ClusterSidecarProfile', metadata, spec }
    expect((await server().request('POST', profiles, profile)).status).toBe(201)
  })

  /** Two namespaces with two Pods each, which ask and have controllers. */
  async function missedPods(prefix: string) {
    const [free, held] = [`${prefix}-free`, `${prefix}-held`]
    await server().createNamespace(free)
    await server().createNamespace(held, { labels: { sidecars: 'no' } })
    for (const namespace of [free, held]) {
      for (const name of ['plain', 'batch']) {
        const annotations = { 'pillion.dev/inject': 'agent', tier: name }
        const pod = podFor(name, {
          annotations,
          controller: { kind: 'ReplicaSet', name: `${namespace}-${name}` },
        })
        const { metadata, ...rest } = pod as { metadata: JsonObject }
        await createPod(server(), namespace, { metadata: { ...metadata, labels: { tier: name } }, ...rest })
      }
    }
    const all = [free, held].flatMap(namespace => ['batch', 'plain'].map(name => ({ namespace, name })))
    return {
      /** The names of those that are still there. */
      async left(): Promise<readonly string[]> {
        const lists = await Promise.all(
          [free, held].map(async namespace => {
            const { body } = await server().request<{ items: Meta[] }>(
              'GET',
              `/api/v1/namespaces/${namespace}/pods`,
            )
            return body.items.map(({ metadata }) => `${namespace.slice(prefix.length + 1)}/${metadata.name}`)
          }),
        )
        return lists.flat().sort()
      },
      async events(): Promise<readonly string[]> {
        const lists = await Promise.all(
          [free, held].map(async namespace => {
            const path = `/api/v1/namespaces/${namespace}/events`
            const { body } = await server().request<{ items: { involvedObject: { name: string } }[] }>(
              'GET',
              path,
            )
            return body.items.map(
              ({ involvedObject }) => `${namespace.slice(prefix.length + 1)}/${involvedObject.name}`,
            )
          }),
        )
        return lists.flat().sort()
      },
      async end(): Promise<void> {
        for (const { namespace, name } of all)
          await server().request('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}`)
      },
    }
  }

  async function configured(more: JsonObject): Promise<void> {
    const { status, body } = await server().request('POST', configurations, configuration(more))
    expect(status, JSON.stringify(body)).toBe(201)
    onTestFinished(async () => void (await server().request('DELETE', `${configurations}/pillion`)))
  }

  it.each<{ by: string; more: JsonObject; left: readonly string[] }>([
    {
      by: 'namespace-selector',
      more: {
        namespaceSelector: { matchExpressions: [{ key: 'sidecars', operator: 'NotIn', values: ['no'] }] },
      },
      left: ['held/batch', 'held/plain'],
    },
    {
      by: 'object-selector',
      more: { objectSelector: { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['batch'] }] } },
      left: ['free/batch', 'held/batch'],
    },
    {
      by: 'match-condition',
      more: {
        matchConditions: [
          {
            name: 'not-batch',
            expression:
              "!has(object.metadata.annotations) || !('tier' in object.metadata.annotations) || object.metadata.annotations['tier'] != 'batch'",
          },
          { name: 'not-held', expression: "!request.namespace.endsWith('-held')" },
        ],
      },
      left: ['free/batch', 'held/batch', 'held/plain'],
    },
  ])('evicts and reports only those for which it is called, by $by', async ({ by, more, left }) => {
    const pods = await missedPods(by)
    onTestFinished(pods.end)
    await configured(more)
    const { lines } = await startWholeReplica(evicting)
    await until('the others are evicted', 30_000, async () => (await pods.left()).join() === left.join())
    const swept = () => lines.filter(line => line.includes('"swept"')).length
    const passes = swept()
    await until('another two passes are over', 30_000, async () => swept() >= passes + 2)
    expect(await pods.left()).toEqual(left)
    const untouched = (await pods.events()).filter(pod => left.includes(pod))
    expect(untouched).toEqual([])
  })

  it('touches no Pod of which only the API server could tell, and says so once a pass', async () => {
    const pods = await missedPods('unknown')
    onTestFinished(pods.end)
    await configured({
      matchConditions: [{ name: 'who', expression: "request.userInfo.username != 'system:someone'" }],
    })
    const { lines } = await startWholeReplica(evicting)
    const swept = () => lines.filter(line => line.includes('"swept"'))
    await until('two passes are over', 30_000, async () => swept().length >= 2)
    expect(await pods.left()).toHaveLength(4)
    expect(await pods.events()).toEqual([])
    const said = lines.filter(line => line.includes('cannot tell whether the API server calls the webhook'))
    expect(said.length).toBeGreaterThan(0)
    expect(said.length).toBeLessThanOrEqual(swept().length + 1)
  })
})

describeWithApiServer('what a replica says of Pods in its log and in Events', server => {
  inItsCluster(server)

  it('has no value that a Pod author wrote, in whatever field', async () => {
    await installCustomResources(server())
    await server().createNamespace('shop')
    const spec = {
      parameters: { level: { type: 'string', enum: ['low', 'high'] } },
      containers: [{ name: 'agent', image: 'agent:1', env: [{ name: 'LEVEL', value: '$(params.level)' }] }],
    }
    const profile = {
      apiVersion: 'pillion.dev/v1alpha1',
      kind: 'ClusterSidecarProfile',
      metadata: { name: 'agent' },
      spec,
    }
    expect((await server().request('POST', profiles, profile)).status).toBe(201)
    const replica = await startWholeReplica({ sweepIntervalMs: '1000' })
    await replica.ready()

    const canary = (field: string) => `canary-${field}`
    const container = {
      name: canary('container'),
      image: `example.org/${canary('image')}:1`,
      args: [canary('arg')],
      env: [{ name: canary('env-name'), value: canary('env-value') }],
      workingDir: `/${canary('dir')}`,
    }
    const wishes: readonly (readonly [string, Record<string, string>])[] = [
      ['unknown', { 'pillion.dev/inject': canary('profile') }],
      ['both', { 'pillion.dev/inject': `agent,${canary('profile')}` }],
      ['value', { 'pillion.dev/inject': 'agent', 'pillion.dev/agent.level': canary('parameter') }],
      [
        'stray',
        {
          'pillion.dev/inject': 'agent',
          [`pillion.dev/agent.${canary('stray')}`]: 'x',
          other: canary('other'),
        },
      ],
      ['missed', { 'pillion.dev/inject': 'agent', 'pillion.dev/agent.level': 'low' }],
      [
        'forged',
        { 'pillion.dev/inject': 'agent', 'pillion.dev/status': `{"profiles":{"${canary('status')}":{}}}` },
      ],
      ['broken', { 'pillion.dev/inject': 'agent', 'pillion.dev/status': canary('no-json') }],
    ]
    for (const [name, annotations] of wishes) {
      const metadata = { name, annotations, labels: { app: canary('label') } }
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [container] } }
      await createPod(server(), 'shop', pod)
      await replica.review({ object: pod, namespace: 'shop' })
    }
    const events = async () =>
      (await server().request<{ items: { reason: string }[] }>('GET', '/api/v1/namespaces/shop/events')).body
        .items
    await until(
      'the sweep has said what it found',
      30_000,
      async () => (await events()).length >= wishes.length,
    )
    const said = await events()
    expect(new Set(said.map(({ reason }) => reason))).toEqual(new Set(['InjectionDenied', 'InjectionMissed']))
    const swept = () => replica.lines.filter(line => line.includes('"swept"')).length
    const passes = swept()
    await until('another pass is over', 30_000, async () => swept() > passes)
    const written = [...replica.lines, await replica.metrics(), JSON.stringify(said)].join('\n')
    expect(written).toContain('pillion_injections_total')
    expect(written).not.toContain('canary')
    const key = replica.key.split('\n').filter(line => !line.startsWith('-----') && line !== '')
    expect(key.length).toBeGreaterThan(1)
    expect([...key, server().token].filter(secret => written.includes(secret))).toEqual([])
    expect(replica.lines.filter(line => line.includes('"decided"')).length).toBe(wishes.length)
  })
})
