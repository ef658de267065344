import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { isObject, type JsonObject, metadataOf } from '../../json/json.ts'
import { listProblems } from '../../problems/problem-list.ts'
import { type Acceptance, accept } from '../../profile/accept/acceptance.ts'
import { type Candidate, candidate } from '../../profile/accept/candidate.ts'
import { profileId } from '../../profile/accept/controller-revision.ts'
import { nothingKept } from '../../profile/accept/kept-revision.ts'
import type { Profile } from '../../profile/profile.ts'
import { readProfile } from '../../profile/read.ts'
import type { Api } from '../api/api.ts'
import type { ApiRequest } from '../api/http.ts'
import type { ApiResponse } from '../api/response.ts'
import { profileEvents } from './profile-event.ts'
import { reportStatuses, type StatusOptions } from './profile-status.ts'
import { revisionStore } from './revision-store.ts'

interface Asked {
  readonly method: string
  readonly path: string
  readonly body: unknown
}

/**
 * A cluster of cluster-wide profiles: an API server that stores what is patched, and a replica whose watch
 * brings every change at once.
 */
function cluster(options: Partial<StatusOptions> = {}) {
  const stored = new Map<string, JsonObject>()
  const candidates = new Map<string, Candidate>()
  const asked: Asked[] = []
  const failures: string[] = []
  const refusedToKeep: ApiResponse[] = []
  const queued: { method: string; answer: ApiResponse }[] = []
  const stopping = new AbortController()
  onTestFinished(() => stopping.abort())
  const revisions = revisionStore()
  let acceptance: Acceptance = accept(candidates)
  let version = 0
  let underWay = 0
  let mostUnderWay = 0

  function watch(name: string): void {
    const object = stored.get(name)
    const kept = object ? revisions.of(profileId(object)) : nothingKept
    if (object) candidates.set(name, candidate('ClusterSidecarProfile', object, candidates.get(name), kept))
    else candidates.delete(name)
    acceptance = accept(candidates)
    reporter.changed()
  }

  function store(name: string, object: JsonObject): JsonObject {
    version += 1
    const changed = { ...object, metadata: { ...metadataOf(object), resourceVersion: `${version}` } }
    stored.set(name, changed)
    watch(name)
    return changed
  }

  const request: Api['request'] = async (method, path, { body }: ApiRequest = {}) => {
    asked.push({ method, path, body })
    underWay += 1
    mostUnderWay = Math.max(mostUnderWay, underWay)
    await new Promise(resolve => setImmediate(resolve))
    underWay -= 1
    if (path.endsWith('/events')) return ok({})
    if (path.includes('/controllerrevisions')) return refusedToKeep.shift() ?? ok(body as JsonObject)
    const index = queued.findIndex(each => each.method === method)
    const [other] = index < 0 ? [] : queued.splice(index, 1)
    if (other) return other.answer
    return method === 'POST' ? ok({}) : patch(path, body as readonly { readonly value: JsonObject[string] }[])
  }

  function patch(
    path: string,
    [lock, status]: readonly { readonly value: JsonObject[string] }[],
  ): ApiResponse {
    const name = path.split('/').at(-2) ?? ''
    const object = stored.get(name)
    if (!object) return refusal(404, 'not found')
    if (metadataOf(object)['resourceVersion'] !== lock?.value)
      return refusal(409, 'the object has been modified')
    return ok(store(name, { ...object, status: status?.value }))
  }

  const reporter = reportStatuses({ request } as unknown as Api, {
    verdicts: () => acceptance.verdicts.values(),
    isLeader: () => true,
    sample: ({ name }: Profile) => ({ pod: { metadata: { name } } }),
    revisions,
    namespace: 'pillion',
    identity: 'replica-0',
    failed: reason => failures.push(reason),
    signal: stopping.signal,
    backoff: { firstMs: 5, mostMs: 20 },
    ...options,
  })

  function statusOf(name: string): JsonObject {
    const status = stored.get(name)?.['status']
    return isObject(status) ? status : {}
  }

  function condition(name: string, type: string): JsonObject {
    const { conditions } = statusOf(name)
    const list = Array.isArray(conditions) ? conditions.filter(isObject) : []
    return list.find(each => each['type'] === type) ?? {}
  }

  return {
    asked,
    failures,
    reporter,
    mostUnderWay: () => mostUnderWay,
    /** Someone applies a profile. */
    apply(name: string, spec: JsonObject, more: JsonObject = {}) {
      const before = stored.get(name) ?? { metadata: { name, uid: name, generation: 0 } }
      const generation = Number(metadataOf(before)['generation']) + 1
      store(name, { ...before, ...more, metadata: { ...metadataOf(before), generation }, spec })
    },
    /** What the next request of this method is answered with. */
    answerNext: (method: 'POST' | 'PATCH', answer: ApiResponse) => void queued.push({ method, answer }),
    statusOf,
    condition,
    /** Someone deletes it. */
    remove(name: string): void {
      stored.delete(name)
      watch(name)
    },
    /** Someone changes its labels. */
    touch: (name: string) => void store(name, stored.get(name) ?? {}),
    /** Dry runs (POST) and statuses (PATCH). */
    asks: (method: string) => asked.filter(each => each.method === method && !isOther(each.path)),
    /** What the next writes of ControllerRevisions are answered with. */
    refuseToKeep: (...answers: readonly ApiResponse[]) => void refusedToKeep.push(...answers),
    /** The ControllerRevisions that were written. */
    kept: () => asked.filter(({ path }) => path.includes('/controllerrevisions')),
    events: () => asked.filter(({ path }) => path.endsWith('/events')).map(({ body }) => body as JsonObject),
    /** Waits until no more requests come. */
    async settled(): Promise<void> {
      for (let before = -1; before !== asked.length; ) {
        before = asked.length
        await new Promise(resolve => setTimeout(resolve, 30))
      }
    },
  }
}

