import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { apiAt } from '../../src/cluster/api/api.ts'
import type { JsonObject } from '../../src/json/json.ts'
import { metadataOf, objectAt, objectsIn } from '../../src/json/json.ts'
import { apiFor } from './client.ts'
import { from } from './from.ts'
import { recording } from './pods.ts'
import { answer, cut, drop, startProxy } from './proxy.ts'
import { type Fate, startKubelet } from './rollout-kubelet.ts'
import { createInjected, createNode, startLeader, storedRollouts } from './rollout-world.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const agent = (image: string, rollout: JsonObject = {}) => ({
  containers: [{ name: 'agent', image }],
  rollout: { update: 'InPlace', minReadySeconds: 0, progressDeadlineSeconds: 3, ...rollout },
})

describeWithApiServer(
  'a rollout on a real API server',
  server => {
    beforeAll(async () => {
      for (const name of ['pillion', 'excluded', 'shop', 'disabled', 'hostile'])
        await server().createNamespace(name)
      for (const name of ['node-1', 'node-2']) await createNode(server(), name)
    })
    beforeEach(async () => {
      for (const name of ['shop', 'pillion', 'excluded', 'disabled', 'hostile'])
        await server().request('DELETE', `/api/v1/namespaces/${name}/pods?gracePeriodSeconds=0`)
    })

    function kubelet(fateOf: (image: string) => Fate = () => 'ready', has = (_: string) => true) {
      const started = startKubelet(server(), { namespaces: ['shop', 'pillion'], fateOf, has })
      onTestFinished(() => started.stop())
      return started
    }

    async function pods(namespace = 'shop'): Promise<readonly JsonObject[]> {
      const path = `/api/v1/namespaces/${namespace}/pods`
      return (await server().request<{ items: JsonObject[] }>('GET', path)).body.items
    }

    const imageOf = (pod: JsonObject) =>
      String(
        objectsIn(objectAt(pod, 'spec')['initContainers']).find(({ name }) => name === 'agent')?.['image'],
      )
    const nameOf = (pod: JsonObject) => String(metadataOf(pod)['name'])
    const revisionIn = (pod: JsonObject) => {
      const text = objectAt(pod, 'metadata', 'annotations')['pillion.dev/status']
      return (JSON.parse(String(text)) as { profiles: { agent: { revision: string } } }).profiles.agent
        .revision
    }
    /** Pods whose image is not the one of the revision that their status names. */
    async function inBetween(stored: ReturnType<typeof storedRollouts>) {
      return (await pods()).filter(pod => {
        const profile = stored.profileOf('agent', revisionIn(pod))
        return !JSON.stringify(profile.containers).includes(`"${imageOf(pod)}"`)
      })
    }

    async function start(workloads: number, podsOf = 2, rollout: JsonObject = {}) {
      const stored = storedRollouts({ agent: agent('agent:1', rollout) })
      const { profiles } = stored.current()
      for (let i = 0; i < workloads; i++)
        await createInjected(server(), profiles, {
          workload: `web-${i}`,
          pods: podsOf,
          node: `node-${1 + (i % 2)}`,
        })
      return stored
    }

    async function events(pod: string): Promise<readonly string[]> {
      const path = `/api/v1/namespaces/shop/events?fieldSelector=involvedObject.name=${pod}`
      const { body } = await server().request<{
        items: { reason: string; involvedObject: { uid: string } }[]
      }>('GET', path)
      const [live] = (await pods()).filter(each => nameOf(each) === pod)
      const own = body.items.filter(
        ({ involvedObject }) => involvedObject.uid === metadataOf(live ?? {})['uid'],
      )
      return own.map(({ reason }) => reason).toSorted()
    }

    const phaseIs = (stored: ReturnType<typeof storedRollouts>, phase: string) =>
      until(`the rollout is ${phase}`, 30_000, async () => stored.statusOf('agent').phase === phase)
    const allReady = (count: number) =>
      until('all Pods are ready', 20_000, async () => {
        const ready = (await pods()).filter(pod =>
          objectsIn(objectAt(pod, 'status')['conditions']).some(
            ({ type, status }) => type === 'Ready' && status === 'True',
          ),
        )
        return ready.length === count
      })

    it('updates 20 workloads in place, and nothing but the image and the status of each Pod', async () => {
      const stored = await start(20)
      const { touched, pulled } = kubelet()
      await allReady(40)
      const before = await pods()
      const { failures, steps } = startLeader(apiFor(server()), stored)
      const canary = stored.edit('agent', agent('agent:2'))
      await phaseIs(stored, 'Completed')
      const after = await pods()
      expect(failures).toEqual([])
      expect(after.map(imageOf)).toEqual(Array(40).fill('agent:2'))
      expect(after.map(revisionIn)).toEqual(Array(40).fill(canary))
      expect(after.map(pod => metadataOf(pod)['uid'])).toEqual(before.map(pod => metadataOf(pod)['uid']))
      expect(touched.toSorted()).toEqual(before.map(nameOf).toSorted())
      expect(pulled.toSorted()).toEqual(['node-1 agent:2', 'node-2 agent:2'])
      await until('the last Pods are counted', 10_000, async () => stored.statusOf('agent').ready === 40)
      expect(stored.statusOf('agent')).toMatchObject({
        stable: canary,
        matched: 40,
        updated: 40,
        progress: '40/40',
      })
      expect(steps.filter(({ kind, result }) => kind === 'images' && result === 'done')).toHaveLength(40)
      await until('the pull Pods are gone', 10_000, async () => (await pods('pillion')).length === 0)
    })

    it('stops after the first Pod that does not become ready, puts it back, and touches nothing else', async () => {
      const stored = await start(5)
      const stable = stored.statusOf('agent').stable
      const { touched } = kubelet(image => (image === 'agent:bad' ? 'crashes' : 'ready'))
      await allReady(10)
      const { steps, failures } = startLeader(apiFor(server()), stored)
      const bad = stored.edit('agent', agent('agent:bad'))
      await phaseIs(stored, 'Degraded')
      await until('the Pod is back', 10_000, async () =>
        (await pods()).every(pod => imageOf(pod) === 'agent:1'),
      )
      await allReady(10)
      expect(stored.statusOf('agent')).toMatchObject({ phase: 'Degraded', stable, canary: bad })
      expect(stored.statusOf('agent').message).toMatch(/Pod shop\/web-0-6d4f7-0: CrashLoopBackOff: /)
      expect(new Set(touched)).toEqual(new Set(['web-0-6d4f7-0']))
      expect(steps.map(({ kind, result }) => `${kind} ${result}`)).toEqual(['images failed', 'putBack done'])
      expect((await pods()).map(revisionIn)).toEqual(Array(10).fill(stable))
      const said = await events('web-0-6d4f7-0')
      expect(said).toEqual(['PutBack', 'UpdateFailed', 'Updating'])
      expect(failures).toEqual([])

      // A corrected spec starts a new rollout, from the stable revision.
      const good = stored.edit('agent', agent('agent:good'))
      await phaseIs(stored, 'Completed')
      expect((await pods()).map(revisionIn)).toEqual(Array(10).fill(good))
    })

    it('puts a Pod back that hangs, after the deadline, and tries again only when somebody resumes', async () => {
      const stored = await start(2)
      let fate: Fate = 'hangs'
      kubelet(image => (image === 'agent:2' ? fate : 'ready'))
      await allReady(4)
      startLeader(apiFor(server()), stored)
      const canary = stored.edit('agent', agent('agent:2'))
      await phaseIs(stored, 'Degraded')
      expect(stored.statusOf('agent').message).toContain('NotStarted')
      await until('the Pod is back', 10_000, async () =>
        (await pods()).every(pod => imageOf(pod) === 'agent:1'),
      )
      fate = 'ready'
      const later = new Date(Date.parse(String(stored.statusOf('agent').since)) + 1_000).toISOString()
      stored.annotate('agent', { 'pillion.dev/resumed-at': later.replace(/\.\d+Z$/, 'Z') })
      await phaseIs(stored, 'Completed')
      expect((await pods()).map(revisionIn)).toEqual(Array(4).fill(canary))
    })

    it('updates a Pod that its node has not started, and waits for it at no time', async () => {
      const stored = await start(2, 1)
      const waiting = { in: 'hostile', workload: 'waiting', pods: 2 }
      await createInjected(server(), stored.current().profiles, waiting)
      kubelet()
      await allReady(2)
      // There is one place: if such a Pod took it, the others would wait without end.
      const { steps, failures } = startLeader(apiFor(server()), stored, { parallelPods: 1 })
      const canary = stored.edit('agent', agent('agent:2'))
      await phaseIs(stored, 'Completed')
      // Until the deadline of such a Pod would be over.
      await sleep(3_500)
      expect(stored.statusOf('agent').phase).toBe('Completed')
      expect([...(await pods()), ...(await pods('hostile'))].map(revisionIn)).toEqual(Array(4).fill(canary))
      expect(steps.map(({ kind, result }) => `${kind} ${result}`)).toEqual(['images done', 'images done'])
      expect(failures).toEqual([])
    })

    it('stops nothing at all if the image cannot be pulled', async () => {
      const stored = await start(3)
      const { touched, pulled } = kubelet(undefined, image => image !== 'agent:absent')
      await allReady(6)
      const { steps } = startLeader(apiFor(server()), stored)
      stored.edit('agent', agent('agent:absent'))
      await phaseIs(stored, 'Degraded')
      expect(stored.statusOf('agent').message).toMatch(
        /Pod shop\/web-0-6d4f7-0: ErrImagePull: node node-1 cannot pull the image agent:absent, so the Pod was not touched: .*not found/,
      )
      expect({ touched, pulled, steps }).toEqual({ touched: [], pulled: ['node-1 agent:absent'], steps: [] })
      await until('the pull Pod is gone', 10_000, async () => (await pods('pillion')).length === 0)
      expect((await pods()).map(imageOf)).toEqual(Array(6).fill('agent:1'))
    })

    it('never has more unavailable Pods of a workload than maxUnavailable', async () => {
      const stored = await start(3, 4, { maxUnavailable: 2 })
      kubelet()
      await allReady(12)
      let most = 0
      const watching = new AbortController()
      onTestFinished(() => watching.abort())
      const watch = apiFor(server()).watch('/api/v1/namespaces/shop/pods', {
        silenceMs: 60_000,
        signal: watching.signal,
      })
      const unready = new Map<string, string>()
      const watched = (async () => {
        for await (const { object } of watch) {
          const isReady = objectsIn(objectAt(object, 'status')['conditions']).some(
            ({ type, status }) => type === 'Ready' && status === 'True',
          )
          const workload = String(objectAt(object, 'metadata', 'labels')['app'])
          if (isReady) unready.delete(nameOf(object))
          else unready.set(nameOf(object), workload)
          const counts = Map.groupBy(unready.values(), name => name)
          most = Math.max(most, ...[...counts.values()].map(({ length }) => length))
        }
      })().catch(() => {})
      startLeader(apiFor(server()), stored)
      stored.edit('agent', agent('agent:2', { maxUnavailable: 2 }))
      await phaseIs(stored, 'Completed')
      watching.abort()
      await watched
      expect((await pods()).map(imageOf)).toEqual(Array(12).fill('agent:2'))
      expect(most).toBe(2)
    })

    /** Lets ten leaders work on a rollout, each until it has sent a number of requests, and is killed in the middle. */
    async function killLeaders(stored: ReturnType<typeof storedRollouts>, end: string) {
      for (let killed = 0; killed < 10; killed++) {
        let left = 3 + killed * 4
        const api = apiFor(server())
        const { promise, resolve } = Promise.withResolvers<void>()
        const leader = startLeader(
          {
            ...api,
            async request(...call) {
              if (left-- <= 0) {
                leader.kill()
                resolve()
              }
              return api.request(...call)
            },
          },
          stored,
        )
        await Promise.race([promise, phaseIs(stored, end)])
        leader.kill()
        expect(await inBetween(stored)).toEqual([])
      }
      startLeader(apiFor(server()), stored)
      await phaseIs(stored, end)
    }

    it('goes on where the leader before stopped, at whatever moment that is', async () => {
      const stored = await start(6)
      kubelet()
      await allReady(12)
      const canary = stored.edit('agent', agent('agent:2'))
      await killLeaders(stored, 'Completed')
      const after = await pods()
      expect(after.map(revisionIn)).toEqual(Array(12).fill(canary))
      expect(await inBetween(stored)).toEqual([])
      const restarts = after.flatMap(pod =>
        objectsIn(objectAt(pod, 'status')['initContainerStatuses']).map(({ restartCount }) => restartCount),
      )
      expect(restarts).toEqual(Array(12).fill(1))
      await until('the pull Pods are gone', 10_000, async () => (await pods('pillion')).length === 0)
    })

    it('puts back what failed, whenever the leader stops meanwhile', async () => {
      const stored = await start(3)
      const { touched } = kubelet(image => (image === 'agent:bad' ? 'crashes' : 'ready'))
      await allReady(6)
      stored.edit('agent', agent('agent:bad'))
      await killLeaders(stored, 'Degraded')
      await until('the Pod is back', 10_000, async () =>
        (await pods()).every(pod => imageOf(pod) === 'agent:1'),
      )
      await allReady(6)
      expect(new Set(touched)).toEqual(new Set(['web-0-6d4f7-0']))
      expect(await inBetween(stored)).toEqual([])
    })

    it('changes labels at once, and requests before the status, without a restart', async () => {
      const resources = (cpu: string) => ({ requests: { cpu, memory: '16Mi' }, limits: { memory: '32Mi' } })
      const spec = (cpu: string, mark: string, image = 'agent:1') => ({
        ...agent(image),
        containers: [{ name: 'agent', image, resources: resources(cpu) }],
        pod: { annotations: { 'example.com/mark': mark } },
      })
      const stored = storedRollouts({ agent: spec('10m', 'a') })
      await createInjected(server(), stored.current().profiles, { workload: 'web', pods: 2 })
      const { touched, pulled } = kubelet()
      await allReady(2)
      const { api, calls } = recording(apiFor(server()))
      startLeader(api, stored)
      stored.edit('agent', spec('10m', 'b'))
      await phaseIs(stored, 'Completed')
      const patches = () => calls.filter(call => call.startsWith('PATCH')).map(call => call.split('/').at(-1))
      expect(patches()).toEqual(['web-6d4f7-0', 'web-6d4f7-1'])
      stored.edit('agent', spec('20m', 'b'))
      await phaseIs(stored, 'Completed')
      expect(patches().slice(2)).toEqual(['resize', 'web-6d4f7-0', 'resize', 'web-6d4f7-1'])
      expect({ touched, pulled }).toEqual({ touched: [], pulled: [] })
      for (const pod of await pods()) {
        expect(pod).toMatchObject({ metadata: { annotations: { 'example.com/mark': 'b' } } })
        const [sidecar] = objectsIn(objectAt(pod, 'spec')['initContainers'])
        expect(sidecar).toMatchObject({ resources: resources('20m') })
      }
    })

    it("leaves alone what is excluded, disabled, ends or is not Pillion's, and reports what must be recreated", async () => {
      const stored = await start(1, 1)
      const { profiles } = stored.current()
      for (const name of ['excluded', 'disabled'])
        await createInjected(server(), profiles, { in: name, workload: 'web', pods: 1 })
      await createInjected(server(), profiles, { workload: 'done', pods: 1 })
      await createInjected(server(), profiles, { workload: 'other', pods: 1 })
      const path = '/api/v1/namespaces/shop/pods/other-6d4f7-0'
      const byHand = [{ op: 'replace', path: '/spec/initContainers/0/image', value: 'agent:mine' }]
      await apiFor(server()).request('PATCH', path, {
        body: byHand,
        contentType: 'application/json-patch+json',
      })
      kubelet()
      await allReady(3)
      await server().request('PATCH', '/api/v1/namespaces/shop/pods/done-6d4f7-0/status', {
        status: { phase: 'Succeeded' },
      })
      startLeader(apiFor(server()), stored)
      const canary = stored.edit('agent', agent('agent:2'))
      await phaseIs(stored, 'Completed')
      const images = (await pods()).map(pod => `${nameOf(pod)} ${imageOf(pod)}`)
      expect(images.toSorted()).toEqual([
        'done-6d4f7-0 agent:1',
        'other-6d4f7-0 agent:mine',
        'web-0-6d4f7-0 agent:2',
      ])
      for (const name of ['excluded', 'disabled'])
        expect((await pods(name)).map(imageOf), name).toEqual(['agent:1'])
      await until('all is counted', 10_000, async () => stored.statusOf('agent').ready === 1)
      expect(stored.statusOf('agent')).toMatchObject({ stable: canary, matched: 2, needsRecreate: 1 })
      expect(await events('other-6d4f7-0')).toEqual(['NeedsRecreate'])
    })

    it('waits for a PodDisruptionBudget and for a node, and says so', async () => {
      const probed = (image: string) => ({
        ...agent(image),
        containers: [{ name: 'agent', image, readinessProbe: { exec: { command: ['true'] } } }],
      })
      const stored = storedRollouts({ agent: probed('agent:1') })
      await createInjected(server(), stored.current().profiles, { workload: 'guarded', pods: 1 })
      const budgets = '/apis/policy/v1/namespaces/shop/poddisruptionbudgets'
      await server().request('POST', budgets, {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'guard' },
        spec: { minAvailable: 1, selector: { matchLabels: { app: 'guarded' } } },
      })
      const allow = (disruptionsAllowed: number) =>
        server().request('PATCH', `${budgets}/guard/status`, {
          status: {
            disruptionsAllowed,
            currentHealthy: 1,
            desiredHealthy: 1,
            expectedPods: 1,
            observedGeneration: 1,
          },
        })
      await allow(0)
      const schedulable = (is: boolean) =>
        server().request('PATCH', '/api/v1/nodes/node-1', { spec: { unschedulable: !is } })
      await schedulable(false)
      const { touched } = kubelet()
      await allReady(1)
      startLeader(apiFor(server()), stored)
      stored.edit('agent', probed('agent:2'))
      const says = (text: string) =>
        until(text, 15_000, async () => String(stored.statusOf('agent').message).includes(text))
      await says('Pod shop/guarded-6d4f7-0 waits: node node-1 is unschedulable')
      await schedulable(true)
      await says('Pod shop/guarded-6d4f7-0 waits: the PodDisruptionBudget guard allows no disruption now')
      expect(touched).toEqual([])
      await allow(1)
      await phaseIs(stored, 'Completed')
      expect(touched).toEqual(['guarded-6d4f7-0'])
      await server().request('DELETE', `${budgets}/guard`)
    })

    it('updates one Pod for two profiles one after the other', async () => {
      const spec = (name: string, image: string) => ({
        ...agent(image),
        containers: [{ name, image }],
      })
      const stored = storedRollouts({ agent: spec('agent', 'agent:1'), second: spec('second', 'second:1') })
      await createInjected(server(), stored.current().profiles, {
        workload: 'web',
        pods: 4,
        asks: 'agent,second',
      })
      const { touched } = kubelet()
      await allReady(4)
      const patched: string[] = []
      const api = apiFor(server())
      let most = 0
      startLeader(
        {
          ...api,
          async request(method, path, call) {
            if (method === 'PATCH') {
              const unready = (await pods()).filter(pod =>
                objectsIn(objectAt(pod, 'status')['conditions']).some(
                  ({ type, status }) => type === 'Ready' && status !== 'True',
                ),
              )
              most = Math.max(most, unready.length)
              patched.push(path)
            }
            return api.request(method, path, call)
          },
        },
        stored,
      )
      stored.edit('agent', spec('agent', 'agent:2'))
      stored.edit('second', spec('second', 'second:2'))
      await phaseIs(stored, 'Completed')
      await until('the second one, too', 20_000, async () => stored.statusOf('second').phase === 'Completed')
      expect(patched).toHaveLength(8)
      expect(touched).toHaveLength(8)
      expect(most).toBeLessThanOrEqual(1)
    })

    it.each([
      { what: 'the end of time holds up no rollout', at: '2099-01-01T00:00:00Z', profile: 'agent' },
      { what: 'now holds up no other rollout', at: undefined, profile: 'second' },
    ])(
      'a made-up mark of $what, in as many Pods of a namespace as may be updated',
      async ({ at, profile }) => {
        const spec = (name: string, image: string) => ({ ...agent(image), containers: [{ name, image }] })
        const stored = storedRollouts({ agent: agent('agent:1'), second: spec('second', 'second:1') })
        const { profiles } = stored.current()
        await createInjected(server(), profiles, { workload: 'web', pods: 2, asks: 'agent,second' })
        await createInjected(server(), profiles, { in: 'hostile', workload: 'forger', pods: 12 })
        kubelet()
        await allReady(2)
        const canary = stored.edit('agent', agent('agent:2'))
        for (const pod of await pods('hostile')) {
          const { annotations, name } = metadataOf(pod) as {
            name: string
            annotations: { [key: string]: string }
          }
          const status = JSON.parse(annotations['pillion.dev/status'] ?? '') as {
            profiles: { agent: JsonObject }
          }
          const { agent: claim } = status.profiles
          const mark = {
            from: claim['revision'] ?? '',
            at: at ?? new Date(Date.now() + 300_000).toISOString(),
          }
          const forged = { profiles: { agent: { ...claim, revision: canary, updated: mark } } }
          await server().request('PATCH', `/api/v1/namespaces/hostile/pods/${name}`, {
            metadata: { annotations: { 'pillion.dev/status': JSON.stringify({ ...status, ...forged }) } },
          })
        }
        startLeader(apiFor(server()), stored)
        if (profile === 'second') stored.edit('second', spec('second', 'second:2'))
        await until('the Pods in the other namespace are updated', 20_000, async () =>
          (await pods()).every(pod => JSON.stringify(pod['spec']).includes(`${profile}:2`)),
        )
      },
    )

    it('does not overwrite a Pod that is changed or deleted between the look and the patch', async () => {
      const stored = await start(3, 1)
      kubelet()
      await allReady(3)
      const api = apiFor(server())
      const meddled: string[] = []
      startLeader(
        {
          ...api,
          async request(method, path, call) {
            const name = String(path.split('/').at(-1))
            if (method === 'PATCH' && !meddled.includes(name)) {
              meddled.push(name)
              if (name.startsWith('web-0'))
                await server().request('DELETE', `/api/v1/namespaces/shop/pods/${name}?gracePeriodSeconds=0`)
              if (name.startsWith('web-1')) {
                const body = [{ op: 'replace', path: '/spec/initContainers/0/image', value: 'agent:mine' }]
                await api.request('PATCH', path, { body, contentType: 'application/json-patch+json' })
              }
            }
            return api.request(method, path, call)
          },
        },
        stored,
      )
      stored.edit('agent', agent('agent:2'))
      await phaseIs(stored, 'Completed')
      const images = (await pods()).map(pod => `${nameOf(pod)} ${imageOf(pod)}`)
      expect(images.toSorted()).toEqual(['web-1-6d4f7-0 agent:mine', 'web-2-6d4f7-0 agent:2'])
    })

    it('stops when a policy refuses the change, with the words of the policy, and takes back what it resized', async () => {
      const spec = (image: string, cpu: string) => ({
        ...agent(image),
        containers: [{ name: 'agent', image, resources: { requests: { cpu } } }],
      })
      const stored = storedRollouts({ agent: spec('agent:1', '10m') })
      for (const workload of ['web-0', 'web-1'])
        await createInjected(server(), stored.current().profiles, { workload, pods: 1 })
      const { touched } = kubelet()
      await allReady(2)
      const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies'
      const rules = { apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['UPDATE'] }
      const message = 'images are signed here'
      await server().request('POST', policies, {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name: 'signed' },
        spec: {
          matchConstraints: { resourceRules: [rules] },
          validations: [
            { expression: "!object.spec.initContainers.exists(c, c.image == 'agent:unsigned')", message },
          ],
        },
      })
      await server().request('POST', `${policies}bindings`.replace('policiesbindings', 'policybindings'), {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name: 'signed' },
        spec: { policyName: 'signed', validationActions: ['Deny'] },
      })
      await until('the policy is in force', 20_000, async () => {
        const body = [{ op: 'replace', path: '/spec/initContainers/0/image', value: 'agent:unsigned' }]
        const tried = await apiFor(server()).request('PATCH', '/api/v1/namespaces/shop/pods/web-0-6d4f7-0', {
          query: { dryRun: 'All' },
          body,
          contentType: 'application/json-patch+json',
        })
        return !tried.ok
      })
      const { steps } = startLeader(apiFor(server()), stored)
      stored.edit('agent', spec('agent:unsigned', '20m'))
      await phaseIs(stored, 'Degraded')
      expect(stored.statusOf('agent').message).toMatch(/RefusedByApiServer: .*images are signed here/)
      for (const pod of await pods()) {
        const [sidecar] = objectsIn(objectAt(pod, 'spec')['initContainers'])
        expect(sidecar).toMatchObject({ image: 'agent:1', resources: { requests: { cpu: '10m' } } })
      }
      expect(new Set(steps.map(({ result }) => result))).toEqual(new Set(['refused']))
      expect(touched).toEqual([])
    })

    // Before 1.36 the API server takes the resize, and the kubelet does not carry it out.
    it('stops when a node has no room for what a resize asks for, and says so', from('1.36'), async () => {
      await createNode(server(), 'small', '100m')
      const spec = (cpu: string) => ({
        ...agent('agent:1'),
        containers: [{ name: 'agent', image: 'agent:1', resources: { requests: { cpu } } }],
      })
      const stored = storedRollouts({ agent: spec('10m') })
      await createInjected(server(), stored.current().profiles, { workload: 'web', pods: 1, node: 'small' })
      const { touched } = kubelet()
      await allReady(1)
      const [before] = await pods()
      const { steps } = startLeader(apiFor(server()), stored)
      stored.edit('agent', spec('200m'))
      await phaseIs(stored, 'Degraded')
      expect(stored.statusOf('agent').message).toMatch(
        /RefusedByApiServer: .*allocatable resources: cpu, requested: 200, allocatable: 100/,
      )
      expect((await pods()).map(({ spec }) => spec)).toEqual([before?.['spec']])
      // More than once, if the rollout enters its first step meanwhile.
      expect(new Set(steps.map(({ result }) => result))).toEqual(new Set(['refused']))
      expect(touched).toEqual([])
    })

    it('evicts with update: Recreate, one Pod of a workload at a time, and only what is replaced', async () => {
      const spec = (level: string) => ({
        ...agent('agent:1', { update: 'Recreate' }),
        containers: [{ name: 'agent', image: 'agent:1', env: [{ name: 'LEVEL', value: level }] }],
      })
      const stored = storedRollouts({ agent: spec('info') })
      await createInjected(server(), stored.current().profiles, { workload: 'web', pods: 3 })
      kubelet()
      await allReady(3)
      // The controller of the Pods: replaces those that are gone.
      const controller = new AbortController()
      onTestFinished(() => controller.abort())
      let names = 3
      let fewest = 3
      const replacing = (async () => {
        while (!controller.signal.aborted) {
          const there = await pods()
          fewest = Math.min(fewest, there.length)
          const missing = 3 - there.length
          for (let i = 0; i < missing; i++)
            await createInjected(server(), stored.current().profiles, {
              workload: 'web',
              pods: 1,
              from: names++,
            })
          await sleep(20)
        }
      })()
      const { failures } = startLeader(apiFor(server()), stored)
      const canary = stored.edit('agent', spec('debug'))
      await phaseIs(stored, 'Completed')
      controller.abort()
      await replacing
      expect((await pods()).map(revisionIn)).toEqual(Array(3).fill(canary))
      expect(fewest).toBe(2)
      expect(failures).toEqual([])
    })

    it.each([
      { what: 'says 500', fault: answer(500, status(500, 'InternalError')) },
      { what: 'says 429', fault: answer(429, status(429, 'TooManyRequests'), { 'retry-after': '1' }) },
      { what: 'cuts connections', fault: drop },
    ])('waits for an API server that $what: bounded retries, no Pod in between', async ({ fault }) => {
      const stored = await start(3)
      kubelet()
      await allReady(6)
      const proxy = await startProxy(server())
      onTestFinished(() => proxy.stop())
      let left = 12
      const { promise: isFaulty, resolve } = Promise.withResolvers<void>()
      proxy.misbehave(call => {
        if (left-- > 0) return call.forward()
        resolve()
        fault(call)
      })
      startLeader(apiAt(proxy.access), stored)
      const canary = stored.edit('agent', agent('agent:2'))
      await isFaulty
      const before = proxy.requests.length
      const startedAt = performance.now()
      await until('it has tried again several times', 10_000, async () => proxy.requests.length >= before + 6)
      // The wait doubles from a tick of 20 ms: so that six requests take a while.
      expect(performance.now() - startedAt, 'nothing spins').toBeGreaterThan(150)
      expect(await inBetween(stored)).toEqual([])
      proxy.behave()
      await phaseIs(stored, 'Completed')
      expect((await pods()).map(revisionIn)).toEqual(Array(6).fill(canary))
      expect(await inBetween(stored)).toEqual([])
    })

    it('finds the answer of a patch that was lost: the Pod is not updated twice', async () => {
      const stored = await start(2, 1)
      const { touched } = kubelet()
      await allReady(2)
      const proxy = await startProxy(server())
      onTestFinished(() => proxy.stop())
      let lost = 0
      proxy.misbehave(call => {
        if (call.request.method !== 'PATCH' || lost > 0) return call.forward()
        lost += 1
        cut(10, 'connection')(call)
      })
      startLeader(apiAt(proxy.access), stored)
      const canary = stored.edit('agent', agent('agent:2'))
      await phaseIs(stored, 'Completed')
      expect(lost).toBe(1)
      expect((await pods()).map(revisionIn)).toEqual(Array(2).fill(canary))
      expect(touched).toHaveLength(2)
    })
  },
  { needs: '1.33' },
)

function status(code: number, reason: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Status',
    status: 'Failure',
    code,
    reason,
    message: 'told to',
  })
}
