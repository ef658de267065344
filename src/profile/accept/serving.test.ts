import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { revision } from '../revision.ts'
import { accept } from './acceptance.ts'
import { candidate } from './candidate.ts'
import { keeping } from './kept.fixture.ts'
import { rolloutSettingsIn } from './serving.ts'

const specs: Readonly<Record<string, JsonObject>> = {
  a: { containers: [{ name: 'agent', image: 'a:1' }] },
  b: { containers: [{ name: 'agent', image: 'b:1' }] },
  c: { containers: [{ name: 'agent', image: 'c:1' }] },
  bad: { containers: [{ name: 'agent', image: '$(params.nothing)' }] },
}
const hash = (name: string) => revision(specs[name]!)
const nameOf = (found: string | undefined) => Object.keys(specs).find(name => hash(name) === found)

interface Case {
  /** The current spec, and whether a leader has judged it. */
  readonly spec: string
  readonly accepted?: 'True' | 'False' | 'Unknown'
  readonly last?: string
  readonly rollout?: JsonObject
  readonly settings?: JsonObject | null
  /** The revisions that are kept. */
  readonly kept?: readonly string[]
}

function judged({ spec, accepted = 'True', last, rollout, settings = {}, kept = ['a', 'b', 'c'] }: Case) {
  const reason = accepted === 'False' ? 'RefusedByApiServer' : 'Accepted'
  const status = {
    ...(last && { lastAccepted: { revision: hash(last), name: `logging-${hash(last)}` } }),
    ...(rollout && { rollout }),
    conditions: [{ type: 'Accepted', status: accepted, reason, observedGeneration: 1, message: '' }],
  }
  const object = {
    metadata: { name: 'logging', uid: 'u', generation: 1 },
    spec: { ...specs[spec], ...(settings && { rollout: settings }) },
    status,
  }
  const store = keeping('logging', ...kept.map(name => specs[name]!))
  const one = candidate('ClusterSidecarProfile', object, undefined, store)
  const { profiles, verdicts } = accept(new Map([['logging', one]]))
  const { inUse, canary, missing = [] } = verdicts.get('logging')!
  expect(profiles.find('logging', 'shop')).toBe(inUse)
  if (inUse) expect(profiles.canaryOf?.(inUse)).toBe(canary)
  const { profile, ...share } = canary ?? {}
  return {
    stable: nameOf(inUse?.revision),
    ...(profile && { canary: nameOf(profile.revision), ...share }),
    ...(missing.length > 0 && { missing: missing.map(nameOf) }),
  }
}

const rollout = (phase: string, stable: string, canary?: string, percent?: number): JsonObject => ({
  phase,
  stable: hash(stable),
  ...(canary && { canary: hash(canary) }),
  ...(percent !== undefined && { percent }),
})
const selector = { matchLabels: { stage: 'test' } }

describe('without a rollout, Pods get', () => {
  it.each<Case & { why: string; gets: object }>([
    { why: 'the current spec, when it is accepted', spec: 'a', last: 'a', gets: { stable: 'a' } },
    { why: 'the first spec at once', spec: 'a', accepted: 'Unknown', gets: { stable: 'a' } },
    {
      why: 'the last accepted one meanwhile',
      spec: 'b',
      accepted: 'Unknown',
      last: 'a',
      gets: { stable: 'a' },
    },
    {
      why: 'the last accepted one in place of a refused one',
      spec: 'b',
      accepted: 'False',
      last: 'a',
      gets: { stable: 'a' },
    },
    { why: 'the last accepted one in place of a bad one', spec: 'bad', last: 'a', gets: { stable: 'a' } },
    {
      why: 'the current one when the last accepted one is gone',
      spec: 'b',
      accepted: 'Unknown',
      last: 'a',
      kept: [],
      gets: { stable: 'b', missing: ['a'] },
    },
    {
      why: 'nothing when it is bad and the last one is gone',
      spec: 'bad',
      last: 'a',
      kept: [],
      gets: { missing: ['a'] },
    },
    {
      why: 'the current one, though its revision is gone',
      spec: 'a',
      last: 'a',
      kept: [],
      gets: { stable: 'a' },
    },
  ])('$why', ({ why: _, gets, ...one }) => {
    expect(judged({ ...one, settings: null })).toEqual({ stable: undefined, ...gets })
  })
})