const isOther = (path: string) => path.endsWith('/events') || path.includes('/controllerrevisions')
const ok = (body: JsonObject): ApiResponse => ({ ok: true, status: 200, body, warnings: [] })
const refusal = (status: number, message: string): ApiResponse => ({ ok: false, status, message })
const eventually = (assertion: () => void) => vi.waitFor(assertion, { timeout: 20_000, interval: 2 })

const spec = (image: string) => ({
  parameters: { path: { type: 'string' }, level: { type: 'string' } },
  containers: [{ name: 'a', image }],
})
const bad = spec('$(params.tag)')

describe('the status of a profile', () => {
  it('says that it is accepted, in which revision, and that the API server says in a dry run that a Pod with it is valid', async () => {
    const { apply, condition, statusOf, asks, settled } = cluster()
    apply('logging', spec('a:1'))
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'True' }))
    await settled()
    expect(statusOf('logging')).toEqual({
      revision: expect.stringMatching(/^[0-9a-f]{10}$/),
      lastAccepted: {
        revision: statusOf('logging')['revision'],
        name: `logging-${statusOf('logging')['revision']}`,
      },
      parameters: 'path, level',
      conditions: [
        {
          type: 'Accepted',
          status: 'True',
          reason: 'Accepted',
          message: expect.any(String),
          observedGeneration: 1,
          lastTransitionTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        },
        expect.objectContaining({ type: 'Proven', status: 'True', reason: 'DryRunSucceeded' }),
        expect.objectContaining({ type: 'Advice', status: 'True', reason: 'BestPractice' }),
      ],
    })
    expect(asks('POST')).toHaveLength(1)
    expect(asks('PATCH').map(({ path }) => path)).toEqual([
      '/apis/pillion.dev/v1alpha1/clustersidecarprofiles/logging/status',
    ])
  })

  it('has the advice that `pillion validate` prints, and loses it with the advice', async () => {
    const { apply, condition } = cluster()
    apply('logging', spec('agent'))
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'True' }))
    const { profile } = readProfile({
      apiVersion: 'pillion.dev/v1alpha1',
      kind: 'ClusterSidecarProfile',
      metadata: { name: 'logging' },
      spec: spec('agent'),
    }) as { profile: Profile }
    expect(profile.advice.length).toBeGreaterThan(1)
    expect(condition('logging', 'Advice')).toMatchObject({ message: listProblems(profile.advice) })
    apply('logging', bad)
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'False' }))
    expect(condition('logging', 'Advice')).toEqual({})
  })

  it('says everything that is wrong, and asks the API server nothing about it', async () => {
    const { apply, condition, statusOf, asks } = cluster()
    apply('logging', { ...bad, order: { before: ['last'] } })
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'False' }))
    expect(condition('logging', 'Accepted')).toMatchObject({
      reason: 'Invalid',
      message: expect.stringMatching(/^- spec\.order\.before\[0\]: .+\n- spec\.containers\[0\]\.image: .+$/),
    })
    expect(condition('logging', 'Proven')).toMatchObject({ status: 'Unknown', reason: 'NotProven' })
    expect(statusOf('logging')).not.toHaveProperty('revision')
    expect(asks('POST')).toEqual([])
  })

  it('is not accepted when the API server refuses a Pod with it, in its words', async () => {
    const { apply, answerNext, condition, statusOf, settled, asks } = cluster()
    const message = 'Pod "a" is invalid: spec.containers[0].image: Required value'
    answerNext('POST', refusal(422, message))
    apply('logging', spec('a:1'))
    await eventually(() => expect(statusOf('logging')).toHaveProperty('conditions'))
    await settled()
    expect(condition('logging', 'Accepted')).toMatchObject({
      status: 'False',
      reason: 'RefusedByApiServer',
      message,
    })
    expect(condition('logging', 'Proven')).toMatchObject({
      status: 'False',
      reason: 'DryRunRefused',
      message,
    })
    expect(statusOf('logging')).not.toHaveProperty('revision')
    expect(asks('POST')).toHaveLength(1)
  })

  it.each([
    { why: 'something else forbids it', answer: refusal(403, 'exceeded quota'), message: 'exceeded quota' },
    {
      why: 'there is no Pod to show',
      sample: () => ({ missing: 'no value for a' }),
      message: 'no value for a',
    },
    {
      why: 'making one fails',
      sample: () => {
        throw new Error('a bug')
      },
      message: 'no Pod could be made with it: a bug',
    },
    {
      why: 'proving is turned off',
      sample: undefined,
      message: 'no Pod with this profile was shown to the API server: --prove-profiles is false',
    },
  ])('is accepted without a proof when $why', async ({ answer, message, ...options }) => {
    const { apply, answerNext, condition, settled, asks } = cluster(options)
    if (answer) answerNext('POST', answer)
    apply('logging', spec('a:1'))
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'True' }))
    await settled()
    expect(condition('logging', 'Proven')).toMatchObject({ status: 'Unknown', reason: 'NotProven', message })
    expect(asks('PATCH')).toHaveLength(1)
  })

  it('is proven when proving is turned on again', async () => {
    const { apply, condition, statusOf } = cluster({ sample: undefined })
    apply('logging', spec('a:1'))
    await eventually(() => expect(condition('logging', 'Proven')).toMatchObject({ status: 'Unknown' }))
    const other = cluster()
    other.apply('logging', spec('a:1'), { status: statusOf('logging') })
    await eventually(() => expect(other.condition('logging', 'Proven')).toMatchObject({ status: 'True' }))
  })

  it('is verified once for each spec, even if other fields change', async () => {
    const { apply, condition, asks, settled, reporter } = cluster()
    apply('logging', spec('a:1'))
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'True' }))
    reporter.changed()
    apply('metrics', spec('b:1'))
    await eventually(() => expect(condition('metrics', 'Accepted')).toMatchObject({ status: 'True' }))
    await settled()
    expect(asks('POST')).toHaveLength(2)
    apply('logging', spec('a:2'))
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ observedGeneration: 2 }))
    await settled()
    expect(asks('POST')).toHaveLength(3)
  })

  it('keeps the time of the last transition, and the conditions of others', async () => {
    const { apply, condition } = cluster()
    const others = [
      { type: 'Reviewed', status: 'True', reason: 'ByHand', message: '', lastTransitionTime: 'then' },
      {
        type: 'Accepted',
        status: 'True',
        reason: 'Accepted',
        message: '',
        observedGeneration: 0,
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ]
    apply('logging', spec('a:1'), { status: { conditions: others } })
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ observedGeneration: 1 }))
    expect(condition('logging', 'Accepted')).toMatchObject({ lastTransitionTime: '2026-01-01T00:00:00Z' })
    expect(condition('logging', 'Reviewed')).toEqual(others[0])
    apply('logging', bad)
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'False' }))
    expect(condition('logging', 'Accepted')['lastTransitionTime']).not.toBe('2026-01-01T00:00:00Z')
  })
})

