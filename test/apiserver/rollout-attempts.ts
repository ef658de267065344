import { pullPod } from '../../src/cluster/rollout/pull-pod.ts'
import type { JsonObject } from '../../src/json/json.ts'
import { type Attempt, podsOf } from './attempts.ts'

const jsonPatch = 'application/json-patch+json'
const web = `${podsOf('shop')}/web`
const home = podsOf('pillion')

/** What Pillion writes on `web`: its app containers are named like other things that the status names. */
const status = {
  profiles: {
    logging: {
      revision: '0123456789',
      volumes: ['volumish'],
      containers: ['agent'],
      initContainers: ['log-tail'],
      labels: ['sidecar'],
      annotations: ['example.com/agent', 'example.com/old'],
      app: { app: { env: ['tool'] } },
    },
  },
}
const claim = status.profiles.logging
const statusWith = (change: JsonObject) =>
  JSON.stringify({ profiles: { logging: { ...claim, revision: 'abcdefabcd', ...change } } })

/** A Pod with two injected containers and five of its author's. */
export const webPod: JsonObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web',
    labels: { app: 'web', sidecar: 'one' },
    annotations: {
      team: 'shop',
      'example.com/agent': 'one',
      'example.com/old': 'one',
      'pillion.dev/status': JSON.stringify(status),
    },
  },
  spec: {
    initContainers: [
      { name: 'setup', image: 'example/setup:1' },
      { name: 'log-tail', image: 'example/log-tail:1', restartPolicy: 'Always', resources: cpu('10m') },
    ],
    containers: [
      { name: 'app', image: 'example/app:1', resources: cpu('10m') },
      { name: 'agent', image: 'example/agent:1', resources: cpu('10m') },
      ...['volumish', 'tool', 'containers', 'labels'].map(name => ({ name, image: 'example/app:1' })),
    ],
  },
}

/** The same with nothing that says that Pillion injected any of it. */
export const plainPod: JsonObject = { ...webPod, metadata: { name: 'plain', labels: { app: 'web' } } }

const patch = (what: string, ...operations: readonly JsonObject[]): Attempt => ({
  what,
  method: 'PATCH',
  path: web,
  body: operations,
  type: jsonPatch,
})
const set = (path: string, value: unknown): JsonObject => ({ op: 'add', path, value }) as JsonObject
const image = (list: string, index: number) =>
  set(`/spec/${list}/${index}/image`, 'attacker.example.com/thief:1')
const annotate = (key: string, value: string) => set(`/metadata/annotations/${key.replace('/', '~1')}`, value)
const setStatus = (change: JsonObject) => annotate('pillion.dev/status', statusWith(change))
const resize = (what: string, list: string, index: number): Attempt => ({
  ...patch(what, set(`/spec/${list}/${index}/resources/requests/cpu`, '20m')),
  path: `${web}/resize`,
})