describe('in a rollout, Pods get', () => {
  const shared = rollout('Progressing', 'a', 'b', 30)
  it.each<Case & { why: string; gets: object }>([
    {
      why: 'stable, and a share of them the canary',
      spec: 'b',
      last: 'b',
      rollout: shared,
      gets: { stable: 'a', canary: 'b', percent: 30 },
    },
    {
      why: 'nothing, and nobody gets the canary, if there is nothing else',
      spec: 'bad',
      rollout: shared,
      kept: ['b'],
      gets: { stable: undefined, missing: ['a'] },
    },
    {
      why: 'stable after a failure, if the settings cannot be read',
      spec: 'b',
      last: 'b',
      settings: { onFailure: 1 },
      rollout: rollout('Degraded', 'a', 'b', 30),
      gets: { stable: 'a' },
    },
    {
      why: 'stable, if it is the canary as well',
      spec: 'b',
      last: 'b',
      rollout: rollout('Progressing', 'b', 'b', 30),
      gets: { stable: 'b' },
    },
    {
      why: 'the canary in the namespaces that the selector matches',
      spec: 'b',
      last: 'b',
      settings: { canary: { namespaceSelector: selector } },
      rollout: rollout('Progressing', 'a', 'b'),
      gets: { stable: 'a', canary: 'b', namespaceSelector: selector },
    },
    {
      why: 'the same after a later edit',
      spec: 'c',
      accepted: 'Unknown',
      last: 'b',
      rollout: shared,
      gets: { stable: 'a', canary: 'b', percent: 30 },
    },
    {
      why: 'the same after a bad edit',
      spec: 'bad',
      last: 'b',
      rollout: shared,
      gets: { stable: 'a', canary: 'b', percent: 30 },
    },
    {
      why: 'the same while a spec without a rollout is not accepted',
      spec: 'c',
      accepted: 'Unknown',
      last: 'b',
      settings: null,
      rollout: shared,
      gets: { stable: 'a', canary: 'b', percent: 30 },
    },
    {
      why: 'the canary if the selector of the spec matches',
      spec: 'b',
      last: 'b',
      settings: { canary: { podSelector: selector } },
      rollout: rollout('Progressing', 'a', 'b'),
      gets: { stable: 'a', canary: 'b', podSelector: selector },
    },
    {
      why: 'only stable when nothing says who gets the canary',
      spec: 'b',
      last: 'b',
      rollout: rollout('Progressing', 'a', 'b'),
      gets: { stable: 'a' },
    },
    {
      why: 'only stable when the canary has failed',
      spec: 'b',
      last: 'b',
      rollout: rollout('Degraded', 'a', 'b', 30),
      gets: { stable: 'a' },
    },
    {
      why: 'the share as it is when the canary has failed and that only pauses it',
      spec: 'b',
      last: 'b',
      settings: { onFailure: 'Pause' },
      rollout: rollout('Degraded', 'a', 'b', 30),
      gets: { stable: 'a', canary: 'b', percent: 30 },
    },
    {
      why: 'the stable one at the end',
      spec: 'b',
      last: 'b',
      rollout: rollout('Completed', 'b'),
      gets: { stable: 'b' },
    },
    {
      why: 'stable in place of a canary that is gone',
      spec: 'c',
      accepted: 'Unknown',
      last: 'b',
      rollout: shared,
      kept: ['a'],
      gets: { stable: 'a', missing: ['b'] },
    },
    {
      why: 'the last accepted one in place of a stable one that is gone',
      spec: 'c',
      accepted: 'Unknown',
      last: 'b',
      rollout: shared,
      kept: ['b'],
      gets: { stable: 'b', missing: ['a'] },
    },
    {
      why: 'the current one when nothing else is left',
      spec: 'c',
      last: 'b',
      rollout: shared,
      kept: [],
      gets: { stable: 'c', missing: ['b', 'a'] },
    },
  ])('$why', ({ why: _, gets, ...one }) => {
    expect(judged(one)).toEqual(gets)
  })

  it('nothing else, whatever is edited before a leader writes', () => {
    const spec = fc.constantFrom(...Object.keys(specs))
    const settings = fc.constantFrom(null, {}, { canary: { percent: 90 } }, { paused: true }, { steps: 'x' })
    fc.assert(
      fc.property(spec, settings, fc.constantFrom('Unknown', 'False'), (edited, to, accepted) => {
        const one = { spec: edited, settings: to, accepted, last: 'b', rollout: shared } as const
        expect(judged(one)).toEqual({ stable: 'a', canary: 'b', percent: 30 })
      }),
    )
  })
})

describe('an order that makes a cycle', () => {
  const ordered = (image: string, order: JsonObject): JsonObject => ({
    containers: [{ name: image, image: `${image}:1` }],
    order,
  })
  it('counts in the canary and in the stable revision, too', () => {
    const [stable, canary] = [ordered('x', {}), ordered('x', { before: ['other'] })]
    const object = {
      metadata: { name: 'logging', uid: 'u', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: { ...canary, rollout: {} },
      status: {
        rollout: { phase: 'Progressing', stable: revision(stable), canary: revision(canary), percent: 10 },
        conditions: [{ type: 'Accepted', status: 'True', observedGeneration: 1 }],
      },
    }
    const one = candidate('ClusterSidecarProfile', object, undefined, keeping('logging', stable, canary))
    const other = candidate('ClusterSidecarProfile', {
      metadata: { name: 'other', uid: 'o', generation: 1, creationTimestamp: '2026-02-02T00:00:00Z' },
      spec: ordered('other', { before: ['logging'] }),
    })
    const { verdicts } = accept(new Map([['logging', one], ['other', other]])) // biome-ignore format: a pair a line
    expect(verdicts.get('other')?.reason).toBe('OrderCycle')
    expect(verdicts.get('logging')?.canary?.profile.revision).toBe(revision(canary))
  })
})

describe('the settings of a rollout', () => {
  it.each<{ what: string; spec: JsonObject; is: JsonObject | undefined }>([
    { what: 'are those of the spec', spec: { rollout: { paused: true }, odd: 1 }, is: { paused: true } },
    { what: 'are none without a rollout', spec: {}, is: undefined },
    { what: 'are none if they are a text', spec: { rollout: 'x' }, is: undefined },
    { what: 'are none if they are not valid', spec: { rollout: { paused: 'yes' } }, is: undefined },
  ])('$what', ({ spec, is }) => {
    expect(rolloutSettingsIn({ spec })).toEqual(is)
  })
})

it('says of one profile only that it has a canary', () => {
  const status = { rollout: rollout('Progressing', 'a', 'b', 30) }
  const of = (name: string, own: JsonObject) =>
    candidate(
      'ClusterSidecarProfile',
      { metadata: { name, uid: name, generation: 1 }, spec: { ...specs['b'], rollout: {} }, ...own },
      undefined,
      keeping(name, specs['a']!),
    )
  const { profiles } = accept(new Map([['x', of('x', { status })], ['y', of('y', {})]])) // biome-ignore format: a pair a line
  expect(profiles.all.map(each => [each.name, profiles.canaryOf?.(each)?.percent])).toEqual([
    ['x', 30],
    ['y', undefined],
  ])
})