describe('the last accepted revision', () => {
  it('is in the status from its acceptance on, and while the new one is not accepted', async () => {
    const { apply, condition, statusOf } = cluster()
    apply('logging', spec('a:1'))
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'True' }))
    const { revision } = statusOf('logging')
    expect(statusOf('logging')).toMatchObject({ lastAccepted: { revision, name: `logging-${revision}` } })
    apply('logging', bad)
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'False' }))
    expect(statusOf('logging')).toMatchObject({
      revision,
      lastAccepted: { revision, name: `logging-${revision}` },
    })
    apply('logging', spec('a:3'))
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'True' }))
    expect(statusOf('logging')['revision']).not.toBe(revision)
    const { revision: next } = statusOf('logging')
    expect(statusOf('logging')).toMatchObject({ lastAccepted: { revision: next, name: `logging-${next}` } })
  })

  it('is the previous one when the API server refuses a Pod with the new one', async () => {
    const { apply, answerNext, condition, statusOf, settled } = cluster()
    apply('logging', spec('a:1'))
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'True' }))
    const { revision } = statusOf('logging')
    answerNext('POST', refusal(422, 'Required value'))
    apply('logging', spec('a:2'))
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'False' }))
    await settled()
    expect(condition('logging', 'Accepted')).toMatchObject({ reason: 'RefusedByApiServer' })
    expect(statusOf('logging')).toMatchObject({
      revision,
      lastAccepted: { revision, name: `logging-${revision}` },
    })
  })

  it('stays when it was taken from the status', async () => {
    const { apply, condition, statusOf } = cluster()
    const lastAccepted = { revision: '0123456789', name: 'logging-0123456789' }
    apply('logging', bad, { status: { lastAccepted } })
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'False' }))
    expect(statusOf('logging')).toMatchObject({ lastAccepted })
  })
})

