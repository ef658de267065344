import type { JsonObject } from '../../json/json.ts'
import { container, podAsking } from '../decide.fixture.ts'
import type { UpdateKind } from './pod-update.ts'

/** A profile, a Pod that asks for it, and edits of the profile, with what each means for a Pod that runs. */
export const resources = { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } }
export const ship = container('ship', {
  args: ['--to', 'store'],
  env: [{ name: 'LEVEL', value: 'info' }],
  resources,
})
export const logging = {
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
export type Spec = { readonly [field: string]: unknown }

export const shipWith = (fields: JsonObject) => ({ containers: [{ ...ship, ...fields }] })
const withAnnotations = (annotations: JsonObject) =>
  ({ pod: { ...logging.pod, annotations } }) as unknown as Spec
const withLabels = (labels: JsonObject) => ({ pod: { ...logging.pod, labels } }) as unknown as Spec
const own = logging.pod.annotations

/** A Pod whose author has a native sidecar, too. */
export const asking = podAsking('logging', {
  initContainers: [container('last-of-app', { restartPolicy: 'Always' })],
})

interface Edit {
  /** The first minor version of Kubernetes that takes and undoes it. Default: 33. */
  readonly since?: number
  readonly edit: string
  readonly spec: Spec
  readonly kind: UpdateKind
  readonly fields: readonly string[]
  readonly restarts?: readonly string[]
  readonly because?: RegExp
  /** Of an edit that recreates: the API server would take it, and why it is refused nevertheless. */
  readonly isTaken?: 'without effect' | 'but could not be undone'
}

/** What changes in place. */
export const inPlace: readonly Edit[] = [
  { edit: 'nothing', spec: {}, kind: 'none', fields: [] },
  { edit: 'the description', spec: { description: 'Better.' }, kind: 'metadata', fields: [] },
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
  },
  {
    edit: 'memory, request and limit',
    since: 34,
    spec: shipWith({
      resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '256Mi' } },
    }),
    kind: 'resources',
    fields: [
      'initContainers[ship].resources.requests.memory',
      'initContainers[ship].resources.limits.memory',
    ],
  },
  {
    edit: 'CPU and image',
    spec: shipWith({
      image: 'example/ship:2',
      resources: { ...resources, requests: { cpu: '200m', memory: '64Mi' } },
    }),
    kind: 'images',
    fields: ['initContainers[ship].image', 'initContainers[ship].resources.requests.cpu'],
    restarts: ['ship'],
  },
  {
    edit: 'the same amounts in other words',
    spec: shipWith({
      resources: { requests: { cpu: '0.1', memory: '65536Ki' }, limits: { memory: '128Mi' } },
    }),
    kind: 'metadata',
    fields: [],
  },
  {
    edit: 'a default of the API server, written out',
    spec: shipWith({ terminationMessagePath: '/dev/termination-log', imagePullPolicy: 'IfNotPresent' }),
    kind: 'metadata',
    fields: [],
  },
]

