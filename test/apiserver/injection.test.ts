import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { apply } from '../../src/engine/decide.fixture.ts'
import { decide } from '../../src/engine/decide.ts'
import { uninject } from '../../src/engine/patch/uninject.ts'
import type { Container, Pod } from '../../src/engine/pod.ts'
import { hasMinor } from '../../src/engine/render/render.ts'
import type { Json } from '../../src/json/json.ts'
import { catalogDirectory, readProfiles } from '../../src/server/profile-directory.ts'
import { askingFor, catalog, decideByCatalog } from '../catalog-asking.ts'
import type { ApiServer } from './apiserver.ts'
import { createAuthority } from './certificates.ts'
import { leavesOf, lost, podWithEveryField } from './every-field.ts'
import { kubernetesVersion } from './from.ts'
import { type Pillion, startPillion } from './pillion.ts'
import { askingPods, reasonOf } from './random-pods.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const configurations = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'

describeWithApiServer('Pillion behind a real API server', server => {
  let pillion: Pillion
  let foreign: Server | undefined

  beforeAll(async () => {
    pillion = await startPillion()
    foreign = await startForeignWebhook(server())
    await server().createNamespace('shop')
    // No webhook is called there.
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }
    await server().request('POST', '/api/v1/namespaces/kube-system/serviceaccounts', account)
    await server().createNamespace('meshed', { labels: { mesh: 'on' } })
    const { status } = await server().request('POST', configurations, await deployedConfiguration(pillion))
    expect(status).toBe(201)
    await until(
      'the webhook is called',
      10_000,
      async () => (await create(demo)).body.spec?.initContainers !== undefined,
    )
  })
  afterAll(async () => {
    foreign?.close()
    await pillion?.stop()
  })

  it("gives the seed's Pod what `pillion inject` gives it", async () => {
    const { profiles } = await readProfiles(catalogDirectory())
    const namespace = { name: 'shop', labels: {}, annotations: {} }
    const cluster = { kubernetesVersion, excludedNamespaces: new Set<string>() }
    const byEngine = apply(
      demo,
      decide({ pod: demo, namespace, operation: 'CREATE' }, profiles, cluster).patch,
    )
    const [bare, injected] = [await create(demo), await create(byEngine)]
    expect(bare).toMatchObject({ status: 201 })
    expect(comparable(bare.body)).toEqual(comparable(injected.body))
    expect(listsOf(bare.body)).toEqual(withSidecars(['main-app'], ['work-dir'], ['log-tail']))
  })

  it('gives a Pod that the API server accepts field by field', async () => {
    const { status, warnings } = await create(demo, 'shop', '?fieldValidation=Strict&dryRun=All')
    expect({ status, warnings }).toEqual({ status: 201, warnings: [] })
  })

  it('is not called for a Pod that does not ask', async () => {
    const before = await pillion.calls()
    const { body } = await create(podAsking())
    expect(names(body.spec?.containers)).toEqual(['app'])
    expect(await pillion.calls()).toEqual(before)
  })

  it('is called once for a Pod, whose sidecars mount the token as the API server would have them', async () => {
    const total = async () => [...(await pillion.calls()).values()].reduce((sum, count) => sum + count, 0)
    const before = await total()
    const { body } = await create(podAsking({ 'pillion.dev/inject': 'log-tail' }))
    expect((await total()) - before).toBe(1)
    const all = [...(body.spec?.containers ?? []), ...(body.spec?.initContainers ?? [])]
    const [app, sidecar] = ['app', 'log-tail']
      .map(wanted => all.find(({ name }) => name === wanted))
      .map(each => each?.volumeMounts?.filter(({ mountPath }) => mountPath.includes('serviceaccount')))
    expect(app).toEqual([expect.objectContaining({ name: expect.stringMatching(/^kube-api-access-/) })])
    expect(sidecar).toEqual(app)
  })

  it('tells whoever creates the Pod everything that is wrong, at once', async () => {
    const asked = { 'pillion.dev/inject': 'log-tial', 'pillion.dev/work-dir.mode': '9' }
    const { status, body } = await create(podAsking(asked))
    expect(status).toBe(403)
    expect((body as { message?: string }).message).toContain('did you mean "log-tail"?')
  })

  it('denies one bad parameter with its annotation and what is allowed', async () => {
    const asked = {
      'pillion.dev/inject': 'work-dir',
      'pillion.dev/work-dir.mode': '9',
      'pillion.dev/work-dir.fil': 'x',
    }
    const { body } = await create(podAsking(asked))
    const { message } = body as { message?: string }
    expect(message).toContain(
      'pillion.dev/work-dir.mode: "9" does not have the right form, for example "0644"',
    )
    expect(message).toContain('did you mean pillion.dev/work-dir.file?')
  })

  it('keeps a value from an annotation one string, whatever it says', async () => {
    const value = '"; rm -rf / #\n- $(HOSTNAME) {{ x }}'
    const { body } = await create(
      podAsking({ 'pillion.dev/inject': 'work-dir', 'pillion.dev/work-dir.content': value }),
    )
    const [workDir] = body.spec?.initContainers ?? []
    // The kubelet makes one dollar of two, and so leaves the text as it was.
    expect(workDir?.['args']).toEqual(['/work-dir/ready', value.replace('$(', () => '$$('), '0644'])
  })

  it('warns of a volume that it uses because the app mounts it there', async () => {
    const pod = podAsking({ 'pillion.dev/inject': 'log-tail' })
    const app = {
      ...pod.spec?.containers?.[0],
      name: 'app',
      volumeMounts: [{ name: 'data', mountPath: '/var/log/app' }],
    }
    const mounting = { ...pod, spec: { containers: [app], volumes: [{ name: 'data', emptyDir: {} }] } }
    const { body, warnings } = await create(mounting)
    expect(warnings).toEqual([expect.stringContaining('uses volume "data"')])
    expect(names(body.spec?.volumes)).not.toContain('log-tail')
  })

  it('changes nothing when it is called again on its own result', async () => {
    const { body } = await create(demo)
    const before = await pillion.calls()
    const again = await create(resubmitted(body))
    const after = await pillion.calls()
    expect(comparable(again.body)).toEqual(comparable(body))
    const unchanged = 'unchanged/Unchanged'
    expect(after.get(unchanged)).toBeGreaterThan(before.get(unchanged) ?? 0)
  })

  it('comes to rest beside a webhook that adds a container and rewrites every image', async () => {
    const { status, body } = await create(demo, 'meshed')
    expect(status).toBe(201)
    expect(listsOf(body)).toEqual(withSidecars(['mesh-proxy', 'main-app'], ['work-dir'], ['log-tail']))
    const images = [...(body.spec?.containers ?? []), ...(body.spec?.initContainers ?? [])].flatMap(
      ({ name, image }) => (['log-tail', 'work-dir'].includes(name) ? [image] : []),
    )
    expect(images).toEqual(Array(2).fill('mirror.example/busybox:1.37'))
    const event = (await server().audit()).findLast(({ objectRef }) => objectRef?.namespace === 'meshed')
    expect(event?.annotations).toMatchObject({
      'pod.inject.pillion.dev/outcome': expect.stringMatching(/injected|unchanged/),
    })
  })

  it('leaves to the audit log what it did', async () => {
    await create(demo)
    const event = (await server().audit()).findLast(({ objectRef }) => objectRef?.resource === 'pods')
    expect(event?.annotations).toMatchObject({
      'pod.inject.pillion.dev/profiles': expect.stringMatching(
        /^log-tail@[0-9a-f]{10},work-dir@[0-9a-f]{10}$/,
      ),
    })
  })

  it('knows no field of a Pod that an injection does not keep as it is', async () => {
    const everything = (await podWithEveryField(server().request)) as unknown as Pod
    const total = leavesOf(everything as unknown as Json).length
    expect(total).toBeGreaterThan(600)
    const outcomes: string[] = []
    for (const profile of catalog.all) {
      const annotations = { ...everything.metadata?.annotations, ...askingFor(profile) }
      const pod = { ...everything, metadata: { ...everything.metadata, annotations } } as Pod
      const { outcome, reason, patch } = decideByCatalog(pod, kubernetesVersion)
      outcomes.push(`${profile.name} ${outcome === 'injected' ? outcome : reason}`)
      const injected = apply(pod, patch)
      expect(lost(pod as unknown as Json, injected as unknown as Json)).toEqual([])
      expect(apply(injected, uninject(injected))).toEqual(pod)
    }
    process.stdout.write(`a Pod with all ${total} fields: ${outcomes.join(', ')}\n`)
    expect(outcomes.filter(each => each.endsWith(' injected')).length).toBeGreaterThan(5)
  })

  it('accepts random Pods after the injection if it accepted them before, and stores what was planned', async () => {
    const seen = {
      accepted: 0,
      unchanged: 0,
      denied: new Map<string, number>(),
      refused: new Map<string, number>(),
    }
    const count = (in_: Map<string, number>, key: string) => in_.set(key, (in_.get(key) ?? 0) + 1)
    const wrong: unknown[] = []
    const at = async (namespace: string, pod: Pod) => {
      const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All`
      return server().request<Pod>('POST', path, pod)
    }
    for (const pod of fc.sample(askingPods, Number(process.env['PILLION_RANDOM_PODS'] ?? 200))) {
      const before = await at('kube-system', pod)
      const { outcome, reason, patch, message } = decideByCatalog(pod, kubernetesVersion)
      if (before.status !== 201) {
        count(seen.refused, reasonOf(before.body))
        continue
      }
      const after = await at('shop', pod)
      if (after.status === 403 && outcome === 'denied' && reasonOf(after.body).includes('pillion')) {
        count(seen.denied, reason)
        continue
      }
      const planned = await at('kube-system', apply(pod, patch))
      const isRight = after.status === 201 && planned.status === 201 && outcome !== 'denied'
      if (!isRight || !isDeepStrictEqual(planOf(after.body), planOf(planned.body)))
        wrong.push({
          pod: JSON.stringify(pod),
          outcome,
          message,
          after: reasonOf(after.body),
          planned: reasonOf(planned.body),
        })
      else if (outcome === 'injected') seen.accepted++
      else seen.unchanged++
    }
    const list = (of: Map<string, number>) =>
      [...of]
        .sort(([, a], [, b]) => b - a)
        .map(([key, number]) => `${number} ${key}`)
        .join('; ')
    process.stdout.write(
      `random Pods: ${seen.accepted} injected and accepted, ${seen.unchanged} left alone, denied by Pillion: ${list(seen.denied) || 0}, refused before: ${list(seen.refused) || 0}\n`,
    )
    expect(wrong).toEqual([])
    expect(seen.accepted).toBeGreaterThan(20)
  })

  const create = (pod: Pod, namespace = 'shop', query = '?dryRun=All') =>
    server().request<Pod>('POST', `/api/v1/namespaces/${namespace}/pods${query}`, pod)
})

const demo: Pod = parse(await readFile('examples/multi-container-demo.yaml', 'utf8'))

function podAsking(annotations: Record<string, string> = {}): Pod {
  const metadata = { name: 'app', annotations }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { containers: [{ name: 'app', image: 'busybox:1.37' }] },
  }
}

function listsOf({ spec }: Pod) {
  return { containers: names(spec?.containers), initContainers: names(spec?.initContainers) }
}

/** Sidecars are native, and come first, unless the version of Kubernetes has none. */
function withSidecars(
  containers: readonly string[],
  initContainers: readonly string[],
  sidecars: readonly string[],
) {
  return hasMinor(kubernetesVersion, 29)
    ? { containers, initContainers: [...sidecars, ...initContainers] }
    : { containers: [...containers, ...sidecars], initContainers }
}

function names(items: readonly { name: string }[] = []): readonly string[] {
  return items.map(({ name }) => name)
}

/** deploy/base/webhook.yaml, with the Service replaced by an address on loopback. */
async function deployedConfiguration({ port, ca }: Pillion): Promise<object> {
  const [mutating] = parseAllDocuments(await readFile('deploy/base/webhook.yaml', 'utf8'), { merge: true })
  const configuration = mutating?.toJS() as { webhooks: object[] }
  const clientConfig = {
    url: `https://127.0.0.1:${port}/mutate`,
    caBundle: Buffer.from(ca).toString('base64'),
  }
  return { ...configuration, webhooks: configuration.webhooks.map(webhook => ({ ...webhook, clientConfig })) }
}

/** The Pod as it can be created again. */
function resubmitted({ metadata, spec, ...pod }: Pod): Pod {
  const { name, annotations = {} } = metadata ?? {}
  return { ...pod, metadata: { ...(name && { name }), annotations }, ...(spec && { spec }) }
}

/**
 * What the two ways must agree on. The ServiceAccount plugin adds its volume and mounts before the webhook
 * in one of them and after it in the other, under a random name.
 */
function comparable({ metadata, spec }: Pod): object {
  const byName = <T extends { name: string }>(items: readonly T[] = []) =>
    items
      .filter(({ name }) => !name.startsWith('kube-api-access-'))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const settled = (containers: readonly Container[] = []) =>
    containers.map(container => ({ ...container, volumeMounts: byName(container.volumeMounts) }))
  return {
    annotations: metadata?.annotations,
    ...spec,
    volumes: byName(spec?.volumes),
    initContainers: settled(spec?.initContainers),
    containers: settled(spec?.containers),
  }
}

/** The same, but for the lists that were empty: the volume and the mounts of the token are in some of them already. */
function planOf(pod: Pod): object {
  const { 'pillion.dev/status': status = '{}', ...annotations } = pod.metadata?.annotations ?? {}
  const { empty: _, ...claimed } = JSON.parse(status) as Record<string, unknown>
  return { ...comparable(pod), annotations, claimed }
}

/** A mesh as others write it: its proxy in front of the containers, and all images from a mirror. */
async function startForeignWebhook(server: ApiServer): Promise<Server> {
  const authority = await createAuthority()
  const webhook = createServer(await authority.issue(), async (request, response) => {
    const { request: asked } = (await json(request)) as { request: { uid: string; object: Pod } }
    const patch = Buffer.from(JSON.stringify(meshPatch(asked.object))).toString('base64')
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: { uid: asked.uid, allowed: true, patchType: 'JSONPatch', patch },
      }),
    )
  })
  await new Promise<void>(resolve => webhook.listen(0, '127.0.0.1', resolve))
  const { port } = webhook.address() as AddressInfo
  await server.request('POST', configurations, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    // After ours in the order of names, in which the API server calls.
    metadata: { name: 'zz-mesh' },
    webhooks: [
      {
        name: 'mesh.example.com',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        reinvocationPolicy: 'IfNeeded',
        namespaceSelector: { matchLabels: { mesh: 'on' } },
        clientConfig: {
          url: `https://127.0.0.1:${port}/`,
          caBundle: Buffer.from(authority.cert).toString('base64'),
        },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      },
    ],
  })
  return webhook
}

function meshPatch({ spec }: Pod): object[] {
  const mirror = (list: 'containers' | 'initContainers') =>
    (spec?.[list] ?? []).flatMap(({ image = '' }, i) =>
      image.startsWith('mirror.example/')
        ? []
        : [{ op: 'replace', path: `/spec/${list}/${i}/image`, value: `mirror.example/${image}` }],
    )
  const isThere = spec?.containers?.some(({ name }) => name === 'mesh-proxy')
  const proxy = {
    op: 'add',
    path: '/spec/containers/0',
    value: { name: 'mesh-proxy', image: 'mirror.example/proxy:1' },
  }
  return [...mirror('initContainers'), ...mirror('containers'), ...(isThere ? [] : [proxy])]
}
