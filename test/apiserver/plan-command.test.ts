import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { PlannedPod } from '../../src/cli/plan/planned-pods.ts'
import type { JsonObject } from '../../src/json/json.ts'
import { controllerRevision } from '../../src/profile/accept/controller-revision.ts'
import { installCustomResources } from './custom-resources.ts'
import { from } from './from.ts'
import { pillion, useKubeconfig } from './kubeconfig.ts'
import { createPod, podFor } from './pods.ts'
import { describeWithApiServer } from './suite.ts'

interface Running extends NonNullable<Parameters<typeof podFor>[1]> {
  readonly labels?: Readonly<Record<string, string>>
  /** The profile that it has got, by the name of its file. */
  readonly from?: string
}

describeWithApiServer('pillion plan', server => {
  let restore: () => Promise<void>
  let directory: string

  const profile = (container: JsonObject, rollout: JsonObject = { update: 'InPlace' }): JsonObject => ({
    apiVersion: 'pillion.dev/v1alpha1',
    kind: 'ClusterSidecarProfile',
    metadata: { name: 'logging' },
    spec: { rollout, containers: [{ name: 'logging', image: 'a:1', ...container }] },
  })

  async function file(name: string, object: object): Promise<string> {
    const path = join(directory, name)
    await writeFile(path, JSON.stringify(object))
    return path
  }

  /** A Pod with the profile, as it runs: the API server fills in its defaults. */
  /** A Pod with the profile, as it runs: the API server fills in its defaults. */
  async function run(
    namespace: string,
    name: string,
    { labels = {}, annotations = {}, from = 'v1', ...options }: Running = {},
  ) {
    const asks = { 'pillion.dev/inject': 'logging' }
    const pod = podFor(name, { ...options, annotations: asks })
    const manifest = await file('pod.json', pod)
    const given = join(directory, `${from}.json`)
    const { out } = await pillion('inject', '-f', manifest, '--profiles', given, '-o', 'json')
    const injected = JSON.parse(out) as { metadata: { annotations: object } }
    const metadata = {
      ...injected.metadata,
      labels,
      annotations: { ...injected.metadata.annotations, ...annotations },
    }
    await createPod(server(), namespace, { ...injected, metadata })
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pillion-plan-'))
    await installCustomResources(server())
    await server().createNamespace('shop')
    await server().createNamespace('quiet', { labels: { 'pillion.dev/rollout': 'disabled' } })
    restore = await useKubeconfig(server(), 'shop')
    await file('v1.json', profile({}))
    const path = '/apis/pillion.dev/v1alpha1/clustersidecarprofiles'
    const { status, body } = await server().request('POST', path, profile({}))
    expect(status, JSON.stringify(body)).toBe(201)
    for (const name of ['web-6d4f7-a', 'web-6d4f7-b'])
      await run('shop', name, {
        controller: { kind: 'ReplicaSet', name: 'web-6d4f7' },
        labels: { 'pod-template-hash': '6d4f7' },
      })
    await run('shop', 'bare')
    await run('shop', 'load-1', { controller: { kind: 'Job', name: 'load' }, restartPolicy: 'Never' })
    await run('shop', 'pinned', { annotations: { 'pillion.dev/logging.revision': '0123456789' } })
    await run('quiet', 'bare')
    await createPod(server(), 'shop', podFor('silent'))
  })
  afterAll(async () => {
    await restore()
    await rm(directory, { recursive: true })
  })

  const plan = async (next: JsonObject, ...flags: readonly string[]) =>
    pillion('plan', '-f', await file('next.json', next), ...flags)

  it('says how each Pod gets a new image', from('1.32'), async () => {
    const { code, out, err } = await plan(profile({ image: 'a:2' }))
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out.replace(/[0-9a-f]{10}/, 'REVISION')).toBe(
      [
        'clustersidecarprofile/logging, revision REVISION: 6 Pods of 5 workloads: 4 images in place, 2 when they are created again',
        '  1 Pod when they are created again: its namespace has the label pillion.dev/rollout=disabled',
        '  1 Pod when they are created again: an annotation pillion.dev/logging.revision pins it',
        '',
      ].join('\n'),
    )
  })

  it('says which Pods somebody must recreate, with the fields that cannot change', from('1.29'), async () => {
    const { out } = await plan(profile({ env: [{ name: 'A', value: 'b' }] }), '-o', 'wide')
    expect(out).toContain(': 6 Pods of 5 workloads: 4 by hand, 2 when they are created again\n')
    expect(out).toMatch(
      /^shop +deployment\/web +2 +[0-9a-f]{10} +by hand +initContainers\[logging\]\.env +initContainers\[logging\]\.env: Kubernetes does not allow this change in a Pod that runs/m,
    )
  })

  it('says which Pods are evicted with update: Recreate, and which nobody would create again', async () => {
    const next = profile({ image: 'a:2' }, { update: 'Recreate' })
    const { out } = await plan(next, '-o', 'json')
    const [{ pods }] = JSON.parse(out) as [{ pods: readonly PlannedPod[] }]
    expect(Object.fromEntries(pods.map(each => [`${each.namespace}/${each.name}`, each.outcome]))).toEqual({
      'shop/web-6d4f7-a': 'recreated',
      'shop/web-6d4f7-b': 'recreated',
      'shop/bare': 'byHand',
      'shop/load-1': 'byHand',
      'shop/pinned': 'later',
      'quiet/bare': 'later',
    })
    expect(pods.find(({ namespace, name }) => namespace === 'shop' && name === 'bare')?.because).toContain(
      'it has no controller',
    )
  })

  it('says that Pods keep what they have if spec.rollout does not say otherwise', async () => {
    const { out } = await plan(profile({ image: 'a:2' }, {}))
    expect(out).toContain(
      '6 when they are created again\n  4 Pods when they are created again: spec.rollout.update is OnCreate\n',
    )
  })

  it('says how far the first step of the rollout goes', async () => {
    const steps = [{ percent: 20 }]
    const { out } = await plan(profile({ image: 'a:2' }, { update: 'InPlace', steps }))
    expect(out).toMatch(/^ {2}first: [0-4] Pods? of [0-4] workloads?$/m)
    const podSelector = { matchLabels: { 'pod-template-hash': '6d4f7' } }
    const selected = await plan(profile({ image: 'a:2' }, { update: 'InPlace', canary: { podSelector } }))
    expect(selected.out).toContain('\n  first: 2 Pods of 1 workload\n')
  })

  it('compares the Pods with the profile in the cluster by rollout plan', async () => {
    const { code, out } = await pillion('rollout', 'plan', 'logging')
    expect(code).toBe(0)
    expect(out).toMatch(
      /^clustersidecarprofile\/logging, revision \w+: 6 Pods of 5 workloads: 6 unchanged\n$/,
    )
  })

  it('knows what a Pod of an earlier revision has, if the revision is kept', from('1.32'), async () => {
    for (const [name, image] of [
      ['kept', 'a:0'],
      ['forgotten', 'a:x'],
    ] as const) {
      await file(`${name}.json`, profile({ image }))
      await run('shop', name, { from: name })
    }
    const path = '/apis/pillion.dev/v1alpha1/clustersidecarprofiles/logging'
    const { body } = await server().request<JsonObject>('GET', path)
    const { spec } = profile({ image: 'a:0' })
    await server().createNamespace('pillion')
    const kept = controllerRevision({ ...body, spec }, { home: 'pillion', number: 1 })
    const revisions = '/apis/apps/v1/namespaces/pillion/controllerrevisions'
    expect((await server().request('POST', revisions, kept)).status).toBe(201)
    const { out } = await pillion('rollout', 'plan', 'logging', '-o', 'wide')
    expect(out).toMatch(/^shop +pod\/kept +1 +\w+ +images in place +initContainers\[logging\]\.image +-$/m)
    expect(out).toMatch(/^shop +pod\/forgotten +1 +\w+ +by hand +- +it has revision .* which is not kept/m)
  })

  it('finds no Pods of a profile that nobody has', async () => {
    const { out } = await plan({ ...profile({}), metadata: { name: 'other' } })
    expect(out).toMatch(/: no Pod that runs has the profile\n$/)
  })

  it('needs permissions, and says which', async () => {
    const { code, err } = await plan(profile({}), '--context', 'stranger')
    expect(code).toBe(2)
    expect(err).toContain('you may not list clustersidecarprofiles.pillion.dev')
  })
})
