import { expect, it } from 'vitest'
import { type CountedRollout, rolloutCounts } from './rollout-counts.ts'

const pods = { ready: 1, updating: 0, outdated: 2, needsRecreate: 0, failed: 0 }

it('have a series for each ClusterSidecarProfile', () => {
  const { rollouts, pods: counts } = rolloutCounts([{ name: 'logging', phase: 'Degraded', pods }])
  expect(rollouts).toEqual([{ profile: 'logging', namespace: '', phase: 'Degraded', count: 1 }])
  expect(counts).toContainEqual({ profile: 'logging', namespace: '', state: 'outdated', count: 2 })
})

it('have no more series than namespaces are shown, however many SidecarProfiles there are', () => {
  const own = Array.from({ length: 3_000 }, (_, i): CountedRollout => {
    return { namespace: `team-${i % 30}`, name: `profile-${i}`, phase: 'Progressing', pods }
  })
  const { rollouts, pods: counts } = rolloutCounts([{ name: 'logging', phase: 'Degraded', pods }, ...own])
  expect(rollouts).toHaveLength(1 + 20 + 1)
  expect(rollouts).toContainEqual({ profile: '', namespace: '(other)', phase: 'Progressing', count: 1_000 })
  expect(counts).toHaveLength(5 * 22)
  expect(JSON.stringify(counts)).not.toContain('profile-')
  const outdated = counts.filter(({ state }) => state === 'outdated')
  expect(outdated.reduce((sum, { count }) => sum + count, 0)).toBe(2 * 3_001)
})
