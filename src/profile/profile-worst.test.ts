import { describe, expect, it } from 'vitest'
import { canonical, type JsonObject } from '../json/json.ts'
import { excessIn } from '../json/size.ts'
import { metered } from '../limits/budget.ts'
import { limits } from '../limits/limits.ts'
import { constant } from '../template/template.ts'
import { advise } from './check/lint.ts'
import { referenceProblems } from './check/reference-checks.ts'
import { clusterProfile } from './profile.fixture.ts'
import { hostileSpecs } from './profile-worst.fixture.ts'
import { readProfile } from './read.ts'
import type { ProfileSpec } from './schema/schema.ts'

describe('reading a profile that takes as much as it can', () => {
  it.each(Object.entries(hostileSpecs))('ends within the budget: %s', (_, spec) => {
    // Otherwise it is refused for its size alone, and is no case of anything.
    expect(excessIn(spec, { bytes: limits.profileBytes, depth: limits.profileDepth })).toBeUndefined()
    const { value, units } = metered(() => readProfile(clusterProfile(spec)))
    // The work that would have been too much is counted, and not done.
    expect(units).toBeLessThanOrEqual(limits.compileUnits + dearestStep)
    expect(units).toBeGreaterThanOrEqual(bytesOf(spec) / 2)
    if ('problems' in value) expect(value.problems.length).toBeLessThanOrEqual(limits.problems)
  })

  it.each(Object.entries(hostileSpecs))('ends sooner in a namespace: %s', (_, spec) => {
    const { units } = metered(() => readProfile(inNamespace(clusterProfile(spec))))
    expect(units).toBeLessThanOrEqual(limits.sidecarProfileCompileUnits + dearestStep)
  })

  it('costs the same each time, whatever is kept from before', () => {
    for (const spec of [hostileSpecs['patterns of Unicode classes']!, hostileSpecs['short expressions']!]) {
      const units = () => metered(() => readProfile(clusterProfile(spec))).units
      const first = units()
      expect([units(), units()]).toEqual([first, first])
    }
  })
})

describe('what is said about a profile', () => {
  it('is spent as it is made: advice, mounts and order', () => {
    const spentOn = (name: string, work: (spec: ProfileSpec) => unknown) =>
      metered(() => work(hostileSpecs[name] as ProfileSpec)).units
    const constants = (items: ProfileSpec['containers'] = []) => items.map(() => constant({}))
    const advised = (spec: ProfileSpec) =>
      advise(spec, {
        initContainers: constants(spec.initContainers),
        containers: constants(spec.containers),
      })
    expect(spentOn('advice on long arguments', advised)).toBeGreaterThan(10_000)
    expect(spentOn('mounts of no volume', spec => referenceProblems(spec, 'logging'))).toBeGreaterThan(
      100_000,
    )
    expect(spentOn('an order of each container', spec => referenceProblems(spec, 'logging'))).toBeGreaterThan(
      16_000,
    )
  })
})

function bytesOf(spec: JsonObject): number {
  return Buffer.byteLength(canonical(spec))
}

function inNamespace(object: JsonObject): JsonObject {
  return { ...object, kind: 'SidecarProfile', metadata: { name: 'logging', namespace: 'shop' } }
}

/** One regular expression of the largest size. */
const dearestStep = 100 * limits.patternSize
