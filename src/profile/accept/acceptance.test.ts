import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { describe as describeProblem } from '../../problems/problem.ts'
import type { Kind } from '../schema/schema.ts'
import { type Acceptance, accept, stored as withStored } from './acceptance.ts'
import { type Candidate, candidate, refusedByQuota } from './candidate.ts'
import { keeping, referenceTo } from './kept.fixture.ts'

/** A cluster's profiles as they come and change, by key. */
function store() {
  const candidates = new Map<string, Candidate>()
  let current: Acceptance = accept(candidates)
  return {
    put(stored: Stored): Acceptance {
      const { kind = 'ClusterSidecarProfile' } = stored
      const key = keyOf(stored)
      const kept = keeping(stored.name, ...images.map(image => specOf(stored.name, image)))
      candidates.set(key, candidate(kind, objectOf(stored), candidates.get(key), kept))
      current = accept(candidates)
      return current
    },
    remove(stored: Stored): Acceptance {
      candidates.delete(keyOf(stored))
      current = accept(candidates)
      return current
    },
  }
}

interface Stored {
  readonly name: string
  readonly namespace?: string
  readonly kind?: Kind
  readonly uid?: string
  readonly generation?: number
  readonly image?: string
  readonly order?: JsonObject
  readonly created?: string
  readonly status?: JsonObject
}

function keyOf({ kind = 'ClusterSidecarProfile', namespace, name }: Stored): string {
  return [kind, namespace, name].filter(part => part !== undefined).join('/')
}

function objectOf({
  name,
  namespace,
  uid = name,
  generation = 1,
  image = 'a:1',
  ...rest
}: Stored): JsonObject {
  const { order, created = '2026-01-01T00:00:00Z', status } = rest
  return {
    metadata: { name, uid, generation, creationTimestamp: created, ...(namespace && { namespace }) },
    spec: specOf(name, image, order),
    ...(status && { status }),
  }
}

function specOf(name: string, image: string, order?: JsonObject): JsonObject {
  return { containers: [{ name, image }], ...(order && { order }) }
}

/** As the leader writes it when it has accepted a spec with this image. */
function acceptedWith(image: string, observedGeneration = 1, name = 'logging'): JsonObject {
  const lastAccepted = referenceTo(name, specOf(name, image))
  return { lastAccepted, conditions: [{ ...good, observedGeneration }] }
}

/** Of these images, each profile has a kept revision. */
const images = ['a:1', 'a:2']
const bad = '$(params.nothing)'
const good = { type: 'Accepted', status: 'True', reason: 'Accepted', message: '' }
const refusal = {
  type: 'Accepted',
  status: 'False',
  reason: 'RefusedByApiServer',
  message: 'spec.containers[1].image: Required value',
}

/** What became of a profile: its reason, and the image that Pods get of it. */
function outcome({ verdicts, profiles }: Acceptance, stored: Stored) {
  const verdict = verdicts.get(keyOf(stored))
  const served = profiles.find(stored.name, stored.namespace ?? 'shop')
  expect(served?.revision).toBe(verdict?.inUse?.revision)
  return { reason: verdict?.reason, accepted: verdict?.accepted, image: imageOf(served) }
}

function imageOf(profile: { containers: readonly object[] } | undefined): string | undefined {
  return profile && /a:\d/.exec(JSON.stringify(profile.containers))?.[0]
}

