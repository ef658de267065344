import { expect, it } from 'vitest'
import { cluster as anyCluster, injectInto, profilesOf } from '../../src/engine/decide.fixture.ts'
import type { Pod } from '../../src/engine/pod.ts'
import { hasMinor } from '../../src/engine/render/render.ts'
import {
  asking,
  inPlace,
  logging,
  recreated,
  resources,
  type Spec,
  ship,
} from '../../src/engine/update/edits.fixture.ts'
import type { PodUpdate } from '../../src/engine/update/pod-update.ts'
import { updateTo } from '../../src/engine/update/update-to.ts'
import type { JsonObject } from '../../src/json/json.ts'
import type { Profiles } from '../../src/profile/accept/profiles.ts'
import type { ApiServer } from './apiserver.ts'
import { from, kubernetesVersion } from './from.ts'

const cluster = { ...anyCluster, kubernetesVersion }
const pods = '/api/v1/namespaces/default/pods'
const namespace = { name: 'default', labels: {}, annotations: {} }
const at = '2026-01-02T03:04:05Z'

/** Without the mount of a token, whose name is another one in each Pod. */
const author = withSpec(asking, { automountServiceAccountToken: false })

/** The tests of the update of a Pod that an API server stores. No kubelet runs it, and the API server asks for none. */
export function judgesUpdates(server: () => ApiServer): void {
  let count = 0
  const create = async (pod: Pod) => {
    const metadata = { ...pod.metadata, name: `update-${++count}` }
    const { status, body } = await server().request<Pod>('POST', pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      ...pod,
      metadata,
    })
    expect(status, JSON.stringify(body)).toBe(201)
    return body
  }
  const pathOf = ({ metadata }: Pod, subresource?: string) =>
    `${pods}/${metadata?.name}${subresource === undefined ? '' : `/${subresource}`}`
  /** A Pod that is stored with one revision, and its way to another. */
  const prepared = async (edit: Spec, from: Spec = logging, pod = author) => {
    const [before, after] = [from, { ...from, ...edit }].map(spec => profilesOf({ logging: spec }))
    const stored = await create(injectInto(pod, before!, { namespace }))
    return { pod: stored, before: before!, after: after!, update: way(stored, before!, after!) }
  }
  const way = (pod: Pod, before: Profiles, after: Profiles) =>
    updateTo({ pod, namespace }, before.all[0]!, after.all[0]!, before, cluster, { at })
  const apply = async (pod: Pod, { patches }: PodUpdate) => {
    for (const { subresource, operations } of patches) {
      const contentType = 'application/json-patch+json'
      const { status, body } = await server().request('PATCH', pathOf(pod, subresource), operations, {
        contentType,
      })
      expect(status, JSON.stringify(body)).toBe(200)
    }
    return (await server().request<Pod>('GET', pathOf(pod))).body
  }
  /** Whether the API server takes the Pod as the other revision gives it, as a whole or by `resize`. */
  const takes = async (pod: Pod, given: Pod) => {
    const { metadata = {}, spec = {} } = pod
    const whole = {
      ...pod,
      metadata: { ...metadata, labels: given.metadata?.labels, annotations: given.metadata?.annotations },
      spec: { ...spec, ...given.spec },
    }
    const answers = []
    for (const path of [pathOf(pod), pathOf(pod, 'resize')])
      answers.push(await server().request<Pod>('PUT', path, whole, { dryRun: true }))
    const isResized = (resized: Pod) =>
      JSON.stringify(resized.spec?.initContainers) !== JSON.stringify(spec.initContainers)
    return answers[0]!.status === 200 || (answers[1]!.status === 200 && isResized(answers[1]!.body))
  }

  it.each(inPlace.filter(isThere))('takes, and undoes: $edit', takesAndUndoes)
  it.each(inPlace.filter(each => !isThere(each)))('recreates a Pod for: $edit', async ({ spec }) => {
    expect((await prepared(spec)).update.kind).toBe('recreate')
  })

  async function takesAndUndoes({ spec, kind }: (typeof inPlace)[number]): Promise<void> {
    const { pod, before, after, update } = await prepared(spec)
    expect(update.kind).toBe(kind)
    const updated = await apply(pod, update)
    expect(way(updated, before, after)).toMatchObject({ kind: 'none', patches: [] })
    const given = await create(injectInto(author, after, { namespace }))
    expect(injectedIn(updated)).toEqual(injectedIn(given))
    const undone = await apply(updated, way(updated, after, before))
    expect(injectedIn(undone)).toEqual(injectedIn(pod))
  }

  it('undoes the first request of an update, if it refuses the second', async () => {
    const { pod, update } = await prepared({
      containers: [
        {
          ...ship,
          image: 'example/ship:2',
          resources: { ...resources, requests: { cpu: '0.2', memory: '64Mi' } },
        },
      ],
    })
    const [resize] = update.patches
    const half = await apply(pod, { ...update, patches: [resize!] })
    expect(injectedIn(half)).not.toEqual(injectedIn(pod))
    expect(injectedIn(await apply(half, { ...update, patches: [update.undo!] }))).toEqual(injectedIn(pod))
  })

  it.each(recreated)('does not take: $edit', async ({ spec, isTaken }) => {
    const { pod, after } = await prepared(spec)
    expect(await takes(pod, injectInto(author, after, { namespace }))).toBe(isTaken !== undefined)
  })

  const equalAmounts = { cpu: '100m', memory: '64Mi' }
  const guaranteed = withSpec(author, {
    initContainers: [],
    containers: [{ name: 'app', image: 'example/app:1', resources: { limits: { cpu: '1', memory: '1Gi' } } }],
  })
  const sidecarOf = (limits: JsonObject, requests = limits) => ({
    containers: [{ ...ship, resources: { requests, limits } }],
  })
  const cpu = (amount: string) => ({ ...resources, requests: { cpu: amount, memory: '64Mi' } })

  const cases: readonly Case[] = [
    {
      what: 'a Pod of the QoS class Guaranteed, which stays so',
      from: sidecarOf(equalAmounts),
      edit: sidecarOf({ cpu: '200m', memory: '64Mi' }),
      pod: guaranteed,
      isTaken: true,
    },
    {
      what: 'a Pod of the QoS class Guaranteed, which would be Burstable',
      from: sidecarOf(equalAmounts),
      edit: sidecarOf(equalAmounts, { cpu: '50m', memory: '64Mi' }),
      pod: guaranteed,
    },
    {
      what: 'a Pod of the QoS class Burstable, which would be Guaranteed',
      from: sidecarOf(equalAmounts, { cpu: '50m', memory: '64Mi' }),
      edit: sidecarOf(equalAmounts),
      pod: guaranteed,
    },
    { what: 'a Pod for Windows', pod: withSpec(author, { os: { name: 'windows' } }) },
    {
      what: 'a Pod with resources of its own',
      since: 34,
      pod: withSpec(author, { resources: { requests: { cpu: '4', memory: '1Gi' } } }),
      isTaken: hasMinor(kubernetesVersion, 36),
      isRecreated: true,
    },
    {
      what: 'a container with resource claims',
      since: 34,
      from: { containers: [{ ...ship, resources: { ...resources, claims: [{ name: 'gpu' }] } }] },
      edit: { containers: [{ ...ship, resources: { ...cpu('200m'), claims: [{ name: 'gpu' }] } }] },
      pod: withSpec(author, { resourceClaims: [{ name: 'gpu', resourceClaimName: 'gpu' }] }),
      isTaken: hasMinor(kubernetesVersion, 37),
    },
    {
      what: 'a Pod with less memory than before',
      edit: sidecarOf({ memory: '96Mi' }, resources.requests),
      isTaken: hasMinor(kubernetesVersion, 34),
    },
  ]
  it.each(cases.filter(({ since }) => since === undefined))('resizes, and does not: $what', judgesResize)
  it.each(cases.filter(({ since }) => since === 34))(
    'resizes, and does not: $what',
    from('1.34'),
    judgesResize,
  )

  async function judgesResize({ isTaken = false, isRecreated = !isTaken, ...more }: Case): Promise<void> {
    const { pod, edit = { containers: [{ ...ship, resources: cpu('200m') }] } } = more
    const before = { ...logging, initContainers: [], ...more.from }
    const { update, after, ...stored } = await prepared(edit, before, pod)
    // Pillion may recreate a Pod that the API server would change.
    expect(update.kind).toBe(isRecreated ? 'recreate' : 'resources')
    expect(await takes(stored.pod, injectInto(pod ?? author, after, { namespace }))).toBe(isTaken)
  }
}

interface Case {
  readonly what: string
  /** The first minor version that has the fields of the Pod: an older one drops them. */
  readonly since?: 34
  readonly from?: Spec
  readonly edit?: Spec
  readonly pod?: Pod
  readonly isTaken?: boolean
  readonly isRecreated?: boolean
}

function isThere({ since = 33 }: { readonly since?: number }): boolean {
  return hasMinor(kubernetesVersion, since)
}

function withSpec(pod: Pod, spec: JsonObject): Pod {
  return { ...pod, spec: { ...pod.spec, ...spec } }
}

/** Everything of a stored Pod that a profile can change, without the status. */
function injectedIn({ metadata = {}, spec = {} }: Pod) {
  const { 'pillion.dev/status': _, ...annotations } = metadata.annotations ?? {}
  return { spec, annotations, labels: metadata.labels }
}