/** What no rollout does to a Pod. */
export const forgedUpdates: readonly Attempt[] = [
  patch('gives an app container another image', image('containers', 0)),
  patch('gives a container that is named like an injected volume another image', image('containers', 2)),
  patch('gives a container that is named like an injected variable another image', image('containers', 3)),
  patch('gives a container that is named `containers` another image', image('containers', 4)),
  patch('gives a container that is named `labels` another image', image('containers', 5)),
  patch('gives an init container of the author another image', image('initContainers', 0)),
  patch('names an app container in the status', setStatus({ containers: ['agent', 'app'] })),
  patch(
    'names an app container in the status, and gives it another image',
    setStatus({ containers: ['agent', 'app'] }),
    image('containers', 0),
  ),
  patch(
    'names an app container in the status of another profile',
    annotate(
      'pillion.dev/status',
      JSON.stringify({ profiles: { ...status.profiles, thief: { revision: 'a', containers: ['app'] } } }),
    ),
  ),
  patch(
    'names an app container in a text that is no JSON',
    annotate('pillion.dev/status', `${JSON.stringify(status)}"containers":["app"]`),
  ),
  patch('names fewer containers in the status', setStatus({ containers: [] })),
  patch('takes the status away', { op: 'remove', path: '/metadata/annotations/pillion.dev~1status' }),
  patch('names a label of the author in the status', setStatus({ labels: ['sidecar', 'app'] })),
  patch(
    'names an annotation of the author in the status',
    setStatus({ annotations: ['example.com/agent', 'team'] }),
  ),
  patch('changes a label of the author', set('/metadata/labels/app', 'other')),
  patch('adds a label', set('/metadata/labels/new', 'x')),
  patch('removes a label', { op: 'remove', path: '/metadata/labels/sidecar' }),
  patch('changes an annotation of the author', annotate('team', 'other')),
  patch('removes an annotation of the author', { op: 'remove', path: '/metadata/annotations/team' }),
  patch('adds an annotation that the status does not name', annotate('example.com/new', 'x')),
  patch(
    'adds an annotation of Kubernetes',
    annotate('kubernetes.io/config.source', 'x'),
    setStatus({ annotations: ['example.com/agent', 'kubernetes.io/config.source'] }),
  ),
  patch(
    'adds another annotation of Pillion',
    annotate('pillion.dev/inject', 'thief'),
    setStatus({ annotations: ['example.com/agent', 'pillion.dev/inject'] }),
  ),
  patch(
    'gives the Pod an owner',
    set('/metadata/ownerReferences', [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'x', uid: 'x' }]),
  ),
  patch('adds a finalizer', set('/metadata/finalizers', ['example.com/stay'])),
  patch('adds a toleration', set('/spec/tolerations/-', { key: 'gpu', operator: 'Exists' })),
  patch('ends the Pod', set('/spec/activeDeadlineSeconds', 1)),
  resize('gives an app container more CPU', 'containers', 0),
  { ...patch('changes a Pod without a status', image('containers', 1)), path: `${podsOf('shop')}/plain` },
  {
    ...patch('changes a Pod in a namespace without rollouts', image('containers', 1)),
    path: `${podsOf('untouched')}/web`,
  },
]

/** What the API server refuses everybody. */
export const immutable: readonly Attempt[] = [
  patch('changes the command of an injected container', set('/spec/containers/1/command', ['sh'])),
  patch('changes the environment of an injected container', set('/spec/containers/1/env', [{ name: 'A' }])),
  patch(
    'adds a container',
    set('/spec/containers/-', { name: 'thief', image: 'attacker.example.com/thief:1' }),
  ),
  patch('mounts a volume', set('/spec/containers/1/volumeMounts', [{ name: 'x', mountPath: '/x' }])),
]

/** What a rollout does to a Pod. */
export const updates: readonly Attempt[] = [
  resize('gives an injected container more CPU', 'containers', 1),
  resize('gives a native sidecar more CPU', 'initContainers', 1),
  patch(
    'gives injected containers another image',
    set('/spec/containers/1/image', 'example/agent:2'),
    set('/spec/initContainers/1/image', 'example/log-tail:2'),
    setStatus({ updated: { from: '0123456789', at: '2026-01-02T03:04:05Z', restarts: ['agent'] } }),
  ),
  patch(
    'changes, adds and removes what the status names of labels and annotations',
    set('/metadata/labels/sidecar', 'two'),
    annotate('example.com/agent', 'two'),
    annotate('example.com/new', 'two'),
    { op: 'remove', path: '/metadata/annotations/example.com~1old' },
    setStatus({ annotations: ['example.com/agent', 'example.com/new'] }),
  ),
]

/** As the loop creates it. */
export const pullPodObject: JsonObject = pullPod({
  namespace: 'shop',
  node: 'worker',
  image: 'example/agent:2',
  policy: 'Always',
  secrets: ['registry'],
})