/** What needs another Pod. */
export const recreated: readonly Edit[] = [
  { edit: 'env', spec: shipWith({ env: [] }), kind: 'recreate', fields: ['initContainers[ship].env'] },
  {
    edit: 'env and image',
    spec: shipWith({ env: [], image: 'example/ship:2' }),
    kind: 'recreate',
    fields: ['initContainers[ship].image', 'initContainers[ship].env'],
  },
  { edit: 'args', spec: shipWith({ args: [] }), kind: 'recreate', fields: ['initContainers[ship].args'] },
  {
    edit: 'a port',
    spec: shipWith({ ports: [{ containerPort: 1 }] }),
    kind: 'recreate',
    fields: ['initContainers[ship].ports'],
  },
  {
    edit: 'a probe',
    spec: shipWith({ startupProbe: { exec: { command: ['true'] } } }),
    kind: 'recreate',
    fields: ['initContainers[ship].startupProbe'],
  },
  {
    edit: 'the pull policy',
    spec: shipWith({ imagePullPolicy: 'Always' }),
    kind: 'recreate',
    fields: ['initContainers[ship].imagePullPolicy'],
  },
  {
    edit: 'a container that goes',
    spec: { initContainers: [] },
    kind: 'recreate',
    fields: ['initContainers[prepare]'],
  },
  {
    edit: 'a new container',
    spec: { containers: [ship, container('more')] },
    kind: 'recreate',
    fields: ['initContainers[more]'],
  },
  {
    edit: 'the order of containers',
    spec: { containers: [{ ...ship, order: { after: ['last-of-app'] } }] },
    kind: 'recreate',
    fields: ['initContainers'],
    because: /order/,
  },
  {
    edit: 'the image of an init container that has run',
    isTaken: 'without effect',
    spec: { initContainers: [container('prepare', { image: 'example/prepare:2' })] },
    kind: 'recreate',
    fields: ['initContainers[prepare].image'],
    because: /runs once/,
  },
  {
    edit: 'a limit that is new',
    isTaken: 'but could not be undone',
    spec: shipWith({ resources: { ...resources, limits: { memory: '128Mi', cpu: '1' } } }),
    kind: 'recreate',
    fields: ['initContainers[ship].resources.limits.cpu'],
    because: /could not remove it again/,
  },
  {
    edit: 'a request that goes',
    spec: shipWith({ resources: { ...resources, requests: { memory: '64Mi' } } }),
    kind: 'recreate',
    fields: ['initContainers[ship].resources.requests.cpu'],
    because: /removes no request/,
  },
  {
    edit: 'another resource',
    spec: shipWith({
      resources: { ...resources, requests: { ...resources.requests, 'ephemeral-storage': '1Gi' } },
    }),
    kind: 'recreate',
    fields: ['initContainers[ship].resources.requests.ephemeral-storage'],
  },
  {
    edit: 'a volume',
    spec: { volumes: [{ name: 'logs', hostPath: { path: '/' } }] } as Spec,
    kind: 'recreate',
    fields: ['volumes[logs]'],
  },
  {
    edit: 'a variable of the app',
    spec: { appContainers: [{ ...logging.appContainers[0]!, env: [{ name: 'LOGS', value: '/other' }] }] },
    kind: 'recreate',
    fields: ['containers[app].env[LOGS]'],
  },
  {
    edit: 'a field of the Pod',
    spec: { pod: { ...logging.pod, runtimeClassName: 'gvisor' } } as Spec,
    kind: 'recreate',
    fields: ['runtimeClassName'],
  },
  {
    edit: 'a new label',
    isTaken: 'but could not be undone',
    spec: withLabels({ logs: 'yes', more: 'yes' }),
    kind: 'recreate',
    fields: ['labels[more]'],
    because: /cannot be added/,
  },
  {
    edit: 'a label that goes',
    isTaken: 'but could not be undone',
    spec: withLabels({}),
    kind: 'recreate',
    fields: ['labels[logs]'],
    because: /cannot be removed/,
  },
  {
    edit: 'a new annotation of Kubernetes',
    isTaken: 'but could not be undone',
    spec: withAnnotations({ ...own, 'k8s.io/a': 'b' }),
    kind: 'recreate',
    fields: ['annotations[k8s.io/a]'],
    because: /cannot be added/,
  },
  {
    edit: 'an annotation of Kubernetes that goes',
    isTaken: 'but could not be undone',
    spec: withAnnotations({ 'example.com/port': '9090' }),
    kind: 'recreate',
    fields: ['annotations[x.kubernetes.io/on]'],
    because: /cannot be removed/,
  },
  {
    edit: 'the lifecycle',
    spec: { lifecycle: 'regular' },
    kind: 'recreate',
    fields: ['initContainers[ship]', 'containers[ship]'],
  },
]