describe('accept, of a SidecarProfile that holds more than its namespace allows', () => {
  const volume = (hostPath: string) => ({
    containers: [{ name: 'tail', image: 'a:1' }],
    volumes: [{ name: 'node', hostPath: { path: hostPath } }],
  })
  const object = {
    metadata: { name: 'tail', namespace: 'bank', uid: 'tail', generation: 2 },
    spec: volume('/var/log'),
    status: { lastAccepted: referenceTo('tail', volume('/')) },
  }
  const key = 'SidecarProfile/bank/tail'
  const verdictWith = (labels: Readonly<Record<string, string>> | undefined) =>
    accept(
      new Map([[key, candidate('SidecarProfile', object, undefined, keeping('tail', volume('/')))]]),
      () => labels,
    ).verdicts.get(key)

  it('accepts neither it nor what it was before', () => {
    const { accepted, reason, problems, inUse } = verdictWith({}) ?? {}
    expect({ accepted, reason, inUse }).toEqual({ accepted: false, reason: 'PodSecurity', inUse: undefined })
    expect(problems?.map(describeProblem)).toEqual([
      expect.stringMatching(
        /^spec\.volumes\[0\]\.hostPath: hostPath volumes are not allowed by .* level baseline; /,
      ),
    ])
  })

  it('accepts it where the admin allows that', () => {
    expect(verdictWith({ 'pillion.dev/sidecar-profiles': 'privileged' })?.accepted).toBe(true)
  })

  it('leaves it to the admission of Pods while the namespace is not known', () => {
    expect(verdictWith(undefined)?.accepted).toBe(true)
  })
})

describe('accept', () => {
  it('serves a profile as it is stored', () => {
    const acceptance = store().put({ name: 'logging' })
    expect(outcome(acceptance, { name: 'logging' })).toEqual({
      reason: 'Accepted',
      accepted: true,
      image: 'a:1',
    })
  })

  it('says all that is wrong, with field paths, and leaves the others alone', () => {
    const stored = store()
    stored.put({ name: 'metrics' })
    const acceptance = stored.put({ name: 'logging', image: bad, order: { before: ['last'] } })
    const verdict = acceptance.verdicts.get('ClusterSidecarProfile/logging')
    expect(verdict).toMatchObject({ accepted: false, reason: 'Invalid' })
    expect(verdict?.problems.map(describeProblem)).toEqual([
      expect.stringContaining('spec.order.before[0]'),
      expect.stringContaining('spec.containers[0].image'),
    ])
    expect(acceptance.profiles.all.map(({ name }) => name)).toEqual(['metrics'])
  })

  it.each([
    { why: 'is stored as nothing', object: { metadata: { name: 'odd', uid: 'o', generation: 1 } } },
    { why: 'is stored without metadata', object: { spec: {} } },
    { why: 'has a list for a spec', object: { metadata: { name: 'odd' }, spec: [] } },
    { why: 'has conditions that are none', object: { metadata: { name: 'odd' }, spec: {}, status: [1] } },
  ])('goes on when one $why', ({ object }) => {
    const odd = candidate('ClusterSidecarProfile', object)
    const fine = candidate('ClusterSidecarProfile', objectOf({ name: 'fine' }))
    const { profiles } = accept(new Map([['odd', odd], ['fine', fine]])) // biome-ignore format: a pair a line
    expect(profiles.all.map(({ name }) => name)).toContain('fine')
  })
})

