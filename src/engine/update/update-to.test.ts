import jsonPatch from 'fast-json-patch'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../json/json.ts'
import type { Profiles } from '../../profile/accept/profiles.ts'
import {
  byName,
  cluster,
  container,
  injectInto,
  namespace,
  podAsking,
  profilesOf,
  statusIn,
} from '../decide.fixture.ts'
import { live } from '../live.fixture.ts'
import { annotation, type Pod } from '../pod.ts'
import type { PodUpdate } from './pod-update.ts'
import { updateTo } from './update-to.ts'

const resources = { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } }
const ship = container('ship', {
  args: ['--to', 'store'],
  env: [{ name: 'LEVEL', value: 'info' }],
  resources,
})
const logging = {
  volumes: [{ name: 'logs', emptyDir: {} }],
  containers: [ship],
  initContainers: [container('prepare')],
  appContainers: [
    {
      select: 'all',
      env: [{ name: 'LOGS', value: '/logs' }],
      volumeMounts: [{ name: 'logs', mountPath: '/logs' }],
    },
  ],
  pod: { labels: { logs: 'yes' }, annotations: { 'example.com/port': '9090', 'x.kubernetes.io/on': 'a' } },
}
type Spec = { readonly [field: string]: unknown }

const at = '2026-01-02T03:04:05Z'

/** A Pod with one revision of `logging`, and the way to another. */
function update(
  edit: Spec,
  {
    from = logging as Spec,
    others = {},
    asked = 'logging',
    spec = {},
    change = (pod: Pod) => pod,
    on = cluster,
  } = {},
) {
  const [before, after] = [
    profilesOf({ logging: from, ...others }),
    profilesOf({ logging: { ...from, ...edit }, ...others }),
  ]
  const pod = change(live(injectInto(podAsking(asked, spec), before, { cluster: on })))
  const result = updateIn(pod, before, after, on)
  return { pod, before, after, ...result }
}

function updateIn(pod: Pod, before: Profiles, after: Profiles, on = cluster): PodUpdate {
  const [from, to] = [before, after].map(all => all.find('logging', 'shop')!)
  return updateTo({ pod, namespace }, from!, to!, before, on, { at })
}

/** The Pod after all patches, applied strictly. */
function patched(pod: Pod, { patches }: PodUpdate): Pod {
  return patches.reduce<Pod>((current, { operations }) => {
    const copied = structuredClone(operations) as jsonPatch.Operation[]
    return jsonPatch.applyPatch(current, copied, true, false).newDocument
  }, pod)
}

const shipWith = (fields: JsonObject) => ({ containers: [{ ...ship, ...fields }] })
const withAnnotations = (annotations: JsonObject) =>
  ({ pod: { ...logging.pod, annotations } }) as unknown as Spec
const withLabels = (labels: JsonObject) => ({ pod: { ...logging.pod, labels } }) as unknown as Spec
const own = logging.pod.annotations

/** The Pod with other fields in the sidecar. */
function withShip(pod: Pod, fields: JsonObject): Pod {
  const initContainers = pod.spec?.initContainers?.map(each =>
    each.name === 'ship' ? { ...each, ...fields } : each,
  )
  return { ...pod, spec: { ...pod.spec, ...(initContainers && { initContainers }) } }
}