describe('the accepted spec', () => {
  it('is kept as a revision before the status names it, once', async () => {
    const { apply, condition, asked, kept, statusOf, settled, touch } = cluster()
    apply('logging', { ...spec('a:1'), rollout: { paused: false }, revisionHistoryLimit: 3 })
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'True' }))
    touch('logging')
    await settled()
    expect(kept()).toEqual([
      {
        method: 'POST',
        path: '/apis/apps/v1/namespaces/pillion/controllerrevisions',
        body: expect.objectContaining({
          data: { spec: spec('a:1') },
          metadata: expect.objectContaining({ name: `logging-${statusOf('logging')['revision']}` }),
        }),
      },
    ])
    const written = asked.map(({ path }) => path.split('/').at(-1))
    expect(written.indexOf('controllerrevisions')).toBeLessThan(written.indexOf('status'))
  })

  it('is kept a moment later if the policy for the token has not seen the edit yet, without a word', async () => {
    const { apply, condition, failures, kept, refuseToKeep, asks } = cluster()
    refuseToKeep(refusal(403, "ValidatingAdmissionPolicy 'pillion-token' with binding … denied request"))
    apply('logging', spec('a:1'))
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'True' }))
    expect([kept().length, asks('POST').length, failures]).toEqual([2, 1, []])
  })

  it('is pending, and the status says why, while it cannot be kept', async () => {
    const { apply, condition, kept, refuseToKeep, statusOf, settled } = cluster()
    apply('logging', spec('a:1'))
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'True' }))
    const before = statusOf('logging')
    refuseToKeep(...Array.from({ length: 7 }, () => refusal(403, 'exceeded quota: count')))
    apply('logging', spec('a:2'))
    await eventually(() =>
      expect(condition('logging', 'Accepted')).toMatchObject({
        status: 'Unknown',
        reason: 'RevisionNotKept',
        observedGeneration: 2,
        message: expect.stringContaining('403: exceeded quota: count'),
      }),
    )
    expect(statusOf('logging')).toMatchObject({
      revision: before['revision'],
      lastAccepted: before['lastAccepted'],
    })
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'True' }))
    await settled()
    expect(kept()).toHaveLength(1 + 8)
  })

  it('is not kept when the API server refuses a Pod with it', async () => {
    const { apply, answerNext, condition, kept, settled } = cluster()
    answerNext('POST', refusal(422, 'Required value'))
    apply('logging', spec('a:1'))
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'False' }))
    await settled()
    expect(kept()).toEqual([])
  })
})

