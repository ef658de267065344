import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { revision } from '../revision.ts'
import {
  acceptedCondition,
  type Candidate,
  candidate,
  isSame,
  lastAcceptedIn,
  namedRevisions,
  refusalOf,
  refusedByQuota,
  saidBeyondQuota,
} from './candidate.ts'
import { keeping, referenceTo } from './kept.fixture.ts'
import { nothingKept } from './kept-revision.ts'

const spec = (image: string) => ({ containers: [{ name: 'a', image }] })
const object = (image: string, own: JsonObject = {}, status: JsonObject = {}): JsonObject => ({
  metadata: { name: 'logging', uid: 'u', generation: 1, ...own },
  spec: spec(image),
  status,
})
const read = (
  stored: JsonObject,
  before?: Candidate,
  kept = nothingKept as Parameters<typeof candidate>[3],
) => candidate('ClusterSidecarProfile', stored, before, kept)
const revisionOf = ({ compiled }: Candidate) =>
  'profile' in compiled ? compiled.profile.revision : undefined
const accepted = (image: string): JsonObject => ({ lastAccepted: referenceTo('logging', spec(image)) })
const condition = (own: JsonObject = {}): JsonObject => ({
  type: 'Accepted',
  status: 'False',
  reason: 'RefusedByApiServer',
  message: 'no',
  observedGeneration: 1,
  ...own,
})
const withCondition = (own: JsonObject = {}) => object('a:1', {}, { conditions: [condition(own)] })

describe('a stored profile', () => {
  const before = read(object('a:1'))

  it('is compiled once, as long as its generation stays', () => {
    const after = read(object('a:1', {}, { revision: 'x' }), before)
    expect(after.compiled).toBe(before.compiled)
    expect(after.object['status']).toEqual({ revision: 'x' })
  })

  it.each([
    { what: 'a new generation', stored: object('a:2', { generation: 2 }) },
    { what: 'another object of its name', stored: object('a:2', { uid: 'another' }) },
  ])('is compiled again for $what', ({ stored }) => {
    expect(revisionOf(read(stored, before))).toBe(revision(spec('a:2')))
  })

  it('is compiled again when its namespace has room', () => {
    const refused = refusedByQuota(object('a:1'), 'too many')
    expect(revisionOf(read(object('a:1'), refused))).toBe(revision(spec('a:1')))
  })

  it('is not valid if Pillion cannot handle it, and the bug is kept for the log', () => {
    const error = new TypeError('secret')
    const throwing = {
      ownKeys() {
        throw error
      },
    }
    const hostile: JsonObject = { ...object('a:1'), spec: new Proxy({}, throwing) }
    const { compiled, failure } = read(hostile)
    expect(failure).toEqual({ error })
    expect(compiled).toEqual({
      problems: [
        {
          path: [],
          message:
            'Pillion cannot handle this profile (TypeError): this is a bug in Pillion, please report it; a simpler spec may work',
        },
      ],
    })
  })
})

describe('the revisions that a status names', () => {
  const [one, two] = [spec('a:1'), spec('a:2')]
  const kept = keeping('logging', one, two)
  const gone = { ...kept, isGone: () => true }
  const status: JsonObject = { ...accepted('a:1'), rollout: { phase: 'Paused', stable: revision(two) } }

  it('are those of the last accepted spec and of the rollout', () => {
    expect([...namedRevisions({ status })]).toEqual([revision(one), revision(two)])
    expect([...namedRevisions({})]).toEqual([])
  })

  it('are compiled as far as they are kept, without the current one', () => {
    const { named } = read(object('a:1', {}, status), undefined, kept)
    expect([...named.keys()]).toEqual([revision(two)])
    expect(read(object('a:1', {}, status)).named.size).toBe(0)
  })

  it('are compiled once', () => {
    const before = read(object('a:3', {}, status), undefined, kept)
    const after = read(object('a:4', { generation: 2 }, status), before, nothingKept)
    expect(before.named.size).toBe(2)
    expect(after.named).toEqual(before.named)
    for (const [name, profile] of after.named) expect(before.named.get(name)).toBe(profile)
  })

  it('may be the spec before an edit, which is not compiled again', () => {
    const before = read(object('a:1'))
    const after = read(object('a:2', { generation: 2 }, accepted('a:1')), before, nothingKept)
    expect('profile' in before.compiled && before.compiled.profile).toBe(after.named.get(revision(one)))
    const none = read(object('a:2', { generation: 2 }, accepted('a:3')), before, nothingKept)
    expect(none.named.size).toBe(0)
  })

  it('are not used after somebody deleted them', () => {
    const before = read(object('a:3', {}, status), undefined, kept)
    const lost = { ...gone, find: () => undefined }
    expect(read(object('a:3', {}, status), before, lost).named.size).toBe(0)
  })
})

