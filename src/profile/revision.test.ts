import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { isRevision, revisedSpec, revision } from './revision.ts'

describe('revision', () => {
  it('is the first 10 hex digits of the SHA-256 of the canonical spec', () => {
    const digest = createHash('sha256').update('{"a":"é","b":[1]}').digest('hex')
    expect(revision({ b: [1], a: 'é' })).toBe(digest.slice(0, 10))
  })

  it('does not change with the order of keys, only with content', () => {
    const spec = { volumes: [{ name: 'logs', emptyDir: {} }], lifecycle: 'auto' }
    expect(revision({ lifecycle: 'auto', volumes: [{ emptyDir: {}, name: 'logs' }] })).toBe(revision(spec))
    expect(revision({ ...spec, lifecycle: 'native' })).not.toBe(revision(spec))
  })

  it('changes with the order of a list: that is content', () => {
    expect(revision({ containers: ['a', 'b'] })).not.toBe(revision({ containers: ['b', 'a'] }))
  })

  it('does not count how revisions are handled', () => {
    const spec = { lifecycle: 'auto' }
    const handled = { ...spec, rollout: { paused: true }, revisionHistoryLimit: 3 }
    expect(revisedSpec(handled)).toEqual(spec)
    expect(revision(handled)).toBe(revision(spec))
  })

  it.each([
    ['0123456789', true],
    ['abcdefabcd', true],
    ['', false],
    ['012345678', false],
    ['01234567890', false],
    ['x0123456789', false],
    ['ABCDEFABCD', false],
  ])('has a form: %j has it: %j', (text, is) => {
    expect(isRevision(text)).toBe(is)
  })
})