describe('the users of a profile', () => {
  it('are in its status when a sweep has counted them, and are written only when their number changes', async () => {
    const { apply, condition, statusOf, asks, reporter, settled } = cluster()
    apply('logging', spec('a:1'))
    apply('unused', spec('b:1'))
    await eventually(() => expect(condition('unused', 'Accepted')).toMatchObject({ status: 'True' }))
    await settled()
    expect(statusOf('logging')).not.toHaveProperty('usedBy')
    const count = (pods: number) =>
      reporter.counted(new Map([['/logging', { pods, workloads: 1, revisions: new Set<string>() }]]))
    count(2)
    await eventually(() =>
      expect(statusOf('logging')).toMatchObject({ usedBy: { pods: 2, workloads: 1, summary: '2 Pods' } }),
    )
    await settled()
    expect(statusOf('unused')).toMatchObject({ usedBy: { pods: 0, workloads: 0, summary: '0 Pods' } })
    const writes = asks('PATCH').length
    count(2)
    await settled()
    expect(asks('PATCH')).toHaveLength(writes)
    count(1)
    await eventually(() => expect(statusOf('logging')).toMatchObject({ usedBy: { summary: '1 Pod' } }))
    expect(asks('PATCH')).toHaveLength(writes + 1)
  })

  it('are not in its status if the profile is newer than the sweep', async () => {
    const { apply, condition, statusOf, reporter, settled } = cluster()
    reporter.counted(new Map([['/again', { pods: 2, workloads: 1, revisions: new Set<string>() }]]))
    for (const name of ['new', 'again']) {
      apply(name, spec('a:1'))
      await eventually(() => expect(condition(name, 'Accepted')).toMatchObject({ status: 'True' }))
    }
    await settled()
    expect(statusOf('new')).not.toHaveProperty('usedBy')
    expect(statusOf('again')).toMatchObject({ usedBy: { pods: 2 } })
  })

  it('are not in its status without a sweep', async () => {
    const { apply, condition, statusOf } = cluster({ countsUsers: false })
    apply('logging', spec('a:1'), { status: { usedBy: { pods: 9, workloads: 9, summary: '9 Pods' } } })
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'True' }))
    expect(statusOf('logging')).not.toHaveProperty('usedBy')
  })
})