describe('a profile that was refused because of the quota', () => {
  const refused = refusedByQuota(object('a:1'), 'too many')

  it('is not compiled, and has that problem', () => {
    expect(refused.compiled).toEqual({ problems: [{ path: [], message: 'too many' }] })
    expect([refused.isBeyondQuota, refused.named.size]).toEqual([true, 0])
  })

  it('stays the same while the message does', () => {
    const again = refusedByQuota(object('a:2'), 'too many', refused)
    expect(again.compiled).toBe(refused.compiled)
    expect(again.object).toEqual(object('a:2'))
    expect(refusedByQuota(object('a:1'), 'too large', refused).compiled).toEqual({
      problems: [{ path: [], message: 'too large' }],
    })
    const invalid = read(object('$(nothing)'))
    expect(refusedByQuota(object('a:1'), 'too many', invalid).isBeyondQuota).toBe(true)
    expect(refusedByQuota(object('a:1'), 'too many', read(object('a:1'))).isBeyondQuota).toBe(true)
  })

  it('says so in its status', () => {
    const said = withCondition({ reason: 'TooManyProfiles', message: 'too many' })
    expect(saidBeyondQuota(said)).toBe('too many')
    expect(saidBeyondQuota(withCondition())).toBeUndefined()
  })
})

describe('the refusal by the API server', () => {
  it.each([
    { what: 'is the message of the condition', own: {}, is: 'no' },
    { what: 'does not count for another spec', own: { observedGeneration: 2 }, is: undefined },
    { what: 'is not another reason', own: { reason: 'Invalid' }, is: undefined },
    { what: 'is not a condition that is met', own: { status: 'True' }, is: undefined },
    { what: 'is not another condition', own: { type: 'Ready' }, is: undefined },
  ])('$what', ({ own, is }) => {
    expect(refusalOf(withCondition(own))).toBe(is)
  })

  it('is found among other conditions', () => {
    const conditions = [condition({ type: 'Ready' }), condition({ observedGeneration: 0 }), condition()]
    expect(acceptedCondition(object('a:1', {}, { conditions }))).toBe(conditions[2])
  })
})

describe('the last accepted revision in a status', () => {
  it.each([
    { lastAccepted: { revision: 'r', name: 'n' }, is: { revision: 'r', name: 'n' } },
    { lastAccepted: { revision: 'r' }, is: undefined },
    { lastAccepted: { name: 'n' }, is: undefined },
    { lastAccepted: { revision: 1, name: 'n' }, is: undefined },
    { lastAccepted: 'r', is: undefined },
  ])('of $lastAccepted is $is', ({ lastAccepted, is }) => {
    expect(lastAcceptedIn({ status: { lastAccepted } })).toEqual(is)
  })
})

describe('a change of the status', () => {
  const rollout = { phase: 'Progressing', stable: 'r', canary: 'c', percent: 5 }
  const status = { ...accepted('a:2'), rollout, conditions: [condition({ status: 'True' })] }
  const kept = keeping('logging', spec('a:2'))
  const before = read(object('a:1', {}, status), undefined, kept)
  const changed = (own: JsonObject) => read(object('a:1', {}, { ...status, ...own }), before, kept)

  it.each([
    { what: 'numbers', own: { rollout: { ...rollout, matched: 3, message: 'x' } }, same: true },
    { what: 'another condition', own: { conditions: [...status.conditions, { type: 'Ready' }] }, same: true },
    { what: 'the phase', own: { rollout: { ...rollout, phase: 'Paused' } }, same: false },
    { what: 'the stable revision', own: { rollout: { ...rollout, stable: 's' } }, same: false },
    { what: 'the canary', own: { rollout: { ...rollout, canary: 'd' } }, same: false },
    { what: 'the percentage', own: { rollout: { ...rollout, percent: 25 } }, same: false },
    { what: 'the end of the rollout', own: { rollout: null }, same: false },
    { what: 'the last accepted revision', own: accepted('a:3'), same: false },
    { what: 'no accepted revision', own: { lastAccepted: null }, same: false },
    { what: 'that it is pending', own: { conditions: [condition({ status: 'Unknown' })] }, same: false },
  ])('in $what: does it affect no Pod? $same', ({ own, same }) => {
    expect(isSame(before, changed(own))).toBe(same)
  })

  it('affects Pods if the API server refuses the spec, or gives another reason', () => {
    const refused = changed({ conditions: [condition()] })
    expect(isSame(before, refused)).toBe(false)
    expect(isSame(refused, changed({ conditions: [condition({ message: 'no, again' })] }))).toBe(false)
    expect(isSame(refused, changed({ conditions: [condition()] }))).toBe(true)
  })

  it('affects Pods if the spec or a revision is compiled anew, or was not there', () => {
    expect(isSame(undefined, before)).toBe(false)
    expect(isSame(before, read(object('a:1', {}, status), undefined, kept))).toBe(false)
    const { named, ...rest } = before
    expect(isSame(before, { ...rest, named: new Map() })).toBe(false)
    const [[name, profile] = ['', undefined]] = [...named]
    expect(isSame(before, { ...rest, named: new Map([[name, { ...profile! }]]) })).toBe(false)
    expect(isSame(before, { ...rest, named: new Map(named) })).toBe(true)
  })
})
