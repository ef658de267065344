import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../json/json.ts'
import { type Acceptance, accept } from '../../profile/accept/acceptance.ts'
import { candidate } from '../../profile/accept/candidate.ts'
import { keeping } from '../../profile/accept/kept.fixture.ts'
import type { Kind } from '../../profile/schema/schema.ts'
import type { ObjectProblem } from '../api/object-problem.ts'
import { statusOf } from './due-status.ts'
import type { QuotaBytes } from './namespace-quotas.ts'
import { type LabelsOf, storedProfiles } from './stored-profiles.ts'

type SpecName = 'good' | 'better' | 'invalid' | 'throws' | 'ordered' | 'contrary' | 'privileged'

const container = (image: string) => ({ containers: [{ name: 'agent', image }] })
const specs: Readonly<Record<Exclude<SpecName, 'throws'>, JsonObject>> = {
  good: container('agent:1'),
  better: container('agent:2'),
  invalid: container('$(params.nothing)'),
  ordered: { ...container('agent:1'), order: { before: ['b'] } },
  privileged: { containers: [{ name: 'agent', image: 'agent:3', securityContext: { privileged: true } }] },
  contrary: { ...container('agent:1'), order: { before: ['a'] } },
}

/** A spec that throws when it is read, like one that triggers a bug. */
const throwing = new Proxy<JsonObject>(
  {},
  {
    ownKeys: () => {
      throw new RangeError('Maximum call stack size exceeded at hunter2')
    },
    get: () => {
      throw new RangeError('Maximum call stack size exceeded at hunter2')
    },
  },
)
const specOf = (name: SpecName) => (name === 'throws' ? throwing : specs[name])

interface Named {
  readonly name: string
  readonly namespace?: string
  readonly created?: number
}

function objectOf({ name, namespace, created = 0 }: Named, spec: Json, more: JsonObject = {}): JsonObject {
  const creationTimestamp = new Date(Date.UTC(2026) + created * 1_000).toISOString().replace('.000', '')
  const metadata = { name, uid: `${namespace}/${name}`, generation: 1, creationTimestamp, ...more }
  return { metadata: { ...metadata, ...(namespace && { namespace }) }, spec }
}

/** As the leader writes it when it has accepted the spec. */
function acceptedIn(spec: JsonObject, generation = 1): JsonObject {
  const object = objectOf({ name: 'agent' }, spec, { generation })
  const verdict = accept(new Map([['agent', candidate('ClusterSidecarProfile', object)]])).verdicts.get(
    'agent',
  )
  return statusOf(verdict!)
}

/** A replica, with what it reports. */
function replica(perNamespace = 50, labelsOf?: LabelsOf, bytes?: QuotaBytes) {
  const troubles: ObjectProblem[] = []
  const profiles = storedProfiles({
    perNamespace,
    bytes,
    labelsOf,
    // Of each profile, the leader has accepted each spec before.
    keptOf: () => keeping('a', ...Object.values(specs)),
    troubled: problem => troubles.push(problem),
  })
  return {
    ...profiles,
    troubles,
    put({ name, namespace }: Named, object: JsonObject | undefined): void {
      const kind: Kind = namespace === undefined ? 'ClusterSidecarProfile' : 'SidecarProfile'
      profiles.note(kind, namespace === undefined ? name : `${namespace}/${name}`, object)
    },
    takeAll(): Acceptance {
      while (profiles.takeOne(0)) {}
      profiles.settle()
      return profiles.current()
    },
  }
}

/** All that a Pod or a reader could tell apart. */
function seen({ profiles, verdicts }: Acceptance) {
  return {
    inUse: profiles.all.map(({ name, namespace, revision }) => `${namespace}/${name}@${revision}`).sort(),
    verdicts: [...verdicts]
      .map(([key, { accepted, reason, problems, inUse }]) => [
        key,
        accepted,
        reason,
        problems,
        inUse?.revision,
      ])
      .sort(),
  }
}

