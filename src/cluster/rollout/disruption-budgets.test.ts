import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { apiAnswering, succeed } from '../sweep/sweep.fixture.ts'
import { countsForReadiness, disruptionBudgets } from './disruption-budgets.ts'

const budget = (name: string, app: string, status: JsonObject): JsonObject => ({
  metadata: { name, uid: `uid-of-${name}`, generation: 1 },
  spec: { selector: { matchLabels: { app } } },
  status,
})
const pod = { metadata: { namespace: 'shop', name: 'web-1', labels: { app: 'web' } } }

function budgetsWith(...items: readonly JsonObject[]) {
  const api = apiAnswering(
    () => succeed(),
    () => [{ items, resourceVersion: '1' }],
  )
  const matchesLabels = (selector: JsonObject, labels: JsonObject) =>
    (selector['matchLabels'] as JsonObject)['app'] === labels['app']
  return { api, ...disruptionBudgets(api, { matchesLabels, signal: new AbortController().signal }) }
}

describe('the budget that protects a Pod', () => {
  it.each([
    { what: 'there is none', budgets: [], name: undefined },
    {
      what: 'it is about other Pods',
      budgets: [budget('other', 'db', { disruptionsAllowed: 0, observedGeneration: 1 })],
      name: undefined,
    },
    {
      what: 'it allows one',
      budgets: [budget('one', 'web', { disruptionsAllowed: 1, observedGeneration: 1 })],
      name: undefined,
    },
    {
      what: 'it allows none',
      budgets: [budget('none', 'web', { disruptionsAllowed: 0, observedGeneration: 1 })],
      name: 'none',
    },
    { what: 'its controller has not seen it', budgets: [budget('new', 'web', {})], name: 'new' },
    {
      what: 'its status is about an earlier spec',
      budgets: [budget('old', 'web', { disruptionsAllowed: 3, observedGeneration: 0 })],
      name: 'old',
    },
  ])('$what: $name', async ({ budgets, name }) => {
    expect(await budgetsWith(...budgets).protecting(pod)).toBe(name)
  })

  it('counts disruptions that its status may not show yet, and is read once for a while', async () => {
    const allowsTwo = budget('two', 'web', { disruptionsAllowed: 2, observedGeneration: 1 })
    const { protecting, disrupted, api } = budgetsWith(allowsTwo)
    await disrupted(pod)
    expect(await protecting(pod)).toBeUndefined()
    await disrupted(pod)
    expect(await protecting(pod)).toBe('two')
    expect(api.calls).toHaveLength(1)
  })
})

describe('countsForReadiness', () => {
  const probed = { name: 'agent', readinessProbe: { exec: { command: ['true'] } } }
  it.each([
    { what: 'a native sidecar with a probe', spec: { initContainers: [probed] }, counts: true },
    { what: 'a container with a probe', spec: { containers: [probed] }, counts: true },
    {
      what: 'a probe of a container that does not restart',
      spec: { containers: [{ ...probed, name: 'app' }] },
      counts: false,
    },
    { what: 'no probe', spec: { initContainers: [{ name: 'agent' }] }, counts: false },
  ])('$what: $counts', ({ spec, counts }) => {
    expect(countsForReadiness({ spec } as JsonObject, ['agent'])).toBe(counts)
  })
})