describe('a verdict', () => {
  const key = 'ClusterSidecarProfile/logging'

  it('keeps to the object that is stored now', () => {
    const before = store().put({ name: 'logging' })
    const object = { ...objectOf({ name: 'logging' }), status: { revision: 'x' } }
    const after = withStored(before, new Map([[key, object], ['unknown', object]])) // biome-ignore format: a pair a line
    expect([...after.verdicts.keys()]).toEqual([key])
    expect(after.verdicts.get(key)).toEqual({ ...before.verdicts.get(key), object })
    expect(after.profiles).toBe(before.profiles)
  })

  it('says what the API server said, at no field', () => {
    const status = { conditions: [{ ...refusal, observedGeneration: 1 }] } as JsonObject
    const { verdicts } = store().put({ name: 'logging', status })
    expect(verdicts.get(key)).toMatchObject({
      reason: 'RefusedByApiServer',
      problems: [{ path: [], message: refusal.message }],
    })
  })

  it('says that the namespace has too many', () => {
    const refused = refusedByQuota(objectOf({ name: 'logging' }), 'too many')
    expect(accept(new Map([[key, refused]])).verdicts.get(key)).toEqual({
      object: refused.object,
      accepted: false,
      reason: 'TooManyProfiles',
      problems: [{ path: [], message: 'too many' }],
    })
  })

  it('is negative for a profile that cannot be judged, and the others are judged', () => {
    const own = { kind: 'SidecarProfile', namespace: 'shop', name: 'own' } as const
    const candidates = new Map([
      [keyOf(own), candidate('SidecarProfile', objectOf(own))],
      [key, candidate('ClusterSidecarProfile', objectOf({ name: 'logging' }))],
    ])
    const { verdicts } = accept(candidates, namespace => {
      throw new RangeError(namespace)
    })
    expect(verdicts.get(key)?.accepted).toBe(true)
    expect(verdicts.get(keyOf(own))).toMatchObject({
      accepted: false,
      reason: 'Invalid',
      problems: [{ path: [], message: expect.stringContaining('cannot handle this profile (RangeError)') }],
    })
  })

  it('asks for the labels of the namespace of the profile', () => {
    const own = { kind: 'SidecarProfile', namespace: 'shop', name: 'own' } as const
    const asked: string[] = []
    accept(new Map([[keyOf(own), candidate('SidecarProfile', objectOf(own))]]), namespace => {
      asked.push(namespace)
      return {}
    })
    expect(asked).toEqual(['shop'])
  })

  it('names the revisions that are not kept, if there are any', () => {
    const named = (revision: string) => ({ lastAccepted: { revision, name: `logging-${revision}` } })
    expect(
      store()
        .put({ name: 'logging', status: named('0000000000') })
        .verdicts.get(key)?.missing,
    ).toEqual(['0000000000'])
    expect(
      store()
        .put({ name: 'logging', status: acceptedWith('a:1') })
        .verdicts.get(key),
    ).not.toHaveProperty('missing')
  })
})