const metadata = pullPodObject['metadata'] as JsonObject
const spec = pullPodObject['spec'] as JsonObject & { readonly containers: readonly JsonObject[] }
const [container = {}] = spec.containers
const pull = (what: string, change: JsonObject): Attempt => ({
  what: `creates a Pod ${what}`,
  method: 'POST',
  path: home,
  body: { ...pullPodObject, ...change },
})
const pullWith = (what: string, change: JsonObject) =>
  pull(what, { spec: { ...spec, ...change } as JsonObject })
const pullIn = (what: string, change: JsonObject) =>
  pullWith(what, { containers: [{ ...container, ...change }] as unknown as JsonObject[] } as JsonObject)
const never = (change: JsonObject) => ({
  env: [{ name: 'NEVER', valueFrom: { configMapKeyRef: { name: 'pillion-pull', key: 'never', ...change } } }],
})

/** Pods that could run something, or reach something. */
export const forgedPulls: readonly Attempt[] = [
  pullIn('that runs a command', { command: ['sh', '-c', 'id'] }),
  pullIn('that runs what the image says', { command: [] }),
  pullIn('with arguments', { args: ['-c', 'id'] }),
  pullIn('that can start', { env: [] }),
  pullIn('that can start, because its ConfigMap may be missing', never({ optional: true }) as JsonObject),
  pullIn('that can start, because its ConfigMap exists', never({ name: 'kube-root-ca.crt' }) as JsonObject),
  pullIn('that is privileged', { securityContext: { privileged: true } }),
  pullIn('with capabilities', {
    securityContext: { allowPrivilegeEscalation: false, capabilities: { add: ['NET_ADMIN'] } },
  }),
  pullIn('with a lifecycle hook', { lifecycle: { postStart: { exec: { command: ['id'] } } } }),
  pullIn('with a large request', { resources: { requests: { cpu: '64', memory: '1Mi' } } }),
  pullWith('with two containers', { containers: [container, { ...container, name: 'other' }] } as JsonObject),
  pullWith('with an init container', { initContainers: [{ ...container, name: 'other' }] } as JsonObject),
  pullWith('with a volume of the node', { volumes: [{ name: 'x', hostPath: { path: '/' } }] }),
  pullWith('in the network of the node', { hostNetwork: true }),
  pullWith('with the processes of the node', { hostPID: true }),
  pullWith('with a token', { automountServiceAccountToken: true }),
  pullWith('of the ServiceAccount of Pillion', { serviceAccountName: 'pillion' }),
  pullWith('that starts again and again', { restartPolicy: 'Always' }),
  pullWith('that never ends', { activeDeadlineSeconds: 1_000_000 }),
  pull('of another name', { metadata: { ...metadata, name: 'x' } as JsonObject }),
  pull('with another label', {
    metadata: { ...metadata, labels: { 'pillion.dev/pull': 'true', app: 'pillion' } } as JsonObject,
  }),
  pull('with a finalizer', { metadata: { ...metadata, finalizers: ['example.com/stay'] } as JsonObject }),
  pullWith('without an end', { activeDeadlineSeconds: undefined }),
  { what: 'deletes a Pod of the same namespace', method: 'DELETE', path: `${home}/replica` },
]

/** What RBAC does not allow a rollout. */
export const beyondRollouts: readonly Attempt[] = [
  { ...pull('in another namespace', {}), path: podsOf('shop') },
  { what: 'deletes a Pod of another namespace', method: 'DELETE', path: web },
  {
    ...patch(
      'adds an ephemeral container',
      set('/spec/ephemeralContainers', [{ name: 'thief', image: 'x' }]),
    ),
    path: `${web}/ephemeralcontainers`,
  },
  { ...patch('writes the status of a Pod', set('/status/phase', 'Failed')), path: `${web}/status` },
  { what: 'deletes all Pods of its namespace', method: 'DELETE', path: home },
]

function cpu(requested: string): JsonObject {
  return { requests: { cpu: requested, memory: '8Mi' }, limits: { cpu: '100m', memory: '16Mi' } }
}
