import jsonPatch from 'fast-json-patch'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
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
  withStatus,
} from '../decide.fixture.ts'
import { live } from '../live.fixture.ts'
import { annotation, type Pod } from '../pod.ts'
import { asking, inPlace, logging, recreated, resources, type Spec, ship, shipWith } from './edits.fixture.ts'
import type { PodUpdate } from './pod-update.ts'
import { updateTo } from './update-to.ts'

const at = '2026-01-02T03:04:05Z'

/** A Pod with one revision of `logging`, and the way to another. */
function update(
  edit: Spec,
  { from = logging as Spec, others = {}, author = asking, change = (pod: Pod) => pod, on = cluster } = {},
) {
  const [before, after] = [
    profilesOf({ logging: from, ...others }),
    profilesOf({ logging: { ...from, ...edit }, ...others }),
  ]
  const pod = change(live(injectInto(author, before, { cluster: on })))
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

/** The Pod with other fields in the sidecar. */
function withShip(pod: Pod, fields: JsonObject): Pod {
  const initContainers = pod.spec?.initContainers?.map(each =>
    each.name === 'ship' ? { ...each, ...fields } : each,
  )
  return { ...pod, spec: { ...pod.spec, ...(initContainers && { initContainers }) } }
}

describe('The update of a Pod that runs', () => {
  it.each(inPlace)('$kind: $edit', ({ spec, kind, fields, restarts = [] }) => {
    const found = update(spec)
    expect(found).toMatchObject({ profile: 'logging', kind, fields, restarts })
    expect(found).not.toHaveProperty('because')
    const isResized = fields.some(field => field.includes('.resources.'))
    expect(found.patches.map(({ subresource = 'pod' }) => subresource)).toEqual(
      kind === 'none' ? [] : isResized ? ['resize', 'pod'] : ['pod'],
    )
  })

  it.each(recreated)('recreate: $edit', ({ spec, fields, because = /./ }) => {
    const found = update(spec)
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

  it.each<{ what: string; edit: Spec; from?: Spec; field: string; because: RegExp }>([
    {
      what: 'resource claims',
      edit: shipWith({ resources: { ...resources, claims: [{ name: 'gpu' }] } }),
      field: 'initContainers[ship].resources.claims',
      because: /^initContainers\[ship\]\.resources\.claims: Kubernetes does not allow this change/,
    },
    {
      what: 'CPU of an init container that has run',
      from: { ...logging, initContainers: [container('prepare', { resources })] },
      edit: {
        initContainers: [
          container('prepare', { resources: { ...resources, requests: { cpu: '1', memory: '64Mi' } } }),
        ],
      },
      field: 'initContainers[prepare].resources.requests.cpu',
      because: /an init container runs once/,
    },
    {
      what: 'a pull policy, though the API server may replace it',
      from: { ...logging, ...shipWith({ imagePullPolicy: 'Always' }) },
      edit: shipWith({ imagePullPolicy: 'Never' }),
      field: 'initContainers[ship].imagePullPolicy',
      because: /^initContainers\[ship\]\.imagePullPolicy: Kubernetes does not allow this change/,
    },
  ])('recreates a Pod for $what', ({ edit, from = logging, field, because }) => {
    expect(update(edit, { from })).toMatchObject({
      kind: 'recreate',
      fields: [field],
      because: expect.stringMatching(because),
    })
  })

  it('needs nothing for an amount that others gave already', () => {
    const limits = { memory: '128Mi', cpu: '1' }
    const limited = (pod: Pod) => withShip(pod, { resources: { ...resources, limits } })
    const edit = shipWith({ resources: { ...resources, limits: { memory: '128Mi', cpu: '1000m' } } })
    expect(update(edit, { change: limited })).toMatchObject({ kind: 'metadata', fields: [] })
    const unrequested = (pod: Pod) => withShip(pod, { resources: { requests: { memory: '64Mi' } } })
    const less = shipWith({ resources: { ...resources, requests: { memory: '64Mi' } } })
    expect(update(less, { change: unrequested })).toMatchObject({ kind: 'metadata', fields: [] })
  })

  it('leaves a request that somebody changed by hand, and completes one that has the new amount', () => {
    const cpu = (amount: string) => ({ ...resources, requests: { cpu: amount, memory: '64Mi' } })
    const byHand = (amount: string) => (pod: Pod) => withShip(pod, { resources: cpu(amount) })
    const edit = shipWith({ resources: cpu('200m') })
    expect(update(edit, { change: byHand('150m') })).toMatchObject({
      kind: 'recreate',
      because: expect.stringMatching(/resources\.requests\.cpu: it is not what revision [0-9a-f]+ gave/),
    })
    expect(update(edit, { change: byHand('0.2') })).toMatchObject({ kind: 'metadata', fields: [] })
  })

  it('leaves an annotation or a label that somebody changed by hand, and completes one that has the new value', () => {
    const withPort = (port?: string) => (pod: Pod) => {
      const { 'example.com/port': _, ...others } = pod.metadata?.annotations ?? {}
      const annotations = { ...others, ...(port !== undefined && { 'example.com/port': port }) }
      return { ...pod, metadata: { ...pod.metadata, annotations } }
    }
    const own = logging.pod.annotations
    const edit = { pod: { ...logging.pod, annotations: { ...own, 'example.com/port': '9091' } } } as Spec
    const because = expect.stringMatching(
      /^annotations\[example\.com\/port\]: it is not what revision .* gave/,
    )
    expect(update(edit, { change: withPort('80') })).toMatchObject({ kind: 'recreate', because })
    expect(update(edit, { change: withPort() })).toMatchObject({ kind: 'recreate', because })
    const done = update(edit, { change: withPort('9091') })
    expect(done.kind).toBe('metadata')
    expect(patched(done.pod, done).metadata?.annotations?.['example.com/port']).toBe('9091')
    const unlabelled = ({ metadata: { labels: _, ...metadata } = {}, ...pod }: Pod): Pod => ({
      ...pod,
      metadata,
    })
    const label = { pod: { ...logging.pod, labels: { logs: 'no' } } } as Spec
    expect(update(label, { change: unlabelled })).toMatchObject({
      kind: 'recreate',
      because: expect.stringMatching(/^labels\[logs\]: it is not what/),
    })
  })

  it('lists the first annotation of a profile in the status, and no list for labels', () => {
    const bare = { containers: [ship] }
    const edit = { pod: { annotations: { 'example.com/a': 'b' } } }
    const found = update(edit, { from: bare })
    const { profiles } = statusIn(patched(found.pod, found)) as { profiles: { logging: JsonObject } }
    expect(profiles.logging).toMatchObject({ annotations: ['example.com/a'] })
    expect(profiles.logging).not.toHaveProperty('labels')
  })

  it('tests the annotations that it replaces, and names in the status those that it leaves', () => {
    const edit = {
      pod: { ...logging.pod, annotations: { 'x.kubernetes.io/on': 'b', 'example.com/new': 'c' } },
    }
    const found = update(edit as Spec)
    const [port, on, added] = ['example.com~1port', 'x.kubernetes.io~1on', 'example.com~1new'].map(
      key => `/metadata/annotations/${key}`,
    )
    expect(found.patches.flatMap(({ operations }) => operations).slice(2, -1)).toEqual([
      { op: 'test', path: port, value: '9090' },
      { op: 'remove', path: port },
      { op: 'test', path: on, value: 'a' },
      { op: 'add', path: on, value: 'b' },
      { op: 'add', path: added, value: 'c' },
    ])
    expect(statusIn(patched(found.pod, found))).toMatchObject({
      profiles: { logging: { annotations: ['x.kubernetes.io/on', 'example.com/new'], labels: ['logs'] } },
    })
  })

  it('gives regular sidecars a new image, too', () => {
    const from = { ...logging, lifecycle: 'regular' }
    const found = update(shipWith({ image: 'example/ship:2' }), { from })
    expect(found).toMatchObject({ kind: 'images', fields: ['containers[ship].image'], restarts: ['ship'] })
    expect(byName(patched(found.pod, found).spec?.containers, 'ship')?.image).toBe('example/ship:2')
    const author = podAsking('logging')
    const cpu = {
      containers: [{ ...ship, resources: { ...resources, requests: { cpu: '1', memory: '64Mi' } } }],
    }
    const only = { lifecycle: 'regular', containers: [ship] }
    expect(update(cpu, { from: only, author })).toMatchObject({
      kind: 'resources',
      fields: ['containers[ship].resources.requests.cpu'],
    })
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

  it('leaves a Pod whose sidecar somebody changed by hand', () => {
    const edit = shipWith({ image: 'example/ship:2' })
    const byHand = (pod: Pod) => withShip(pod, { image: 'example/ship:hand' })
    expect(update(edit, { change: byHand })).toMatchObject({
      kind: 'recreate',
      because: expect.stringMatching(/initContainers\[ship\]\.image: it is not what revision .* gave/),
      patches: [],
    })
  })

  it('goes on with an update that ended between its two requests', () => {
    const cpu = { ...resources, requests: { cpu: '1', memory: '64Mi' } }
    const first = update(shipWith({ image: 'example/ship:2', resources: cpu }))
    const half = patched(first.pod, { ...first, patches: first.patches.slice(0, 1) })
    const rest = updateIn(half, first.before, first.after)
    expect(rest).toMatchObject({ kind: 'images', fields: ['initContainers[ship].image'], restarts: ['ship'] })
    expect(rest.patches).toHaveLength(1)
    expect(patched(half, rest)).toEqual(patched(first.pod, first))
    // If the API server refuses the rest, what came before goes back, by the first look as by the second.
    for (const { undo } of [first, rest])
      expect(patched(half, { ...rest, patches: [undo!] })).toEqual(first.pod)
    expect(update(shipWith({ image: 'example/ship:2' }))).not.toHaveProperty('undo')
  })

  it('names the containers that a resize restarts', () => {
    const resizePolicy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }]
    const from = { ...logging, containers: [{ ...ship, resizePolicy }] }
    const edit = (requests: JsonObject) => ({
      containers: [{ ...ship, resizePolicy, resources: { ...resources, requests } }],
    })
    expect(update(edit({ cpu: '1', memory: '64Mi' }), { from }).restarts).toEqual([])
    expect(update(edit({ cpu: '100m', memory: '96Mi' }), { from }).restarts).toEqual(['ship'])
  })

  const withClaims = (pod: Pod) => withShip(pod, { resources: { ...resources, claims: [{ name: 'gpu' }] } })

  it.each<{ what: string; kubernetesVersion: string; edit: JsonObject; change?: (pod: Pod) => Pod }>([
    { what: 'images of native sidecars', kubernetesVersion: '1.31', edit: { image: 'example/ship:2' } },
    {
      what: 'CPU',
      kubernetesVersion: '1.32',
      edit: { resources: { ...resources, requests: { cpu: '1', memory: '64Mi' } } },
    },
    {
      what: 'memory limits',
      kubernetesVersion: '1.33',
      edit: { resources: { ...resources, limits: { memory: '256Mi' } } },
    },
    {
      what: 'CPU of a container with resource claims',
      kubernetesVersion: '1.36',
      edit: { resources: { ...resources, requests: { cpu: '1', memory: '64Mi' } } },
      change: withClaims,
    },
  ])(
    'leaves $what on Kubernetes $kubernetesVersion, and not on the next one',
    ({ kubernetesVersion, edit, change }) => {
      const next = kubernetesVersion.replace(/\d+$/, minor => String(Number(minor) + 1))
      const on = (version: string) =>
        update(shipWith(edit), { on: { ...cluster, kubernetesVersion: version }, ...(change && { change }) })
      expect(on(kubernetesVersion)).toMatchObject({
        kind: 'recreate',
        because: expect.stringContaining(
          `Kubernetes ${kubernetesVersion === '1.33' ? '1.33' : next.replace(/^v/, '')}`,
        ),
      })
      expect(on(next).kind).not.toBe('recreate')
    },
  )

  it.each<{ what: string; spec?: JsonObject; change?: (pod: Pod) => Pod; because: RegExp }>([
    { what: 'for Windows', spec: { os: { name: 'windows' } }, because: /Windows/ },
    {
      what: 'with resources of its own',
      spec: { resources: { requests: { cpu: '4', memory: '1Gi' } } },
      because: /resources of its own/,
    },
    {
      what: 'whose sidecar has resource claims',
      change: withClaims,
      because: /resource claims/,
    },
    {
      what: 'whose QoS class would change',
      change: pod => ({ ...pod, status: { qosClass: 'Guaranteed' } }),
      because: /QoS class of the Pod would change from Guaranteed to Burstable/,
    },
  ])('does not resize a Pod $what', ({ spec = {}, change, because }) => {
    const author = { ...asking, spec: { ...asking.spec, ...spec } } as Pod
    const edit = shipWith({ resources: { ...resources, requests: { cpu: '200m', memory: '64Mi' } } })
    expect(update(edit, { author, ...(change && { change }) })).toMatchObject({
      kind: 'recreate',
      fields: ['initContainers[ship].resources.requests.cpu'],
      because: expect.stringMatching(because),
    })
  })
})

describe('A Pod with several profiles', () => {
  const others = {
    metrics: { containers: [container('scrape')], pod: { annotations: { 'example.com/scrape': 'yes' } } },
    reading: {
      volumes: [{ name: 'logs', emptyDir: {} }],
      containers: [container('tail', { volumeMounts: [{ name: 'logs', mountPath: '/in' }] })],
    },
  }

  it('keeps everything that the others give', () => {
    const author = podAsking('metrics,logging')
    const found = update(shipWith({ image: 'example/ship:2' }), { author, others })
    expect(found.kind).toBe('images')
    const after = patched(found.pod, found)
    const [had, has] = [found.pod, after].map(
      pod => (statusIn(pod) as { profiles: JsonObject }).profiles['metrics'],
    )
    expect(has).toEqual(had)
    const untouched = (pod: Pod) => pod.spec?.initContainers?.filter(({ name }) => name !== 'ship')
    expect(untouched(after)).toEqual(untouched(found.pod))
  })

  it('is not changed where the status names the container or the annotation for another one', () => {
    const author = podAsking('metrics,logging')
    const claimedByMetrics = (pod: Pod) => {
      const { profiles } = statusIn(pod) as { profiles: { logging: JsonObject; metrics: JsonObject } }
      const { logging: own, metrics } = profiles
      return withStatus(pod, {
        profiles: {
          logging: { ...own, initContainers: [], annotations: [] },
          metrics: { ...metrics, initContainers: ['scrape', 'ship'], annotations: ['example.com/port'] },
        },
      })
    }
    const because = /: the status of the Pod does not name it$/
    expect(update(shipWith({ args: [] }), { author, others, change: claimedByMetrics })).toMatchObject({
      kind: 'recreate',
      fields: ['initContainers[ship]'],
      because: expect.stringMatching(because),
    })
    const edit = {
      pod: { ...logging.pod, annotations: { ...logging.pod.annotations, 'example.com/port': '1' } },
    }
    expect(update(edit, { author, others, change: claimedByMetrics })).toMatchObject({
      kind: 'recreate',
      fields: ['annotations[example.com/port]'],
      because: expect.stringMatching(because),
    })
  })

  it('is compared without others that are gone, and with the newest revision of others whose own is not kept', () => {
    const edit = shipWith({ image: 'example/ship:2' })
    const author = podAsking('metrics, logging, not-injected')
    const { pod } = update(edit, { author, others: { ...others, 'not-injected': others.reading } })
    const metrics = { ...others.metrics, description: 'Newer.' }
    for (const now of [{}, { metrics }] as Spec[]) {
      const [before, after] = [logging, { ...logging, ...edit }].map(spec =>
        profilesOf({ logging: spec, ...now }),
      )
      expect(updateIn(pod, before!, after!)).toMatchObject({ kind: 'images' })
    }
  })

  it('is recreated for what another profile gives, too', () => {
    const author = podAsking('reading,logging')
    expect(update({ volumes: [], appContainers: [] }, { author, others })).toMatchObject({
      kind: 'recreate',
      because: expect.stringMatching(/Kubernetes does not allow/),
    })
    const shared = update({ volumes: [{ name: 'logs', emptyDir: { medium: 'Memory' } }] }, { author, others })
    expect(shared).toMatchObject({
      kind: 'recreate',
      isDenied: true,
      because: expect.stringMatching(/volume "logs"/),
    })
  })

  it.each<{ field: string; reading: Spec; edit: Spec }>([
    { field: 'volumes[logs]', reading: others.reading, edit: { volumes: [], appContainers: [] } },
    {
      field: 'containers[app].env[LOGS]',
      reading: { appContainers: [{ select: 'all', env: [{ name: 'LOGS', value: '/logs' }] }] },
      edit: { appContainers: [] },
    },
    { field: 'labels[logs]', reading: { pod: { labels: { logs: 'yes' } } }, edit: { pod: {} } },
    {
      field: 'annotations[example.com/port]',
      reading: { pod: { annotations: { 'example.com/port': '9090' } } },
      edit: { pod: {} },
    },
  ])('finds the owner of what two give alike: $field', ({ field, reading, edit }) => {
    const found = update(edit, { author: podAsking('logging,reading'), others: { reading } })
    expect(found).toMatchObject({ kind: 'recreate', fields: expect.arrayContaining([field]) })
    expect(found.because).toContain(`${field}: profile reading gives it, too`)
  })

  it('is updated although it would not get another profile any more, with either revision', () => {
    const author = podAsking('metrics,logging')
    const edit = shipWith({ image: 'example/ship:2' })
    const { pod } = update(edit, { author, others })
    const requires = [{ expression: 'false', message: 'no metrics any more' }]
    const metrics = { ...others.metrics, requires }
    const [before, after] = [logging, { ...logging, ...edit }].map(spec =>
      profilesOf({ logging: spec, metrics }),
    )
    expect(updateIn(pod, before!, after!)).toMatchObject({
      kind: 'images',
      fields: ['initContainers[ship].image'],
    })
  })

  it('is not updated if it would not get the profile itself any more, with either revision', () => {
    const requires = [
      { expression: 'pod.metadata.?labels.?old != optional.of("yes")', message: 'not if old' },
    ]
    const aged = (pod: Pod) => ({
      ...pod,
      metadata: { ...pod.metadata, labels: { ...pod.metadata?.labels, old: 'yes' } },
    })
    const found = update(shipWith({ image: 'example/ship:2' }), {
      from: { ...logging, requires },
      change: aged,
    })
    expect(found).toMatchObject({ kind: 'recreate', patches: [], isDenied: true })
    expect(found.because).toContain('not if old')
  })
})

describe('An update whose difference is not known', () => {
  const edit = shipWith({ image: 'example/ship:2' })

  it('is refused where the Pod has a revision that is not kept', () => {
    const { pod, before, after } = update(edit)
    const later = profilesOf({ logging: { ...logging, description: 'Later.' } })
    expect(updateIn(pod, later, after)).toMatchObject({
      kind: 'recreate',
      from: before.find('logging', 'shop')?.revision,
      because: expect.stringMatching(/which is not kept/),
    })
    const kept = {
      ...later,
      revisionOf: (_: unknown, revision: string) => before.all.find(each => each.revision === revision),
    }
    expect(updateIn(pod, kept, after).kind).toBe('images')
  })

  it('is refused for a Pod that is beyond a limit', () => {
    const many = Array.from({ length: limits.podContainers }, (_, i) => container(`app-${i}`))
    const grown = (pod: Pod): Pod => ({ ...pod, spec: { ...pod.spec, containers: many } })
    expect(update(edit, { change: grown })).toMatchObject({
      kind: 'recreate',
      isDenied: true,
      because: expect.stringMatching(/^the Pod has \d+ containers and init containers; the limit is/),
    })
  })

  it('is refused where the Pod does not have a container that both revisions give it', () => {
    const lacking = (pod: Pod): Pod => {
      const initContainers = pod.spec?.initContainers?.filter(({ name }) => name !== 'ship') ?? []
      return { ...pod, spec: { ...pod.spec, initContainers } }
    }
    expect(update(edit, { change: lacking })).toMatchObject({
      kind: 'recreate',
      fields: ['initContainers[ship]'],
      because: 'initContainers[ship]: the Pod does not have it',
    })
  })

  it('is known for a Pod that asks for nothing any more', () => {
    const silent = (pod: Pod): Pod => {
      const { [annotation.inject]: _, ...annotations } = pod.metadata?.annotations ?? {}
      return { ...pod, metadata: { ...pod.metadata, annotations } }
    }
    expect(update(edit, { change: silent })).toMatchObject({ kind: 'images' })
  })

  it('is refused where the status does not name the profile, or the container', () => {
    const { pod, before, after } = update(edit)
    const bare = { ...pod, metadata: { ...pod.metadata, annotations: {} } }
    expect(updateIn(bare, before, after)).toMatchObject({ kind: 'recreate', from: '' })
    const status = statusIn(pod) as { profiles: { logging: JsonObject } }
    const silent = withStatus(pod, {
      ...status,
      profiles: { logging: { ...status.profiles.logging, initContainers: [] } },
    })
    expect(updateIn(silent, before, after)).toMatchObject({ kind: 'recreate', patches: [] })
  })

  it.each<{ what: string; spec: Spec; isDenied?: true; because: RegExp }>([
    {
      what: 'would be denied',
      spec: {
        requires: [{ expression: 'has(pod.spec.hostNetwork)', message: 'needs the network of the host' }],
      },
      isDenied: true,
      because: /needs the network of the host/,
    },
    {
      what: 'would get nothing of the profile',
      spec: { requires: [{ expression: 'false', message: 'not here', otherwise: 'skip' }] },
      because: /not here/,
    },
    {
      what: 'would lack a parameter',
      spec: { parameters: { to: { type: 'string', required: true } } },
      isDenied: true,
      because: /needs the annotation pillion\.dev\/logging\.to/,
    },
  ])('says that the Pod that replaces it $what', ({ spec, isDenied, because }) => {
    const found = update({ ...edit, ...spec })
    expect(found).toMatchObject({ kind: 'recreate', because: expect.stringMatching(because), patches: [] })
    expect(found.isDenied).toBe(isDenied)
  })

  it('says so of a revision that costs too much to render', () => {
    const many = Array.from({ length: 50 }, (_, i) => container(`app-${i}`))
    const author = podAsking('logging', { containers: many })
    const slow =
      '[1,2,3,4,5,6,7,8,9,10].map(a, [1,2,3,4,5,6,7,8,9,10].map(b, [1,2,3,4,5,6,7,8,9,10].map(c, "x".size())))'
    const env = Array.from({ length: 60 }, (_, i) => ({ name: `A${i}`, value: `$(string(${slow}.size()))` }))
    const found = update({ appContainers: [{ select: 'all', env }] }, { author })
    expect(found).toMatchObject({ kind: 'recreate', isDenied: true })
  })
})

describe('An update that is undone', () => {
  it.each(inPlace)('has what it had: $edit', ({ spec }) => {
    const { pod, before, after, ...there } = update(spec)
    const updated = patched(pod, there)
    expect(updateIn(updated, before, after).kind).toBe('none')
    const back = updateTo({ pod: updated, namespace }, after.all[0]!, before.all[0]!, before, cluster, {
      at,
      previous: there.to,
    })
    const undone = patched(updated, back)
    expect({ ...undone, metadata: withoutStatus(undone) }).toEqual({ ...pod, metadata: withoutStatus(pod) })
  })
})

function withoutStatus({ metadata }: Pod) {
  const { [annotation.status]: _, ...annotations } = metadata?.annotations ?? {}
  return { ...metadata, annotations }
}
