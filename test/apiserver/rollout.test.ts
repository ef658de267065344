import { beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import type { JsonObject } from '../../src/json/json.ts'
import { metadataOf, objectAt, objectsIn } from '../../src/json/json.ts'
import { apiFor } from './client.ts'
import { type Fate, startKubelet } from './rollout-kubelet.ts'
import { createInjected, createNode, startLeader, storedRollouts } from './rollout-world.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const agent = (image: string, rollout: JsonObject = {}) => ({
  containers: [{ name: 'agent', image }],
  rollout: { update: 'InPlace', minReadySeconds: 0, progressDeadlineSeconds: 3, ...rollout },
})

describeWithApiServer('a rollout on a real API server', server => {
  beforeAll(async () => {
    for (const name of ['pillion', 'excluded', 'shop', 'disabled']) await server().createNamespace(name)
    for (const name of ['node-1', 'node-2']) await createNode(server(), name)
  })
  beforeEach(async () => {
    for (const name of ['shop', 'pillion', 'excluded', 'disabled'])
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
    String(objectsIn(objectAt(pod, 'spec')['initContainers']).find(({ name }) => name === 'agent')?.['image'])
  const nameOf = (pod: JsonObject) => String(metadataOf(pod)['name'])
  const revisionIn = (pod: JsonObject) => {
    const text = objectAt(pod, 'metadata', 'annotations')['pillion.dev/status']
    return (JSON.parse(String(text)) as { profiles: { agent: { revision: string } } }).profiles.agent.revision
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
    const { body } = await server().request<{ items: { reason: string; involvedObject: { uid: string } }[] }>(
      'GET',
      path,
    )
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

  it('goes on where the leader before stopped, at whatever moment that is', async () => {
    const stored = await start(6)
    kubelet()
    await allReady(12)
    const canary = stored.edit('agent', agent('agent:2'))
    for (let killed = 0; killed < 10; killed++) {
      // After another number of requests each time.
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
      await Promise.race([promise, phaseIs(stored, 'Completed')])
      leader.kill()
      expect(await inBetween(stored)).toEqual([])
    }
    startLeader(apiFor(server()), stored)
    await phaseIs(stored, 'Completed')
    const after = await pods()
    expect(after.map(revisionIn)).toEqual(Array(12).fill(canary))
    expect(await inBetween(stored)).toEqual([])
    const restarts = after.flatMap(pod =>
      objectsIn(objectAt(pod, 'status')['initContainerStatuses']).map(({ restartCount }) => restartCount),
    )
    expect(restarts).toEqual(Array(12).fill(1))
    await until('the pull Pods are gone', 10_000, async () => (await pods('pillion')).length === 0)
  })
})
