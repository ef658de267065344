import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { reportStatuses } from '../../src/cluster/profile/profile-status.ts'
import { watchProfiles } from '../../src/cluster/profile/profiles.ts'
import { decideOn, podOf } from '../../src/engine/decide.fixture.ts'
import { sampleOf } from '../../src/engine/sample.ts'
import type { JsonObject } from '../../src/json/json.ts'
import type { RolloutStatus } from '../../src/profile/rollout/rollout-status.ts'
import { apiFor } from './client.ts'
import { installCustomResources } from './custom-resources.ts'
import { kubernetesVersion } from './from.ts'
import { describeWithApiServer } from './suite.ts'
import { until } from './until.ts'

const asking = { 'pillion.dev/inject': 'sticky' }
const profilesPath = '/apis/pillion.dev/v1alpha1/clustersidecarprofiles'

describeWithApiServer('the rollout of a profile in a real API server', server => {
  const stopping = new AbortController()
  const failures: string[] = []
  let leader: Awaited<ReturnType<typeof replica>>

  beforeAll(async () => {
    await installCustomResources(server())
    await server().createNamespace('pillion', {
      labels: { 'pod-security.kubernetes.io/enforce': 'baseline' },
    })
    leader = await replica('replica-0')
  })

  /** A replica that leads, or only decides, until it is stopped, and keeps all it knows only in the API server. */
  async function replica(identity: string, leads = true) {
    const ending = new AbortController()
    stopping.signal.addEventListener('abort', () => ending.abort())
    const api = apiFor(server())
    const failed = (reason: string) => failures.push(reason)
    let report = () => {}
    const watched = watchProfiles(api, {
      home: 'pillion',
      changed: () => report(),
      failed,
      signal: ending.signal,
    })
    const reporter = reportStatuses(api, {
      verdicts: () => watched.current().verdicts.values(),
      revisions: watched.revisions,
      isLeader: () => leads && !ending.signal.aborted,
      sample: profile => sampleOf(profile, kubernetesVersion),
      namespace: 'pillion',
      identity,
      failed,
      signal: ending.signal,
    })
    report = reporter.changed
    await until('all are listed', 10_000, async () => watched.isComplete())
    report()
    return { ...reporter, profiles: () => watched.current().profiles, stop: () => ending.abort() }
  }

  afterAll(() => {
    stopping.abort()
    expect(failures).toEqual([])
  })

  const spec = (image: string, rollout?: JsonObject) => ({
    containers: [{ name: 'agent', image }],
    ...(rollout && { rollout }),
  })

  async function create(name: string, rollout?: JsonObject): Promise<string> {
    const object = {
      apiVersion: 'pillion.dev/v1alpha1',
      kind: 'ClusterSidecarProfile',
      metadata: { name },
      spec: spec('agent:1', rollout),
    }
    expect(await server().request('POST', profilesPath, object)).toMatchObject({ status: 201 })
    onTestFinished(async () => void (await server().request('DELETE', `${profilesPath}/${name}`)))
    const { revision } = await whenStatus(name, ({ revision }) => revision !== undefined)
    return String(revision)
  }

  const patch = (name: string, change: JsonObject) =>
    server().request<Profile>('PATCH', `${profilesPath}/${name}`, change)
  const edit = (name: string, image: string, rollout?: JsonObject) =>
    patch(name, { spec: spec(image, rollout) })
  const annotate = (name: string, annotations: JsonObject) => patch(name, { metadata: { annotations } })

  async function read(name: string): Promise<Profile> {
    return (await server().request<Profile>('GET', `${profilesPath}/${name}`)).body
  }

  async function whenStatus(name: string, is: (status: Status) => boolean): Promise<Status> {
    let status: Status = {}
    await until(`the status of ${name} is as it should be`, 10_000, async () => {
      status = (await read(name)).status ?? {}
      return is(status)
    })
    return status
  }

  const whenRollout = async (name: string, expected: Partial<RolloutStatus>): Promise<Status> => {
    let last: Status = {}
    const isSo = (status: Status) => {
      last = status
      return Object.entries(expected).every(([field, value]) => status.rollout?.[field] === value)
    }
    return whenStatus(name, isSo).catch(({ message }: Error) => {
      throw new Error(`${message}: ${JSON.stringify(expected)}, not ${JSON.stringify(last.rollout)}`)
    })
  }

  /** What Pods get: the stable revision, and the canary with its share. */
  const whenServed = (name: string, expected: readonly [stable: string, canary?: string, percent?: number]) =>
    until(`${name} is served as ${expected}`, 10_000, async () => {
      const profiles = leader.profiles()
      const profile = profiles.find(name, 'shop')
      const canary = profile && profiles.canaryOf?.(profile)
      return [profile?.revision, canary?.profile.revision, canary?.percent].every(
        (is, i) => is === expected[i],
      )
    })

  const conditions = ({ conditions = [] }: Status) =>
    conditions.flatMap(({ type, status, reason }) =>
      type === 'Progressing' || type === 'Degraded' ? [`${type}=${status} ${reason}`] : [],
    )

  /** The Events about the rollout of a profile, in any order. */
  async function eventsOn(name: string): Promise<readonly Said[]> {
    const { body } = await server().request<{ items: readonly Said[] }>(
      'GET',
      '/api/v1/namespaces/default/events',
    )
    return body.items.filter(
      ({ involvedObject, reportingComponent }) =>
        involvedObject.name === name && reportingComponent === 'pillion.dev/rollout',
    )
  }

  it('is a share of the workloads, until it is promoted', async () => {
    const canary = { canary: { percent: 30 } }
    const first = await create('shared', canary)
    const begun = await whenRollout('shared', { phase: 'Completed', stable: first })
    expect(begun.rollout).not.toHaveProperty('canary')
    expect(conditions(begun)).toEqual([
      'Progressing=True RolloutCompleted',
      'Degraded=False RolloutCompleted',
    ])

    await edit('shared', 'agent:2', canary)
    const shared = await whenRollout('shared', { phase: 'Progressing', stable: first, percent: 30, step: 0 })
    const second = String(shared.rollout?.canary)
    expect(shared).toMatchObject({ revision: first, lastAccepted: { revision: second } })
    expect(conditions(shared)).toEqual([
      'Progressing=True RolloutProgressing',
      'Degraded=False RolloutProgressing',
    ])
    expect(shared.rollout?.message).toBe(
      `30 % of the workloads get revision ${second}, the others ${first}, until it is promoted: pillion rollout promote`,
    )

    await whenServed('shared', [first, second, 30])

    await annotate('shared', { 'pillion.dev/promote': second })
    const promoted = await whenRollout('shared', { phase: 'Completed', stable: second })
    expect(promoted).toMatchObject({ revision: second })
    expect(promoted.rollout).not.toHaveProperty('percent')
    await whenServed('shared', [second])
  })

  it('says what is wrong with the annotation of a promotion, and waits', async () => {
    const first = await create('misnamed', { canary: { percent: 30 } })
    await edit('misnamed', 'agent:2', { canary: { percent: 30 } })
    await whenRollout('misnamed', { percent: 30 })
    await annotate('misnamed', { 'pillion.dev/promote': '0123456789' })
    const { rollout } = await whenStatus('misnamed', ({ rollout }) =>
      Boolean(rollout?.message?.includes('Note')),
    )
    expect(rollout).toMatchObject({ phase: 'Progressing', stable: first, percent: 30 })
    expect(rollout?.message).toContain('the annotation pillion.dev/promote is "0123456789", but revision')
  })

  it('goes from step to step by itself, waits at a pause, and goes on when the step is promoted', async () => {
    const steps = {
      steps: [
        { percent: 5, hold: '1s' },
        { percent: 25, pause: true },
        { percent: 50, hold: '1s' },
      ],
    }
    const first = await create('stepwise', steps)
    await edit('stepwise', 'agent:2', steps)
    const waiting = await whenRollout('stepwise', { phase: 'Paused', stable: first, percent: 25, step: 1 })
    expect(conditions(waiting)).toEqual(['Progressing=Unknown RolloutPaused', 'Degraded=False RolloutPaused'])
    const second = String(waiting.rollout?.canary)
    await annotate('stepwise', { 'pillion.dev/promote': `${second}/1` })
    await whenRollout('stepwise', { phase: 'Completed', stable: second })
    await until('all Events are written', 10_000, async () => (await eventsOn('stepwise')).length >= 6)
    const said = (await eventsOn('stepwise')).map(
      ({ reason, message }) => `${reason}: ${message.split(' of the')[0]}`,
    )
    expect(said.sort()).toEqual([
      `RolloutCompleted: Pods get revision ${second}`,
      'RolloutPaused: step 2 of 3: 25 %',
      'RolloutStarted: step 1 of 3: 5 %',
      `RolloutStep: after the last step: all workloads get revision ${second}`,
      'RolloutStep: step 2 of 3: 25 %',
      'RolloutStep: step 3 of 3: 50 %',
    ])
  })

  it('reaches nobody while it is paused, and ends with an edit back', async () => {
    const first = await create('back', { canary: { percent: 30 }, paused: true })
    await edit('back', 'agent:2', { canary: { percent: 30 }, paused: true })
    const { rollout: held } = await whenRollout('back', { phase: 'Paused', stable: first, percent: 0 })
    await whenServed('back', [first, String(held?.canary), 0])
    await patch('back', { spec: { rollout: { paused: null } } })
    await whenRollout('back', { phase: 'Progressing', stable: first, percent: 30 })
    await edit('back', 'agent:1', { canary: { percent: 30 } })
    const { rollout } = await whenRollout('back', { phase: 'Completed', stable: first })
    expect(rollout).not.toHaveProperty('canary')
  })

  it('stays as it is while a new spec is not accepted, and goes with spec.rollout', async () => {
    const first = await create('undecided', { canary: { percent: 30 } })
    await edit('undecided', 'agent:2', { canary: { percent: 30 } })
    const { rollout: before } = await whenRollout('undecided', { percent: 30 })
    await patch('undecided', {
      spec: { ...spec('agent:3'), rollout: null, requires: [{ expression: '1', message: 'x' }] },
    })
    const refused = await whenStatus('undecided', ({ conditions = [] }) =>
      conditions.some(({ type, reason }) => type === 'Accepted' && reason === 'Invalid'),
    )
    expect(refused).toMatchObject({ revision: first, rollout: before })
    await patch('undecided', { spec: { requires: null } })
    const free = await whenStatus('undecided', ({ rollout }) => rollout === undefined)
    expect(free.revision).not.toBe(first)
    expect(conditions(free)).toEqual([])
  })

  it('goes on under the next leader, and says each step once', async () => {
    const steps = { steps: [{ percent: 10, hold: '2s' }, { percent: 20, pause: true }, { percent: 100 }] }
    const first = await create('inherited', steps)
    await edit('inherited', 'agent:2', steps)
    const said = async () => (await eventsOn('inherited')).map(({ reason }) => reason).sort()
    // The Event follows the status: a leader that ends in between writes none.
    const whenSaid = (reason: string) =>
      until(`the Event ${reason} is written`, 10_000, async () => (await said()).includes(reason))
    await whenSaid('RolloutStarted')
    leader.stop()
    leader = await replica('replica-1')
    const { rollout } = await whenRollout('inherited', { phase: 'Paused', percent: 20, stable: first })
    await whenSaid('RolloutPaused')
    leader.stop()
    leader = await replica('replica-2')
    await annotate('inherited', { 'pillion.dev/promote': `${rollout?.canary}/1` })
    await whenRollout('inherited', { phase: 'Completed', stable: String(rollout?.canary) })
    await whenSaid('RolloutCompleted')
    const all = ['RolloutCompleted', 'RolloutPaused', 'RolloutStarted', 'RolloutStep', 'RolloutStep']
    expect(await said()).toEqual(all)
  })

  it('stops at a failure that the loop found, and goes on when it is resumed', async () => {
    const rollout = { steps: [{ percent: 10, pause: true }] }
    const first = await create('failing', rollout)
    await edit('failing', 'agent:2', rollout)
    const { rollout: of } = await whenRollout('failing', { phase: 'Paused', percent: 10 })
    const { uid } = (await read('failing')).metadata
    const failure = {
      namespace: 'shop',
      name: 'web-1',
      reason: 'CrashLoopBackOff',
      message: 'the container agent does not start',
    }
    leader.rolled(uid, {
      of: of!,
      matched: 9,
      updated: 1,
      ready: 0,
      outdated: 0,
      needsRecreate: 0,
      failed: 1,
      isSettled: false,
      failure,
    })
    const degraded = await whenRollout('failing', {
      phase: 'Degraded',
      stable: first,
      failed: 1,
      progress: '1/9',
    })
    expect(conditions(degraded)).toEqual(['Progressing=False RolloutFailed', 'Degraded=True RolloutFailed'])
    expect(degraded.rollout?.message).toBe(
      `Pod shop/web-1: CrashLoopBackOff: the container agent does not start; new Pods get revision ${first}. To go on, change the spec, or run pillion rollout resume`,
    )
    await whenServed('failing', [first])
    const later = new Date(Date.parse(degraded.rollout?.since ?? '') + 1_000).toISOString()
    await annotate('failing', { 'pillion.dev/resumed-at': later })
    await whenRollout('failing', { phase: 'Paused', percent: 10 })
  })

  it('gives each Pod one revision: every replica the same workloads, more only adds, and a pin wins', async () => {
    const share = (percent: number) => ({ canary: { percent } })
    const first = await create('sticky', share(30))
    const follower = await replica('replica-1', false)
    onTestFinished(() => follower.stop())
    const pods = Array.from({ length: 200 }, (_, i) => podOf({}, { name: `cart-${i}`, annotations: asking }))
    const revisionsBy = ({ profiles }: typeof follower, some = pods) =>
      some.map(pod => decideOn(pod, profiles()).profiles[0]?.revision)
    const bothGive = async (percent: number, canary: string) => {
      await whenRollout('sticky', { percent, canary })
      const isKnown = ({ profiles }: typeof follower) => {
        const stable = profiles().find('sticky', 'shop')
        return stable !== undefined && profiles().canaryOf?.(stable)?.percent === percent
      }
      await until('both know it', 10_000, async () => isKnown(leader) && isKnown(follower))
      const [one, other] = [revisionsBy(leader), revisionsBy(follower)]
      expect(one).toEqual(other)
      expect(new Set(one)).toEqual(new Set([first, canary]))
      return new Set(pods.filter((_, i) => one[i] === canary))
    }

    await edit('sticky', 'agent:2', share(30))
    const { lastAccepted } = await whenRollout('sticky', { percent: 30 })
    const second = String(lastAccepted?.revision)
    const few = await bothGive(30, second)
    await edit('sticky', 'agent:2', share(60))
    const more = await bothGive(60, second)
    expect(few.isSubsetOf(more)).toBe(true)
    expect(more.size).toBeGreaterThan(few.size)

    const pinning = (revision: string) =>
      podOf({}, { annotations: { ...asking, 'pillion.dev/sticky.revision': revision } })
    for (const each of [leader, follower])
      for (const pin of [first, second]) expect(revisionsBy(each, [pinning(pin)])).toEqual([pin])
    await annotate('sticky', { 'pillion.dev/promote': second })
    await whenRollout('sticky', { phase: 'Completed', stable: second })
    expect(revisionsBy(leader, [pinning(first)])).toEqual([first])
    const { reason, message } = decideOn(pinning('0123456789'), leader.profiles())
    expect({ reason, message }).toEqual({
      reason: 'UnknownRevision',
      message: `annotation pillion.dev/sticky.revision: profile sticky has no revision "0123456789"; pin one of ${second}, ${first} (the newest first), or remove the annotation`,
    })
  })
})

interface Profile {
  readonly metadata: { readonly uid: string }
  readonly status?: Status
}

interface Status {
  readonly revision?: string
  readonly lastAccepted?: JsonObject
  readonly rollout?: RolloutStatus
  readonly conditions?: readonly {
    readonly type: string
    readonly status: string
    readonly reason: string
  }[]
}

interface Said {
  readonly involvedObject: { readonly name: string }
  readonly reportingComponent: string
  readonly reason: string
  readonly message: string
}
