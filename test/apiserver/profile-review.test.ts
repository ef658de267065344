import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Loopback, startOnLoopback } from '../../src/cli/demo/loopback.ts'
import type { JsonObject } from '../../src/json/json.ts'
import { installCustomResources } from './custom-resources.ts'
import { kubernetesVersion } from './from.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const clusterProfiles = '/apis/pillion.dev/v1alpha1/clustersidecarprofiles'
const ofShop = '/apis/pillion.dev/v1alpha1/namespaces/shop/sidecarprofiles'
const configurations = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'

describeWithApiServer('a profile at admission', server => {
  let directory: string
  let pillion: Loopback

  beforeAll(async () => {
    await installCustomResources(server())
    await server().createNamespace('shop')
    expect(await create(clusterProfiles, 'early', bad)).toMatchObject({ status: 201 })
    directory = await mkdtemp(join(tmpdir(), 'pillion-review-'))
    await writeFile(join(directory, 'profiles.yaml'), inUse)
    const started = await startOnLoopback({ profiles: directory, kubernetesVersion })
    if ('problems' in started) throw new Error(started.problems.join('\n'))
    pillion = started
    expect(await server().request('POST', configurations, configurationFor(pillion))).toMatchObject({
      status: 201,
    })
    await until('the webhook is called', 10_000, async () => {
      const { status } = await create(clusterProfiles, 'probe', bad, { dryRun: true })
      return status === 422
    })
  })
  afterAll(async () => {
    await pillion?.stop()
    if (directory) await rm(directory, { recursive: true })
  })

  const objectOf = (path: string, metadata: JsonObject, spec: JsonObject) => ({
    apiVersion: 'pillion.dev/v1alpha1',
    kind: path === ofShop ? 'SidecarProfile' : 'ClusterSidecarProfile',
    metadata,
    spec,
  })
  const create = (path: string, name: string, spec: JsonObject, options: { dryRun?: boolean } = {}) =>
    server().request<Answer>('POST', path, objectOf(path, { name }, spec), options)
  const tried = (path: string, name: string, spec: JsonObject) => create(path, name, spec, { dryRun: true })

  it('is stored without a word when it can work', async () => {
    const { status, warnings } = await tried(clusterProfiles, 'fine', good)
    expect({ status, warnings }).toEqual({ status: 201, warnings: [] })
  })

  it('is refused when it can never work, with everything that is wrong', async () => {
    const { status, body } = await tried(clusterProfiles, 'wrong', {
      ...bad,
      requires: [{ expression: 'pod.spec.hostNetwork +', message: 'no host network' }],
    })
    expect({ status, reason: body.reason }).toEqual({ status: 422, reason: 'Invalid' })
    const [heading, ...problems] = body.message?.split('\n') ?? []
    expect(heading).toBe(
      'admission webhook "profiles.pillion.dev" denied the request: the profile is not valid:',
    )
    expect(problems).toEqual([
      expect.stringMatching(/^- spec\.requires\[0\]\.expression: /),
      expect.stringMatching(/^- spec\.containers\[0\]\.image: /),
    ])
  })

  it('is refused when it is changed into that, and stays what it was', async () => {
    expect(await create(clusterProfiles, 'edited', good)).toMatchObject({ status: 201 })
    const path = `${clusterProfiles}/edited`
    expect(await server().request('PATCH', path, { spec: bad })).toMatchObject({ status: 422 })
    expect((await server().request<Answer>('GET', path)).body.spec).toEqual(good)
  })

  it('is stored with a warning when its name is taken', async () => {
    const { status, warnings } = await tried(ofShop, 'logging', good)
    expect({ status, warnings }).toEqual({
      status: 201,
      warnings: [
        'this profile is not accepted: metadata.name: "logging" is taken by the ClusterSidecarProfile of that name',
      ],
    })
  })

  it('is stored with a warning when it takes the name of others', async () => {
    const { status, warnings } = await tried(clusterProfiles, 'tracing', good)
    expect({ status, warnings }).toEqual({
      status: 201,
      warnings: [
        'the SidecarProfile "tracing" of shop is no longer in use: a ClusterSidecarProfile takes its name',
      ],
    })
  })

  it('is stored with a warning when its order makes a cycle with others', async () => {
    const { status, warnings } = await tried(ofShop, 'metrics', { ...good, order: { before: ['logging'] } })
    expect({ status, warnings }).toEqual({
      status: 201,
      warnings: [
        'this profile is not accepted: spec.order: makes a cycle with other profiles: logging before shop/metrics before logging',
      ],
    })
  })

  it('is deleted with a warning while Pods have it', async () => {
    expect(await create(clusterProfiles, 'used', good)).toMatchObject({ status: 201 })
    const path = `${clusterProfiles}/used`
    const status = { usedBy: { pods: 12, workloads: 3, summary: '12 Pods' } }
    await server().request('PATCH', `${path}/status`, { status })
    const answer = await server().request<Answer>('DELETE', path)
    expect({ status: answer.status, warnings: answer.warnings }).toEqual({
      status: 200,
      warnings: [
        expect.stringMatching(/^12 Pods of 3 workloads had the profile "used" at the last sweep\. /),
      ],
    })
    expect((await server().request('GET', path)).status).toBe(404)
  })

  it('can have a name that the API server makes', async () => {
    const object = objectOf(clusterProfiles, { generateName: 'made-' }, good)
    expect(await server().request('POST', clusterProfiles, object, { dryRun: true })).toMatchObject({
      status: 201,
    })
  })

  it('can be labelled and deleted although it is not valid, when it was stored before', async () => {
    const path = `${clusterProfiles}/early`
    const { status, warnings } = await server().request('PATCH', path, { metadata: { labels: { a: 'b' } } })
    expect({ status, warnings }).toEqual({
      status: 200,
      warnings: [expect.stringContaining('this profile is not accepted: spec.containers[0].image: ')],
    })
    expect(await server().request('DELETE', path)).toMatchObject({ status: 200 })
  })
})

interface Answer {
  readonly message?: string
  readonly reason?: string
  readonly spec?: JsonObject
}

const good = { containers: [{ name: 'agent', image: 'agent:1' }] }
const bad = { containers: [{ name: 'agent', image: '$(params.tag)' }] }

/** What Pods get already. */
const inUse = `
apiVersion: pillion.dev/v1alpha1
kind: ClusterSidecarProfile
metadata: { name: logging }
spec:
  order: { before: [metrics] }
  containers: [{ name: logging, image: "logging:1" }]
---
apiVersion: pillion.dev/v1alpha1
kind: SidecarProfile
metadata: { name: tracing, namespace: shop }
spec:
  containers: [{ name: tracing, image: "tracing:1" }]
`

function configurationFor({ port, ca }: Loopback) {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'pillion' },
    webhooks: [
      {
        name: 'profiles.pillion.dev',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Ignore',
        clientConfig: {
          url: `https://127.0.0.1:${port}/validate`,
          caBundle: Buffer.from(ca).toString('base64'),
        },
        rules: [
          {
            apiGroups: ['pillion.dev'],
            apiVersions: ['v1alpha1'],
            operations: ['CREATE', 'UPDATE', 'DELETE'],
            resources: ['clustersidecarprofiles', 'sidecarprofiles'],
          },
        ],
      },
    ],
  }
}
