import { describe, expect, it } from 'vitest'
import { describeUsedBy, usedByIn, usedByStatus, userKey } from './used-by.ts'

describe('the users of a profile', () => {
  it('are read from its status, if a sweep has counted them', () => {
    expect(usedByIn({ status: { usedBy: usedByStatus({ pods: 12, workloads: 3 }) } })).toEqual({
      pods: 12,
      workloads: 3,
    })
    expect(usedByIn({})).toBeUndefined()
    expect(usedByIn({ status: { usedBy: { pods: 12 } } })).toBeUndefined()
    expect(usedByIn({ status: { usedBy: { pods: '12', workloads: 3 } } })).toBeUndefined()
  })

  it('have a text', () => {
    expect(usedByStatus({ pods: 1, workloads: 1 }).summary).toBe('1 Pod')
    expect(describeUsedBy({ pods: 12, workloads: 1 })).toBe('12 Pods of 1 workload')
  })

  it('are those of one profile: the namespace counts', () => {
    expect(userKey({ name: 'logging' })).toBe('/logging')
    expect(userKey({ name: 'logging', namespace: 'shop' })).toBe('shop/logging')
  })
})