describe('an Event on a profile', () => {
  const said = (events: readonly JsonObject[]) =>
    events.map(({ type, reason, message }) => `${type} ${reason}: ${message}`)

  it('says when it is accepted and when it is not, once for each change', async () => {
    const { apply, condition, events, statusOf, settled, touch } = cluster()
    apply('logging', spec('a:1'))
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'True' }))
    touch('logging')
    await settled()
    expect(said(events())).toEqual([`Normal Accepted: Pods get revision ${statusOf('logging')['revision']}`])
    expect(events()[0]).toMatchObject({
      metadata: { namespace: 'default' },
      involvedObject: { kind: 'ClusterSidecarProfile', name: 'logging', uid: 'logging' },
      reportingComponent: 'pillion.dev/profiles',
    })
    apply('logging', bad)
    await eventually(() => expect(events()).toHaveLength(2))
    expect(said(events())[1]).toMatch(/^Warning NotAccepted: Invalid: spec\.containers\[0\]\.image: /)
  })

  it('says when it is deleted while Pods have it, and nothing when no Pod has it', async () => {
    const { apply, condition, events, remove, reporter, settled, statusOf } = cluster()
    for (const name of ['used', 'unused']) {
      apply(name, spec('a:1'))
      await eventually(() => expect(condition(name, 'Accepted')).toMatchObject({ status: 'True' }))
    }
    reporter.counted(new Map([['/used', { pods: 12, workloads: 3, revisions: new Set<string>() }]]))
    await eventually(() => expect(statusOf('used')).toMatchObject({ usedBy: { pods: 12 } }))
    await settled()
    const before = events().length
    remove('unused')
    remove('used')
    await eventually(() => expect(events()).toHaveLength(before + 1))
    expect(said(events()).at(-1)).toMatch(
      /^Warning DeletedInUse: it was deleted while 12 Pods of 3 workloads had it/,
    )
  })

  it('is not written more often than ten times at once for a namespace', async () => {
    const { asked, acceptIn, failed } = writing()
    for (let generation = 1; generation <= 100; generation++) await acceptIn('loud', generation)
    expect(asked.length).toBeGreaterThanOrEqual(10)
    expect(asked.length).toBeLessThan(15)
    expect(failed).not.toHaveBeenCalled()
  })

  it('is written for the cluster, however many namespaces write theirs', async () => {
    const { asked, acceptIn } = writing()
    for (let i = 0; i < 200; i++) await acceptIn(`loud-${i}`, 1)
    const before = asked.length
    expect(before).toBeLessThan(150)
    await acceptIn(undefined, 1)
    expect(asked.slice(before)).toEqual(['/api/v1/namespaces/default/events'])
  })

  /** Events to an API that takes each, and an acceptance of a profile in a namespace. */
  function writing() {
    const failed = vi.fn()
    const asked: string[] = []
    const request = async (_: string, path: string) => {
      asked.push(path)
      return ok({})
    }
    const signal = new AbortController().signal
    const events = profileEvents({ request } as unknown as Api, { identity: 'replica-0', failed, signal })
    const acceptIn = (namespace: string | undefined, generation: number) => {
      const object = { metadata: { ...(namespace && { namespace }), name: 'a', uid: 'a', generation } }
      const accepted = {
        type: 'Accepted',
        status: 'True',
        reason: 'Accepted',
        observedGeneration: generation,
      }
      return events.judged(object, { revision: `${generation}`, conditions: [accepted] })
    }
    return { asked, acceptIn, failed }
  }
})