describe('the last accepted revision', () => {
  it('serves on while the new spec is not accepted, however often that changes', () => {
    const stored = store()
    const status = acceptedWith('a:1')
    stored.put({ name: 'logging', image: 'a:1', status })
    stored.put({ name: 'logging', generation: 2, image: bad, status })
    const acceptance = stored.put({ name: 'logging', generation: 3, image: bad, status })
    expect(outcome(acceptance, { name: 'logging' })).toEqual({
      reason: 'Invalid',
      accepted: false,
      image: 'a:1',
    })
  })

  it('is taken from the status after a restart', () => {
    const status = { lastAccepted: referenceTo('logging', specOf('logging', 'a:1')) }
    const acceptance = store().put({ name: 'logging', generation: 2, image: bad, status })
    expect(outcome(acceptance, { name: 'logging' }).image).toBe('a:1')
  })

  it('is used until the leader has accepted the new spec', () => {
    const stored = store()
    stored.put({ name: 'logging', image: 'a:1', status: acceptedWith('a:1') })
    const edited = { name: 'logging', generation: 2, image: 'a:2' }
    const pending = stored.put({ ...edited, status: acceptedWith('a:1') })
    expect(outcome(pending, edited)).toEqual({ reason: 'Accepted', accepted: true, image: 'a:1' })
    const accepted = stored.put({ ...edited, status: acceptedWith('a:2', 2) })
    expect(outcome(accepted, edited).image).toBe('a:2')
  })

  it('does not exist before the first acceptance: a spec is used at once, and only as long as it is stored', () => {
    const stored = store()
    expect(outcome(stored.put({ name: 'logging' }), { name: 'logging' }).image).toBe('a:1')
    const edited = stored.put({ name: 'logging', generation: 2, image: 'a:2' })
    expect(outcome(edited, { name: 'logging' }).image).toBe('a:2')
    const broken = stored.put({ name: 'logging', generation: 3, image: bad })
    expect(outcome(broken, { name: 'logging' }).image).toBeUndefined()
  })

  it('is not a spec that has an order cycle with a pending one', () => {
    const stored = store()
    stored.put({ name: 'a', image: 'a:1', status: acceptedWith('a:1', 1, 'a') })
    const pending = {
      name: 'a',
      generation: 2,
      order: { before: ['b'] },
      status: acceptedWith('a:1', 1, 'a'),
    }
    expect(outcome(stored.put(pending), pending)).toMatchObject({ accepted: true, image: 'a:1' })
    const younger = { name: 'b', order: { before: ['a'] }, created: '2026-02-02T00:00:00Z' }
    expect(outcome(stored.put(younger), younger).reason).toBe('OrderCycle')
  })

  it('stays in use when the API server refused the dry run of the new one', () => {
    const stored = store()
    stored.put({ name: 'logging', image: 'a:1', status: acceptedWith('a:1') })
    const { lastAccepted } = acceptedWith('a:1')
    const conditions = [{ ...refusal, observedGeneration: 2 }]
    const status = { lastAccepted, conditions } as JsonObject
    const refused = stored.put({ name: 'logging', generation: 2, image: 'a:2', status })
    expect(outcome(refused, { name: 'logging' })).toEqual({
      reason: 'RefusedByApiServer',
      accepted: false,
      image: 'a:1',
    })
    const mended = stored.put({ name: 'logging', generation: 3, image: 'a:3', status })
    expect(outcome(mended, { name: 'logging' })).toMatchObject({ accepted: true, image: 'a:1' })
  })

  it('goes with the profile, and is not that of another one of its name', () => {
    const stored = store()
    stored.put({ name: 'logging' })
    expect(stored.remove({ name: 'logging' }).profiles.all).toEqual([])
    const again = stored.put({ name: 'logging', uid: 'another', image: bad })
    expect(outcome(again, { name: 'logging' }).image).toBeUndefined()
  })

  it('is not that of another object of its name, should nobody have seen the first one go', () => {
    const stored = store()
    stored.put({ name: 'logging' })
    const again = stored.put({ name: 'logging', uid: 'another', image: bad })
    expect(outcome(again, { name: 'logging' }).image).toBeUndefined()
  })
})

describe("a cluster profile's name", () => {
  const own = { kind: 'SidecarProfile', namespace: 'shop', name: 'logging' } as const

  it('is taken in every namespace, whichever came first, even when its spec is not accepted', () => {
    const stored = store()
    expect(outcome(stored.put(own), own).reason).toBe('Accepted')
    const acceptance = stored.put({ name: 'logging', image: bad, created: '2026-02-02T00:00:00Z' })
    expect(acceptance.verdicts.get(keyOf(own))).toMatchObject({
      reason: 'NameTaken',
      problems: [
        {
          path: ['metadata', 'name'],
          message: '"logging" is taken by the ClusterSidecarProfile of that name',
        },
      ],
    })
    const invalid = stored.put({ ...own, generation: 2, image: bad }).verdicts.get(keyOf(own))
    expect(invalid?.problems.map(({ path }) => path.join('.'))).toEqual([
      'spec.containers.0.image',
      'metadata.name',
    ])
    expect(acceptance.profiles.find('logging', 'shop')).toBeUndefined()
  })

  it('is free again when the profile goes', () => {
    const stored = store()
    stored.put({ name: 'logging' })
    stored.put(own)
    expect(outcome(stored.remove({ name: 'logging' }), own).reason).toBe('Accepted')
  })
})

