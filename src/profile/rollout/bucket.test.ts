import { describe, expect, it } from 'vitest'
import { bucketOf } from './bucket.ts'

const logging = { kind: 'ClusterSidecarProfile', name: 'logging' } as const
const workload = (name: string, kind = 'Deployment', namespace = 'shop') => ({
  namespace,
  workload: { kind, name },
})
const web = workload('web')

describe('the bucket of a workload', () => {
  it('never changes: otherwise an upgrade of Pillion would move workloads in and out of each canary', () => {
    expect(bucketOf(logging, web)).toBe(40.27709453366697)
    expect(bucketOf({ kind: 'SidecarProfile', namespace: 'shop', name: 'logging' }, web)).toBe(
      60.356915183365345,
    )
  })

  it('depends on all that names the workload and the profile', () => {
    const buckets = [
      bucketOf(logging, web),
      bucketOf({ ...logging, name: 'metrics' }, web),
      bucketOf({ ...logging, kind: 'SidecarProfile' }, web),
      bucketOf({ ...logging, namespace: 'shop' }, web),
      bucketOf(logging, workload('web', 'StatefulSet')),
      bucketOf(logging, workload('web', 'Deployment', 'bank')),
      bucketOf(logging, workload('api')),
    ]
    expect(new Set(buckets).size).toBe(buckets.length)
  })

  it('takes every value from 0 to 100 alike', () => {
    const buckets = Array.from({ length: 2_000 }, (_, i) => bucketOf(logging, workload(`w${i}`)))
    for (const percent of [1, 10, 50, 90]) {
      const share = (100 * buckets.filter(bucket => bucket < percent).length) / buckets.length
      expect(Math.abs(share - percent)).toBeLessThan(3)
    }
    expect(Math.min(...buckets)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...buckets)).toBeLessThan(100)
  })
})