describe('stored profiles', () => {
  it('are used when one that throws is among them, which is not valid, and counted', () => {
    const { put, takeAll, troubles } = replica()
    put({ name: 'deep', namespace: 'shop' }, objectOf({ name: 'deep', namespace: 'shop' }, throwing))
    put({ name: 'side', namespace: 'bank' }, objectOf({ name: 'side', namespace: 'bank' }, specs.good))
    put({ name: 'agent' }, objectOf({ name: 'agent' }, specs.good))
    const { profiles, verdicts } = takeAll()
    expect(profiles.all.map(({ name }) => name)).toEqual(['agent', 'side'])
    expect(verdicts.get('SidecarProfile/shop/deep')).toMatchObject({ accepted: false, reason: 'Invalid' })
    expect(verdicts.get('SidecarProfile/shop/deep')?.problems).toEqual([
      { path: [], message: expect.stringMatching(/^Pillion cannot handle this profile \(RangeError\): .+$/) },
    ])
    expect(troubles).toEqual([{ kind: 'SidecarProfile', key: 'shop/deep', error: expect.any(RangeError) }])
  })

  it('serve on in the last accepted spec when the next one throws, or when that of the status does', () => {
    const { put, takeAll } = replica()
    const status = acceptedIn(specs.good)
    put({ name: 'a' }, { ...objectOf({ name: 'a' }, specs.good), status })
    const [{ revision } = { revision: '' }] = takeAll().profiles.all
    put({ name: 'a' }, { ...objectOf({ name: 'a' }, throwing, { generation: 2 }), status })
    expect(takeAll().profiles.all.map(each => each.revision)).toEqual([revision])

    const hostile = { lastAccepted: { revision: 7, spec: throwing }, conditions: [null, 1, { type: [] }] }
    const other = replica()
    other.put({ name: 'b' }, { ...objectOf({ name: 'b' }, specs.invalid), status: hostile } as JsonObject)
    other.put({ name: 'c' }, { ...objectOf({ name: 'c' }, specs.good), status: hostile } as JsonObject)
    expect(other.takeAll().profiles.all.map(({ name }) => name)).toEqual(['c'])
  })

  it('of a namespace beyond its quota are not compiled: the youngest, and then the greater names', () => {
    const { put, takeAll, troubles } = replica(2)
    const all = [
      { name: 'd', namespace: 'shop', created: 1 },
      { name: 'c', namespace: 'shop', created: 2 },
      { name: 'b', namespace: 'shop', created: 1 },
      { name: 'a', namespace: 'shop', created: 3 },
    ]
    // The older ones come last, as they may in a list.
    for (const each of all.toReversed()) put(each, objectOf(each, each.name === 'a' ? throwing : specs.good))
    for (const name of ['x', 'y'])
      put({ name, namespace: 'bank' }, objectOf({ name, namespace: 'bank' }, specs.good))
    const first = takeAll()
    expect(first.profiles.all.map(({ name }) => name).sort()).toEqual(['b', 'd', 'x', 'y'])
    const refused = first.verdicts.get('SidecarProfile/shop/c')
    expect(refused).toMatchObject({ accepted: false, reason: 'TooManyProfiles' })
    expect(refused?.problems[0]?.message).toContain('more than 2 SidecarProfiles')
    expect(refused?.problems[0]?.message).toContain('--profiles-per-namespace')
    expect(troubles).toEqual([])

    put(all[0]!, undefined)
    expect(
      takeAll()
        .profiles.all.map(({ name }) => name)
        .sort(),
    ).toEqual(['b', 'c', 'x', 'y'])
    // One of the same age and a lesser name takes the place of the youngest.
    const older = { name: 'a0', namespace: 'shop', created: 1 }
    put(older, objectOf(older, specs.better))
    expect(
      takeAll()
        .profiles.all.map(({ name }) => name)
        .sort(),
    ).toEqual(['a0', 'b', 'x', 'y'])
  })

  it('are judged again when the labels of their namespace allow another level, and only then', () => {
    let labels: Readonly<Record<string, string>> | undefined
    const { put, takeAll, lookAgain, settle, hasNews } = replica(50, () => labels)
    const [side, plain] = ['side', 'plain'].map(name => ({ name, namespace: 'shop' })) as [Named, Named]
    put(side, objectOf(side, specs.privileged))
    put(plain, objectOf(plain, specs.good))
    const inUse = () =>
      takeAll()
        .profiles.all.map(({ name }) => name)
        .sort()
    expect(inUse()).toEqual(['plain', 'side'])
    labels = {}
    lookAgain()
    expect(hasNews()).toBe(true)
    expect(inUse()).toEqual(['plain'])
    expect(takeAll().verdicts.get('SidecarProfile/shop/side')).toMatchObject({ reason: 'PodSecurity' })
    labels = { team: 'shop', 'pod-security.kubernetes.io/warn': 'restricted' }
    lookAgain()
    expect(settle()).toBeUndefined()
    expect(hasNews()).toBe(false)
    labels = { 'pillion.dev/sidecar-profiles': 'privileged' }
    lookAgain()
    expect(inUse()).toEqual(['plain', 'side'])
  })

  it('do not serve on in a last accepted spec that their namespace allows no more', () => {
    let labels: Readonly<Record<string, string>> = { 'pillion.dev/sidecar-profiles': 'privileged' }
    const { put, takeAll, lookAgain } = replica(50, () => labels)
    const side = { name: 'side', namespace: 'shop' }
    const status = acceptedIn(specs.privileged)
    put(side, { ...objectOf(side, specs.privileged), status })
    takeAll()
    put(side, { ...objectOf(side, specs.invalid, { generation: 2 }), status })
    expect(takeAll().profiles.all).toHaveLength(1)
    labels = {}
    lookAgain()
    expect(takeAll().profiles.all).toEqual([])
    expect(takeAll().verdicts.get('SidecarProfile/shop/side')).toMatchObject({ reason: 'Invalid' })
  })

  it('are not valid in a namespace whose labels cannot be read, and others are used', () => {
    const labelsOf = (namespace: string) => {
      if (namespace === 'shop') throw new RangeError('hunter2')
      return {}
    }
    const { put, takeAll, lookAgain } = replica(50, labelsOf)
    for (const namespace of ['shop', 'bank'])
      put({ name: 'side', namespace }, objectOf({ name: 'side', namespace }, specs.good))
    takeAll()
    lookAgain()
    const { profiles, verdicts } = takeAll()
    expect(profiles.all.map(({ namespace }) => namespace)).toEqual(['bank'])
    expect(verdicts.get('SidecarProfile/shop/side')).toMatchObject({ reason: 'Invalid' })
  })

  it('are compiled once for however many changes came in the meantime', () => {
    const { put, takeAll, takeOne, isEmpty } = replica()
    for (let generation = 1; generation <= 1_000; generation++)
      put({ name: 'a' }, objectOf({ name: 'a' }, container(`agent:${generation}`), { generation }))
    expect([takeOne(0), isEmpty()]).toEqual([true, true])
    expect(takeAll().profiles.all[0]?.containers[0]).toMatchObject({ name: 'agent' })
  })

  it('are used as the leader says, not as this replica has seen them', () => {
    const { put, takeAll } = replica()
    const write = (spec: JsonObject, generation: number, status: JsonObject) =>
      put({ name: 'a' }, { ...objectOf({ name: 'a' }, spec, { generation }), status })
    const revision = () => takeAll().profiles.all[0]?.revision
    const [good, better] = [acceptedIn(specs.good), acceptedIn(specs.better, 2)]
    write(specs.good, 1, good)
    expect(revision()).toBe(good['revision'])
    // The leader has accepted a spec that this replica has not seen.
    write(specs.invalid, 3, better)
    expect(revision()).toBe(better['revision'])
    write(specs.good, 4, better)
    expect(revision()).toBe(better['revision'])
    write(specs.good, 4, acceptedIn(specs.good, 4))
    expect(revision()).toBe(good['revision'])
  })

  it('of namespaces that have too much together give way where there is most of it, and nowhere else', () => {
    const bytes = { perNamespace: 100_000, ofAll: 50_000 }
    const { put, takeAll, isEmpty } = replica(50, undefined, bytes)
    const used = () =>
      takeAll()
        .profiles.all.map(({ name, namespace }) => `${namespace}/${name}`)
        .sort()
    const env = [{ name: 'A', value: 'x'.repeat(9_000) }]
    const large = { containers: [{ name: 'agent', image: 'agent:1', env }] }
    const names = ['a', 'b', 'c', 'd']
    const fill = (namespace: string, spec: JsonObject | undefined) => {
      for (const [created, name] of names.entries())
        put({ name, namespace }, spec && objectOf({ name, namespace, created }, spec))
    }
    fill('shop', specs.good)
    fill('greedy', large)
    const [own, theirs] = ['shop', 'greedy'].map(namespace => names.map(name => `${namespace}/${name}`))
    expect(used()).toEqual([...theirs!, ...own!])
    fill('hostile', large)
    expect(used()).toEqual(['greedy/a', 'greedy/b', 'hostile/a', 'hostile/b', ...own!])
    const verdict = takeAll().verdicts.get('SidecarProfile/greedy/c')
    expect(verdict).toMatchObject({ accepted: false, reason: 'TooManyProfiles' })
    expect(verdict?.problems[0]?.message).toMatch(/^the SidecarProfiles of all namespaces are larger than/)
    fill('hostile', undefined)
    expect(used()).toEqual([...theirs!, ...own!])
    expect(isEmpty()).toBe(true)
  })

  it.each([
    { limits: 'as many as there may be', bytes: undefined },
    { limits: 'as many bytes as one namespace may have', bytes: { perNamespace: 400, ofAll: 10_000 } },
    { limits: 'as many bytes as all may have', bytes: { perNamespace: 700, ofAll: 600 } },
  ])(
    'are, after any sequence of changes, what a restart would come to, with $limits; what is good is in use',
    ({ bytes }) => {
      const name = fc.constantFrom('a', 'a', 'b', 'c')
      const namespace = fc.constantFrom(undefined, 'shop', 'shop', 'bank')
      const spec = fc.constantFrom<SpecName>(
        'good',
        'better',
        'invalid',
        'throws',
        'ordered',
        'contrary',
        'privileged',
      )
      const step = fc.record({
        name,
        namespace,
        spec: fc.option(spec),
        created: fc.nat(3),
        level: fc.constantFrom('baseline', 'baseline', 'privileged'),
        isSeen: fc.boolean(),
        isFollowed: fc.boolean(),
      })
      fc.assert(
        fc.property(fc.array(step, { minLength: 1, maxLength: 24 }), steps => {
          const store = new Map<string, { readonly named: Named; readonly object: JsonObject }>()
          let labels: Readonly<Record<string, string>> = {}
          const running = replica(2, () => labels, bytes)
          // Sees of changes in quick succession other ones than the leader does.
          const follower = replica(2, () => labels, bytes)
          const both = [running, follower]
          let [generation, uid] = [1, 0]

          /** What the leader writes comes back by the watch. */
          const lead = (replicas: readonly ReturnType<typeof replica>[]) => {
            for (let i = 0, isStill = false; !isStill && i < 20; i++) {
              isStill = true
              for (const [key, { accepted, ...verdict }] of running.takeAll().verdicts) {
                const entry = store.get(key)
                if (!entry) continue
                const status = statusOf({ accepted, ...verdict })
                if (JSON.stringify(status) === JSON.stringify(entry.object['status'])) continue
                isStill = false
                const object = { ...entry.object, status }
                store.set(key, { ...entry, object })
                for (const each of replicas) each.put(entry.named, object)
              }
            }
          }
          const restart = () => {
            const restarted = replica(2, () => labels, bytes)
            for (const { named, object } of store.values()) restarted.put(named, object)
            return restarted.takeAll()
          }

          for (const each of steps) {
            const { namespace: inside, ...rest } = each
            const named = { ...rest, ...(inside !== undefined && { namespace: inside }) }
            const key =
              inside === undefined
                ? `ClusterSidecarProfile/${each.name}`
                : `SidecarProfile/${inside}/${each.name}`
            const before = store.get(key)
            if (each.spec === null) {
              store.delete(key)
              for (const one of both) one.put(named, undefined)
            } else {
              generation += 1
              const metadata = before
                ? { ...(before.object['metadata'] as JsonObject), generation }
                : { ...(objectOf(named, {})['metadata'] as JsonObject), uid: `${++uid}`, generation }
              const status = before?.object['status']
              const object = { metadata, spec: specOf(each.spec), ...(status !== undefined && { status }) }
              store.set(key, { named, object })
              for (const one of both) one.put(named, object)
            }
            labels = { 'pillion.dev/sidecar-profiles': each.level }
            for (const one of both) one.lookAgain()
            if (each.isFollowed) follower.takeAll()
            if (each.isSeen) lead(both)
          }
          // Also before the leader has seen the last changes, which may stay so for as long as there is no leader.
          expect(seen(restart())).toEqual(seen(running.takeAll()))
          expect(seen(follower.takeAll())).toEqual(seen(running.current()))
          lead(both)

          expect(seen(restart())).toEqual(seen(running.takeAll()))
          expect(seen(follower.takeAll())).toEqual(seen(running.current()))
          for (const [key, { object }] of store) {
            const verdict = running.current().verdicts.get(key)
            const isPlain = object['spec'] === specs.good || object['spec'] === specs.better
            if (isPlain && !['NameTaken', 'TooManyProfiles'].includes(verdict?.reason ?? ''))
              expect(verdict?.accepted).toBe(true)
          }
        }),
        { numRuns: 300 },
      )
    },
  )
})