describe('an order cycle across profiles', () => {
  const [first, second] = [
    { name: 'a', order: { before: ['b'] } },
    { name: 'b', order: { before: ['a'] } },
  ]

  it('is the fault of the younger profile', () => {
    const stored = store()
    stored.put({ ...second, created: '2026-02-02T00:00:00Z' })
    const acceptance = stored.put(first)
    expect(outcome(acceptance, second).reason).toBe('OrderCycle')
    expect(acceptance.verdicts.get(keyOf(second))?.problems[0]?.message).toContain('a before b before a')
    expect(outcome(acceptance, first).reason).toBe('Accepted')
  })

  it('is the fault of the one that changed, which serves on as it was', () => {
    const stored = store()
    const status = acceptedWith('a:1', 1, 'a')
    stored.put({ name: 'a', image: 'a:1', status })
    const conditions = [{ ...good, observedGeneration: 1 }]
    stored.put({ ...second, created: '2026-02-02T00:00:00Z', status: { conditions } })
    const acceptance = stored.put({ ...first, image: 'a:2', generation: 2, status })
    expect(outcome(acceptance, first)).toEqual({ reason: 'OrderCycle', accepted: false, image: 'a:1' })
    expect(outcome(acceptance, second).reason).toBe('Accepted')
  })

  it('is never the fault of a profile without an order, not even of the youngest', () => {
    const conditions = [{ ...good, observedGeneration: 1 }]
    const ordered = [
      { name: 'a', order: { before: ['b'] }, status: { conditions } },
      { name: 'c', order: { before: ['a'], after: ['b'] }, created: '2026-01-02T00:00:00Z' },
      { name: 'd', order: { before: ['b'] }, created: '2026-01-03T00:00:00Z' },
      { name: 'e', order: { after: ['b'], before: ['d'] }, created: '2026-01-04T00:00:00Z' },
    ]
    const stored = store()
    for (const each of ordered) stored.put(each)
    const acceptance = stored.put({ name: 'b', created: '2026-02-02T00:00:00Z' })
    expect(['a', 'b', 'c', 'd', 'e'].map(name => outcome(acceptance, { name }).reason)).toEqual([
      'Accepted',
      'Accepted',
      'OrderCycle',
      'Accepted',
      'OrderCycle',
    ])
  })

  it("is the fault of a namespace's profile, even one without an order that was there first", () => {
    const stored = store()
    const squat = { kind: 'SidecarProfile', namespace: 'shop', name: 'b' } as const
    const conditions = [{ ...good, observedGeneration: 1 }]
    stored.put({ ...squat, status: { conditions } })
    const late = '2026-02-02T00:00:00Z'
    stored.put({ ...first, created: late })
    const cluster = { name: 'c', created: late, order: { before: ['a'], after: ['b'] } }
    const acceptance = stored.put(cluster)
    expect([first, cluster].map(each => outcome(acceptance, each).reason)).toEqual(['Accepted', 'Accepted'])
    expect(outcome(acceptance, squat).reason).toBe('OrderCycle')
    expect(acceptance.verdicts.get(keyOf(squat))?.problems[0]?.message).toContain('shop/b before c')
  })

  it.each([0, 1])('never blocks a cluster profile, in whatever order they come: %i', first => {
    const squat = {
      kind: 'SidecarProfile',
      namespace: 'shop',
      name: 'squat',
      order: { after: ['newadmin'], before: ['log-tail'] },
    } as const
    const newadmin = { name: 'newadmin', order: { after: ['log-tail'] }, created: '2026-02-02T00:00:00Z' }
    const stored = store()
    let acceptance = stored.put({ name: 'log-tail' })
    for (const each of first === 0 ? [squat, newadmin] : [newadmin, squat]) acceptance = stored.put(each)
    expect(outcome(acceptance, newadmin).reason).toBe('Accepted')
    expect(outcome(acceptance, squat).reason).toBe('OrderCycle')
    expect(acceptance.verdicts.get(keyOf(squat))?.problems[0]?.message).toBe(
      'makes a cycle with other profiles: log-tail before newadmin before shop/squat before log-tail',
    )
  })

  it('is none between namespaces', () => {
    const stored = store()
    stored.put({ ...first, kind: 'SidecarProfile', namespace: 'shop' })
    const other = { ...second, kind: 'SidecarProfile', namespace: 'bank' } as const
    expect(outcome(stored.put(other), other).reason).toBe('Accepted')
  })
})
