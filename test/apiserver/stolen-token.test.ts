import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { podEvents } from '../../src/cluster/sweep/pod-event.ts'
import { type JsonObject, metadataOf } from '../../src/json/json.ts'
import type { Running } from '../../src/server/main.ts'
import {
  type Attempt,
  byPolicy,
  byRbac,
  controlled,
  eviction,
  forged,
  granted,
  mutating,
  podsOf,
  profiles,
  revisionOf,
  revisionsOf,
  secrets,
} from './attempts.ts'
import type { AuditEvent } from './audit.ts'
import { changed, withVariable } from './changed.ts'
import { apiFor } from './client.ts'
import { type Connection, connect } from './connection.ts'
import { create, install, post, serveIn } from './deployed.ts'
import { useKubeconfig } from './kubeconfig.ts'
import { createPod, podFor } from './pods.ts'
import {
  beyondRollouts,
  forgedPulls,
  forgedUpdates,
  immutable,
  plainPod,
  pullPodObject,
  updates,
  webPod,
} from './rollout-attempts.ts'
import { startKubelet } from './rollout-kubelet.ts'
import { createInjected, createNode, startLeader, storedRollouts } from './rollout-world.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const policy = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/pillion-token'
const account = 'system:serviceaccount:pillion:pillion'

describeWithApiServer(
  'the token of Pillion',
  server => {
    let running: Running
    let restore: () => Promise<void>
    let token: string
    let thief: Connection

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
        const { body } = await thief.request<{ message?: string }>('POST', trial, podFor('real'))
        return body.message?.includes('ValidatingAdmissionPolicy') ?? false
      })
      await post(server(), ...controlled)
      restore = await useKubeconfig({ ...server(), token }, 'shop')
      running = await serveIn(server())
    })
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

      it('is enough to say on a Pod what it lacks', async () => {
        await createPod(server(), 'shop', podFor('lacking'))
        const { body } = await server().request<{ metadata: { uid: string } }>(
          'GET',
          `${podsOf('shop')}/lacking`,
        )
        const { uid } = body.metadata
        const failures: string[] = []
        const options = { failed: (why: string) => failures.push(why), signal: AbortSignal.timeout(60_000) }
        const events = podEvents(apiFor({ ...server(), token }), { ...options, identity: 'replica-1' })
        events.begin()
        await events.say({
          namespace: 'shop',
          name: 'lacking',
          uid,
          kind: 'Missed',
          message: 'asks for work-dir, and has nothing',
          profiles: ['work-dir'],
          createdAt: 0,
          isLasting: true,
          labels: {},
        })
        expect(failures).toEqual([])
        const list = await server().request<{ items: Stored[] }>('GET', '/api/v1/namespaces/shop/events')
        expect(list.body.items.map(({ reason }) => reason)).toContain('InjectionMissed')
      })

      it('was refused nothing that the server sent', async () => {
        const sentSince = async () => (await server().audit()).filter(isBy(account))
        await until('the Lease was renewed', 20_000, async () =>
          (await sentSince()).map(written).includes('update leases'),
        )
        const sent = await sentSince()
        const refused = sent.filter(({ responseStatus }) => [403, 422].includes(responseStatus?.code ?? 0))
        expect(refused.map(({ verb, requestURI }) => `${verb} ${requestURI}`)).toEqual([])
        expect([...new Set(sent.filter(({ verb }) => writing.has(verb)).map(written))].sort()).toEqual([
          'create controllerrevisions',
          'create events',
          'create leases',
          'create pods',
          'patch clustersidecarprofiles/status',
          'patch mutatingwebhookconfigurations',
          'patch secrets',
          'patch sidecarprofiles/status',
          'patch validatingwebhookconfigurations',
          'update leases',
        ])
      })

      it('is enough to keep the last accepted spec where a replica that starts finds it', async () => {
        const container = (port: number | string) => ({
          containers: [{ name: 'agent', image: 'agent:1', ports: [{ containerPort: port }] }],
        })
        const object = { apiVersion: 'pillion.dev/v1alpha1', kind: 'ClusterSidecarProfile' }
        await post(server(), { ...object, metadata: { name: 'edited' }, spec: container(8080) })
        const said = async () =>
          (await server().request<Stored>('GET', `${profiles}/edited`)).body.status ?? { conditions: [] }
        const isAccepted = async (as: string) =>
          (await said()).conditions.some(({ type, status }) => type === 'Accepted' && status === as)
        await until('it is accepted', 20_000, () => isAccepted('True'))
        const { status } = await server().request('PATCH', `${profiles}/edited`, {
          spec: container('$(70000)'),
        })
        expect(status).toBe(200)
        await until('the API server refuses it', 20_000, () => isAccepted('False'))
        const { name = '' } = (await said()).lastAccepted ?? {}
        const { body } = await server().request<Stored>('GET', `${revisionsOf('pillion')}/${name}`)
        expect(body.data).toEqual({ spec: container(8080) })
        const statuses = (await server().audit()).filter(isBy(account)).filter(isStatusOf('edited'))
        expect(new Set(statuses.map(({ responseStatus }) => responseStatus?.code))).toEqual(new Set([200]))
      })
    })

    describe('in the hands of somebody else, with rollouts', () => {
      beforeAll(async () => {
        await create(server(), 'deploy/overlays/rollout/rollout.yaml')
        const { body } = await server().request<JsonObject>('GET', policy)
        await server().request('PUT', policy, withVariable('mayUpdatePods', 'true')(body))
        await server().createNamespace('untouched', { labels: { 'pillion.dev/rollout': 'disabled' } })
        for (const pod of [webPod, plainPod]) await createPod(server(), 'shop', pod)
        await createPod(server(), 'untouched', webPod)
        await createPod(server(), 'pillion', podFor('replica'))
        await until('the policy and the permissions are in force', 20_000, async () => {
          const { method, path, body, type = '' } = updates[0]!
          const tried = await thief.request(method, path, body, { contentType: type, dryRun: true })
          return tried.status === 200
        })
      })
      afterAll(async () => {
        const { body } = await server().request<JsonObject>('GET', policy)
        await server().request('PUT', policy, withVariable('mayUpdatePods', 'false')(body))
        await until('the policy allows it no more', 20_000, async () => {
          const { body } = await tried({ ...eviction, path: `${eviction.path}?dryRun=All` })
          return body.message?.includes('the token of Pillion may evict') ?? false
        })
        for (const binding of ['clusterrolebindings', 'namespaces/pillion/rolebindings'])
          await server().request('DELETE', `/apis/rbac.authorization.k8s.io/v1/${binding}/pillion-rollout`)
        await until('nothing of it is allowed', 20_000, async () => {
          const { body } = await tried(eviction)
          return body.message?.includes('cannot create resource "pods/eviction"') ?? false
        })
      })

      it.each([...forgedUpdates, ...forgedPulls])('is refused by the policy when it $what', async attempt => {
        const { status, body } = await tried(attempt)
        expect(body.message).toMatch(/ValidatingAdmissionPolicy 'pillion-token' .*the token of Pillion may/)
        expect([403, 422]).toContain(status)
      })

      it.each(immutable)('is refused by the API server when it $what', async attempt => {
        const { status, body } = await tried(attempt)
        expect(body.message).toMatch(/pod updates may not (add|change)/)
        expect(status).toBe(422)
      })

      it.each(beyondRollouts)('has no permission when it $what', async attempt => {
        const { status, body } = await tried(attempt)
        expect(body.message).toContain(`User "${account}" cannot `)
        expect(status).toBe(403)
      })

      it.each(updates)('may do what a rollout does: it $what', async attempt => {
        const { status, body } = await tried(attempt)
        expect(body.message).toBeUndefined()
        expect(status).toBe(200)
      })

      it('may create a Pod that pulls an image where Pod Security is restricted, and delete it', async () => {
        const path = podsOf('pillion')
        const enforce = (level: string | null) =>
          server().request('PATCH', '/api/v1/namespaces/pillion', {
            metadata: { labels: { 'pod-security.kubernetes.io/enforce': level } },
          })
        onTestFinished(async () => void (await enforce(null)))
        await enforce('restricted')
        await until('Pod Security denies other Pods', 20_000, async () => {
          const { body } = await thief.request<Refusal>('POST', path, podFor('plain'), { dryRun: true })
          return body.message?.includes('PodSecurity') ?? false
        })
        expect((await thief.request('POST', path, pullPodObject)).status).toBe(201)
        const { name } = metadataOf(pullPodObject)
        expect((await thief.request('DELETE', `${path}/${name}`)).status).toBe(200)
      })

      it('may evict a Pod, but not in a namespace without rollouts', async () => {
        const evicted = (namespace: string) =>
          tried({
            ...eviction,
            path: `${podsOf(namespace)}/web/eviction`,
            body: { ...eviction.body, metadata: { name: 'web', namespace } },
          })
        expect((await evicted('shop')).status).toBe(201)
        expect((await evicted('untouched')).body.message).toContain('the token of Pillion may evict')
      })

      it('is enough for rollouts that fail, are put back, and reach all Pods', async () => {
        const agent = (image: string, more: JsonObject = {}): JsonObject => ({
          containers: [
            { name: 'agent', image, resources: { requests: { cpu: '10m' }, limits: { cpu: '1' } } },
          ],
          pod: { annotations: { 'example.com/port': '1' } },
          rollout: { update: 'InPlace', minReadySeconds: 0, progressDeadlineSeconds: 3 },
          ...more,
        })
        const object = { apiVersion: 'pillion.dev/v1alpha1', kind: 'ClusterSidecarProfile' }
        await post(server(), { ...object, metadata: { name: 'agent' }, spec: agent('agent:1') })
        const stored = storedRollouts({ agent: agent('agent:1') })
        await createNode(server(), 'node-1')
        await until('the profile is in use', 20_000, async () => {
          const probe = podFor('probe', { annotations: { 'pillion.dev/inject': 'agent' } })
          return (await server().request('POST', podsOf('shop'), probe, { dryRun: true })).status === 201
        })
        await createInjected(server(), stored.current().profiles, { workload: 'agents', pods: 2 })
        const fateOf = (image: string) => (image === 'agent:bad' ? 'crashes' : 'ready')
        const kubelet = startKubelet(server(), { namespaces: ['shop', 'pillion'], fateOf })
        onTestFinished(() => kubelet.stop())
        const api = apiFor({ ...server(), token })
        const { failures, steps } = startLeader(api, stored)
        const phaseIs = (phase: string) =>
          until(`the rollout is ${phase}`, 30_000, async () => stored.statusOf('agent').phase === phase)
        stored.edit('agent', agent('agent:bad'))
        await phaseIs('Degraded')
        await until('the Pod is put back', 20_000, async () => steps.some(({ kind }) => kind === 'putBack'))
        const resources = { requests: { cpu: '20m' }, limits: { cpu: '1' } }
        stored.edit('agent', {
          containers: [{ name: 'agent', image: 'agent:2', resources }],
          pod: { annotations: { 'example.com/port': '2', 'example.com/path': '/metrics' } },
        })
        await phaseIs('Completed')
        expect(failures).toEqual([])
        expect(new Set(steps.map(({ kind, result }) => `${kind} ${result}`))).toEqual(
          new Set(['images failed', 'putBack done', 'images done']),
        )
        const sent = (await server().audit()).filter(isBy(account)).map(written)
        expect(sent).toEqual(
          expect.arrayContaining([
            'patch pods',
            'patch pods/resize',
            'create pods',
            'delete pods',
            'create events',
          ]),
        )
      })

      it('may say on a Pod what a rollout did', async () => {
        const event = (reason: string) => ({
          metadata: { generateName: 'x-' },
          involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web' },
          reason,
          reportingComponent: 'pillion.dev/rollout',
          reportingInstance: 'x',
          source: { component: 'pillion' },
        })
        const path = '/api/v1/namespaces/shop/events'
        expect((await thief.request('POST', path, event('Updated'))).status).toBe(201)
        const { body } = await thief.request<Refusal>('POST', path, event('Killing'))
        expect(body.message).toContain('the token of Pillion may create only Events')
      })
    })

    describe('in the hands of somebody else', () => {
      it.each(byPolicy)('is refused by the policy when it $what', async attempt => {
        const { status, body } = await tried(attempt)
        expect(body.message).toMatch(
          /ValidatingAdmissionPolicy 'pillion-token[^']*' .*the token of Pillion may/,
        )
        expect([403, 422]).toContain(status)
      })

      it('may keep as a revision only the spec that its profile has, under the real uid of the profile, too', async () => {
        for (const [path, profile, kind, attempt] of [
          [profiles, 'work-dir', 'ClusterSidecarProfile', revisionsOf('pillion')],
          [sidecarProfiles, 'cache', 'SidecarProfile', revisionsOf('shop')],
        ] as const) {
          const { body } = await server().request<Owner>('GET', `${path}/${profile}`)
          const owner = { kind, uid: body.metadata.uid }
          const keep = (spec: JsonObject) =>
            thief.request<Refusal>(
              'POST',
              `${attempt}?dryRun=All`,
              revisionOf(profile, { data: { spec } }, owner),
            )
          for (const spec of [forged, { ...body.spec, volumes: [] }, { ...body.spec, rollout: {} }])
            expect((await keep(spec)).body.message).toContain(`a revision of a ${kind} only the spec`)
          expect(await keep(body.spec)).toMatchObject({ status: 201 })
        }
      })

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
        // Pod Security hears of the label by an informer.
        await until('Pod Security denies the Pod', 20_000, async () => {
          const { body } = await thief.request<Refusal>('POST', path, podFor('plain'))
          return body.message?.includes('PodSecurity') ?? false
        })
      })

      it('leaves everybody else alone', async () => {
        await post(server(), {
          apiVersion: 'v1',
          kind: 'Pod',
          ...podFor('free'),
          metadata: { name: 'free', namespace: 'shop' },
        })
        const { status } = await server().request('PATCH', mutating, {
          metadata: { annotations: { a: 'b' } },
        })
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
        for (const attempt of granted)
          expect((await tried(attempt)).body.message, attempt.what).toContain('the token of Pillion may')
      })

      it('may evict Pods where the policy says that the sweep does', async () => {
        await changed(server(), policy, withVariable('mayEvict', 'true'))
        await until('the Pod is evicted', 10_000, async () => (await tried(eviction)).status === 201)
      })

      it('would own the cluster without the policy', async () => {
        const binding =
          '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/pillion-token'
        await server().request('DELETE', binding)
        const takeover = { ...byPolicy[0]!, path: `${mutating}?dryRun=All` }
        await until('the takeover succeeds', 10_000, async () => (await tried(takeover)).status === 200)
      })
    })

    const tried = ({ method, path, body, type }: Attempt) =>
      thief.request<Refusal>(method, path, body, type === undefined ? {} : { contentType: type })
  },
  { flags: ['--allow-privileged'], needs: '1.30' },
)

const writing: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete'])

/** Asked of the policy itself, before Pillion starts. */
const trial = `${podsOf('pillion')}?fieldManager=trial`

function isBy(username: string) {
  return ({ user, requestURI }: AuditEvent) => user.username === username && requestURI !== trial
}

function isStatusOf(name: string) {
  return ({ requestURI }: AuditEvent) => requestURI.startsWith(`${profiles}/${name}/status`)
}

function written({ verb, objectRef }: AuditEvent): string {
  const { resource = '', subresource } = objectRef ?? {}
  return `${verb} ${subresource === undefined ? resource : `${resource}/${subresource}`}`
}

const sidecarProfiles = '/apis/pillion.dev/v1alpha1/namespaces/shop/sidecarprofiles'

interface Owner {
  readonly metadata: { readonly uid: string }
  readonly spec: JsonObject
}

interface Refusal {
  readonly message?: string
}

interface Stored {
  readonly data?: object
  readonly reason?: string
  readonly status?: {
    readonly lastAccepted?: { readonly name: string }
    readonly conditions: readonly { readonly type: string; readonly status: string }[]
  }
}
