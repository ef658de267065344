import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { injectInto } from '../../src/engine/decide.fixture.ts'
import type { Pod } from '../../src/engine/pod.ts'
import type { JsonObject } from '../../src/json/json.ts'
import { collect } from '../../src/profile/accept/profiles.ts'
import { readProfile } from '../../src/profile/read.ts'
import { root } from '../../tools/kind/run.ts'
import { createPlans, type Plans } from './plans.ts'
import { samples } from './samples.ts'

const catalog = ['log-tail', 'work-dir', 'statsd'].map(
  name => parse(readFileSync(join(root, `catalog/${name}.yaml`), 'utf8')) as JsonObject,
)
const { profiles } = collect(
  catalog.map(object => {
    const read = readProfile(object)
    if ('problems' in read) throw new Error('a profile of the catalog is not valid')
    return read.profile
  }),
)
const [one] = samples
const injected = () =>
  injectInto(one!.pod, profiles) as Pod & { spec: { initContainers: { image: string }[] } }

describe('the judge of the load', () => {
  let plans: Plans
  beforeEach(() => {
    plans = createPlans(catalog)
  })

  it.each(samples)('accepts $name as the engine makes it, with defaults of the API server', sample => {
    const pod = structuredClone(injectInto(sample.pod, profiles, { namespace: sample.namespace }))
    const stored = {
      ...pod,
      status: { phase: 'Pending' },
      metadata: { ...pod.metadata, uid: 'u', name: 'x-1' },
    }
    expect(plans.find(sample, stored)).toBeUndefined()
  })

  it('finds a Pod without what it asks for', () => {
    expect(plans.find(one!, one!.pod)).toEqual({ verdict: 'without', message: 'without log-tail' })
  })

  it('finds a changed, a missing and an additional item', () => {
    const changed = structuredClone(injected())
    changed.spec.initContainers[0]!.image = 'other'
    expect(plans.find(one!, changed)).toMatchObject({
      verdict: 'wrong',
      message: '/spec/initContainers/0/image is "other", but the plan says "busybox:1.37"',
    })
    const less = structuredClone(injected())
    less.spec.initContainers.pop()
    expect(plans.find(one!, less)?.verdict).toBe('wrong')
    const more = structuredClone(injected())
    more.spec.initContainers.push({ image: 'more' })
    expect(plans.find(one!, more)?.verdict).toBe('wrong')
  })

  it('finds a Pod that got something although it asks for nothing', () => {
    const silent = samples.find(({ name }) => name === 'silent')!
    expect(plans.find(silent, injected())?.verdict).toBe('wrong')
  })

  it('finds a revision that no spec had, until it is added', () => {
    const [logTail] = catalog as [JsonObject & { spec: JsonObject }]
    const edited = { ...logTail, spec: { ...logTail.spec, pod: { annotations: { a: 'b' } } } }
    const read = readProfile(edited)
    if ('problems' in read) throw new Error('the edited profile is not valid')
    const pod = injectInto(one!.pod, collect([read.profile]).profiles)
    expect(plans.find(one!, pod)?.message).toMatch(/^it has revision \w+ of log-tail, which no spec had$/)
    plans.add(edited)
    expect(plans.find(one!, pod)).toBeUndefined()
  })
})