describe('reporting', () => {
  it('takes a hundred profiles, a few at a time, and writes each once', async () => {
    const { apply, condition, asks, mostUnderWay, settled } = cluster()
    for (let i = 0; i < 100; i++) apply(`p${i}`, spec(`a:${i}`))
    await eventually(() => expect(condition('p99', 'Accepted')).toMatchObject({ status: 'True' }))
    await settled()
    expect([asks('POST').length, asks('PATCH').length]).toEqual([100, 100])
    expect(mostUnderWay()).toBe(4)
  })

  it('is done by the leader only', async () => {
    let leads = false
    const { apply, asked, condition, reporter, settled } = cluster({ isLeader: () => leads })
    apply('logging', spec('a:1'))
    await settled()
    expect(asked).toEqual([])
    leads = true
    reporter.changed()
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'True' }))
  })

  it.each([
    {
      what: 'and what serves meanwhile',
      accepted: true,
      serving: /^no replica has verified .* Pods get revision [0-9a-f]{10},/,
    },
    {
      what: 'and serves at once if it is the first',
      accepted: false,
      serving: /Pods get this spec, because no other was/,
    },
  ])('of a spec that no leader has seen says that it is pending, $what', async ({ accepted, serving }) => {
    let leads = accepted
    const { apply, asks, condition, statusOf, reporter, settled } = cluster({
      isLeader: () => leads,
      pendingAfterMs: 20,
    })
    if (accepted) {
      apply('logging', spec('a:1'))
      await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'True' }))
    }
    leads = false
    const before = statusOf('logging')
    apply('logging', spec('a:2'))
    await eventually(() =>
      expect(condition('logging', 'Accepted')).toMatchObject({
        status: 'Unknown',
        reason: 'Pending',
        observedGeneration: accepted ? 2 : 1,
        message: expect.stringMatching(serving),
      }),
    )
    if (accepted) expect(statusOf('logging')).toMatchObject({ ...before, conditions: expect.any(Array) })
    await settled()
    expect(asks('PATCH')).toHaveLength(accepted ? 2 : 1)
    leads = true
    reporter.changed()
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'True' }))
  })

  it('tries again when there was no answer, without asking for what it knows', async () => {
    const { apply, answerNext, condition, asks, failures } = cluster()
    answerNext('POST', refusal(0, 'connection refused'))
    answerNext('PATCH', refusal(503, 'not now'))
    apply('logging', spec('a:1'))
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'True' }))
    expect([asks('POST').length, asks('PATCH').length]).toEqual([2, 2])
    expect(failures).toEqual([
      'the status of ClusterSidecarProfile logging: connection refused',
      'the status of ClusterSidecarProfile logging: 503: not now',
    ])
  })

  it('leaves the profile unverified when the API server answers with errors only', async () => {
    const { apply, answerNext, condition } = cluster()
    for (let i = 0; i < 5; i++) answerNext('POST', refusal(500, 'failed calling webhook'))
    apply('logging', spec('a:1'))
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'True' }))
    expect(condition('logging', 'Proven')).toMatchObject({
      status: 'Unknown',
      message: '500: failed calling webhook',
    })
  })

  it('goes on with the newer version after a conflict, with the proof it has', async () => {
    const { apply, answerNext, condition, asks, failures, touch } = cluster()
    answerNext('PATCH', refusal(409, 'the object has been modified'))
    apply('logging', spec('a:1'))
    await eventually(() => expect(asks('PATCH')).toHaveLength(1))
    touch('logging')
    await eventually(() => expect(condition('logging', 'Accepted')).toMatchObject({ status: 'True' }))
    expect(asks('POST')).toHaveLength(1)
    expect(failures).toEqual([])
  })

  it('gives up what cannot be written, until the profile changes', async () => {
    const { apply, answerNext, asks, failures, reporter, settled } = cluster()
    answerNext('PATCH', refusal(413, 'the request is too large'))
    apply('logging', spec('a:1'))
    await eventually(() => expect(failures).toHaveLength(1))
    reporter.changed()
    await settled()
    expect(asks('PATCH')).toHaveLength(1)
    apply('logging', spec('a:2'))
    await eventually(() => expect(asks('PATCH')).toHaveLength(2))
  })

  it('reports once why no status can be written', async () => {
    const { apply, answerNext, failures } = cluster()
    for (let i = 0; i < 3; i++) answerNext('PATCH', refusal(403, 'pillion cannot patch'))
    for (const name of ['a', 'b', 'c']) apply(name, spec(name))
    await eventually(() => expect(failures).not.toEqual([]))
    expect(failures[0]).toMatch(/403: pillion cannot patch; and 2 more profiles failed$/)
  })
})