describe('The update of a Pod that runs', () => {
  it.each<{
    edit: string
    spec: Spec
    kind: string
    fields?: readonly string[]
    patches?: number
    restarts?: string[]
  }>([
    { edit: 'nothing', spec: {}, kind: 'none', patches: 0 },
    { edit: 'the description', spec: { description: 'Better.' }, kind: 'metadata' },
    {
      edit: 'an annotation',
      spec: withAnnotations({ ...own, 'example.com/port': '9091' }),
      kind: 'metadata',
      fields: ['annotations[example.com/port]'],
    },
    {
      edit: 'a new annotation',
      spec: withAnnotations({ ...own, 'example.com/path': '/' }),
      kind: 'metadata',
      fields: ['annotations[example.com/path]'],
    },
    {
      edit: 'an annotation that goes',
      spec: withAnnotations({ 'x.kubernetes.io/on': 'a' }),
      kind: 'metadata',
      fields: ['annotations[example.com/port]'],
    },
    {
      edit: 'an annotation of Kubernetes',
      spec: withAnnotations({ ...own, 'x.kubernetes.io/on': 'b' }),
      kind: 'metadata',
      fields: ['annotations[x.kubernetes.io/on]'],
    },
    {
      edit: 'a label',
      spec: withLabels({ logs: 'no' }),
      kind: 'metadata',
      fields: ['labels[logs]'],
    },
    {
      edit: 'the image',
      spec: shipWith({ image: 'example/ship:2' }),
      kind: 'images',
      fields: ['initContainers[ship].image'],
      restarts: ['ship'],
    },
    {
      edit: 'CPU',
      spec: shipWith({ resources: { ...resources, requests: { cpu: '200m', memory: '64Mi' } } }),
      kind: 'resources',
      fields: ['initContainers[ship].resources.requests.cpu'],
      patches: 2,
    },
    {
      edit: 'memory, request and limit',
      spec: shipWith({
        resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '256Mi' } },
      }),
      kind: 'resources',
      fields: [
        'initContainers[ship].resources.requests.memory',
        'initContainers[ship].resources.limits.memory',
      ],
      patches: 2,
    },
    {
      edit: 'CPU and image',
      spec: shipWith({
        image: 'example/ship:2',
        resources: { ...resources, requests: { cpu: '200m', memory: '64Mi' } },
      }),
      kind: 'images',
      fields: ['initContainers[ship].image', 'initContainers[ship].resources.requests.cpu'],
      patches: 2,
      restarts: ['ship'],
    },
    {
      edit: 'the same amounts in other words',
      spec: shipWith({
        resources: { requests: { cpu: '0.1', memory: '65536Ki' }, limits: { memory: '128Mi' } },
      }),
      kind: 'metadata',
    },
    {
      edit: 'a default of the API server, written out',
      spec: shipWith({ terminationMessagePath: '/dev/termination-log', imagePullPolicy: 'IfNotPresent' }),
      kind: 'metadata',
    },
  ])('$kind: $edit', ({ spec, kind, fields = [], patches = 1, restarts = [] }) => {
    const found = update(spec)
    expect(found).toMatchObject({ profile: 'logging', kind, fields, restarts })
    expect(found).not.toHaveProperty('because')
    expect(found.patches).toHaveLength(patches)
  })

  it.each<{ edit: string; spec: Spec; fields: readonly string[]; because?: RegExp }>([
    { edit: 'env', spec: shipWith({ env: [] }), fields: ['initContainers[ship].env'] },
    {
      edit: 'env and image',
      spec: shipWith({ env: [], image: 'example/ship:2' }),
      fields: ['initContainers[ship].image', 'initContainers[ship].env'],
    },
    { edit: 'args', spec: shipWith({ args: [] }), fields: ['initContainers[ship].args'] },
    {
      edit: 'a port',
      spec: shipWith({ ports: [{ containerPort: 1 }] }),
      fields: ['initContainers[ship].ports'],
    },
    {
      edit: 'a probe',
      spec: shipWith({ startupProbe: { exec: { command: ['true'] } } }),
      fields: ['initContainers[ship].startupProbe'],
    },
    {
      edit: 'the pull policy',
      spec: shipWith({ imagePullPolicy: 'Always' }),
      fields: ['initContainers[ship].imagePullPolicy'],
    },
    { edit: 'a container that goes', spec: { initContainers: [] }, fields: ['initContainers[prepare]'] },
    {
      edit: 'a new container',
      spec: { containers: [ship, container('more')] },
      fields: ['initContainers[more]'],
    },
    {
      edit: 'the order of containers',
      spec: { containers: [{ ...ship, order: { after: ['last-of-app'] } }] },
      fields: ['initContainers'],
      because: /order/,
    },
    {
      edit: 'the image of an init container that has run',
      spec: { initContainers: [container('prepare', { image: 'example/prepare:2' })] },
      fields: ['initContainers[prepare].image'],
      because: /runs once/,
    },
    {
      edit: 'a limit that is new',
      spec: shipWith({ resources: { ...resources, limits: { memory: '128Mi', cpu: '1' } } }),
      fields: ['initContainers[ship].resources.limits.cpu'],
      because: /could not be removed again/,
    },
    {
      edit: 'a request that goes',
      spec: shipWith({ resources: { ...resources, requests: { memory: '64Mi' } } }),
      fields: ['initContainers[ship].resources.requests.cpu'],
      because: /removes no request/,
    },
    {
      edit: 'another resource',
      spec: shipWith({
        resources: { ...resources, requests: { ...resources.requests, 'ephemeral-storage': '1Gi' } },
      }),
      fields: ['initContainers[ship].resources.requests.ephemeral-storage'],
    },
    {
      edit: 'a volume',
      spec: { volumes: [{ name: 'logs', hostPath: { path: '/' } }] } as Spec,
      fields: ['volumes[logs]'],
    },
    {
      edit: 'a variable of the app',
      spec: { appContainers: [{ ...logging.appContainers[0]!, env: [{ name: 'LOGS', value: '/other' }] }] },
      fields: ['containers[app].env[LOGS]'],
    },
    {
      edit: 'a field of the Pod',
      spec: { pod: { ...logging.pod, runtimeClassName: 'gvisor' } } as Spec,
      fields: ['runtimeClassName'],
    },
    {
      edit: 'a new label',
      spec: withLabels({ logs: 'yes', more: 'yes' }),
      fields: ['labels[more]'],
      because: /cannot be added/,
    },
    {
      edit: 'a label that goes',
      spec: withLabels({}),
      fields: ['labels[logs]'],
      because: /cannot be removed/,
    },
    {
      edit: 'a new annotation of Kubernetes',
      spec: withAnnotations({ ...own, 'k8s.io/a': 'b' }),
      fields: ['annotations[k8s.io/a]'],
      because: /cannot be added/,
    },
    {
      edit: 'an annotation of Kubernetes that goes',
      spec: withAnnotations({ 'example.com/port': '9090' }),
      fields: ['annotations[x.kubernetes.io/on]'],
      because: /cannot be removed/,
    },
    {
      edit: 'the lifecycle',
      spec: { lifecycle: 'regular' },
      fields: ['initContainers[ship]', 'containers[ship]'],
    },
  ])('recreate: $edit', ({ spec, fields, because = /./ }) => {
    const podSpec = { initContainers: [container('last-of-app', { restartPolicy: 'Always' })] }
    const found = update(spec, { spec: podSpec })
    expect(found).toMatchObject({ kind: 'recreate', fields, patches: [], restarts: [] })
    expect(found.because).toMatch(because)
    expect(found.isDenied).toBeUndefined()
  })

  it('leaves a request below a limit that others gave', () => {
    const limited = (pod: Pod) =>
      withShip(pod, { resources: { ...resources, limits: { memory: '128Mi', cpu: '150m' } } })
    const cpu = (amount: string) =>
      shipWith({ resources: { ...resources, requests: { cpu: amount, memory: '64Mi' } } })
    expect(update(cpu('150m'), { change: limited }).kind).toBe('resources')
    expect(update(cpu('200m'), { change: limited })).toMatchObject({
      kind: 'recreate',
      because: expect.stringMatching(/request would be more than the limit/),
    })
  })

  it('gives regular sidecars a new image, too', () => {
    const from = { ...logging, lifecycle: 'regular' }
    const found = update(shipWith({ image: 'example/ship:2' }), { from })
    expect(found).toMatchObject({ kind: 'images', fields: ['containers[ship].image'], restarts: ['ship'] })
    expect(byName(patched(found.pod, found).spec?.containers, 'ship')?.image).toBe('example/ship:2')
  })

  it('tests everything that it replaces, resizes first, and writes the status last', () => {
    const { pod, before, after, patches } = update(
      shipWith({
        image: 'example/ship:2',
        resources: { ...resources, requests: { cpu: '1', memory: '64Mi' } },
      }),
    )
    const status = pod.metadata?.annotations?.[annotation.status]
    const [from, to] = [before, after].map(all => all.find('logging', 'shop')!.revision)
    const same = [
      { op: 'test', path: '/metadata/uid', value: '0b6f' },
      { op: 'test', path: '/metadata/annotations/pillion.dev~1status', value: status },
    ]
    const name = { op: 'test', path: '/spec/initContainers/0/name', value: 'ship' }
    const claims = (statusIn(pod) as { profiles: { logging: Json } }).profiles
    const written = {
      profiles: {
        logging: {
          ...(claims.logging as JsonObject),
          revision: to,
          updated: { from, at, restarts: ['ship'] },
        },
      },
    }
    expect(patches).toEqual([
      {
        subresource: 'resize',
        operations: [
          ...same,
          name,
          { op: 'test', path: '/spec/initContainers/0/resources/requests/cpu', value: '100m' },
          { op: 'replace', path: '/spec/initContainers/0/resources/requests/cpu', value: '1' },
        ],
      },
      {
        operations: [
          ...same,
          name,
          { op: 'test', path: '/spec/initContainers/0/image', value: 'example/ship:1' },
          { op: 'replace', path: '/spec/initContainers/0/image', value: 'example/ship:2' },
          { op: 'replace', path: same[1]!.path, value: expect.any(String) },
        ],
      },
    ])
    const last = patches.at(-1)?.operations.at(-1) as { value: string }
    expect(JSON.parse(last.value)).toEqual({ ...(statusIn(pod) as object), ...written })
  })
})
