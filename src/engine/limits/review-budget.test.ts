import { describe, expect, it } from 'vitest'
import { counting } from '../../limits/budget.ts'
import { limits } from '../../limits/limits.ts'
import { collect } from '../../profile/accept/profiles.ts'
import { container, decideOn, podAsking, profileOf, profilesOf } from '../decide.fixture.ts'

const ten = '[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]'
/** Costs some ten thousand units. */
const dear = (n: number) =>
  `string(${ten}.all(a, ${ten}.all(b, ${ten}.all(c, a * b * c + pod.spec.containers.size() + ${n} > 0))))`
/** A tenth of that. */
const mild = (n: number) =>
  `$(string(${ten}.all(a, ${ten}.all(b, a * b + pod.spec.containers.size() + ${n} > 0))))`
const variables = (count: number, value: (n: number) => string) => [
  { select: 'all', env: Array.from({ length: count }, (_, n) => ({ name: `V${n}`, value: value(n) })) },
]
const profiles = profilesOf({
  small: { containers: [container('small')] },
  some: { appContainers: variables(2, n => `$(${dear(n)})`) },
  slow: { appContainers: variables(120, n => `$(${dear(n)})`) },
  demanding: {
    requires: Array.from({ length: 32 }, (_, n) => ({ expression: `${dear(n)} == 'true'`, message: 'no' })),
    appContainers: variables(90, n => `$(${dear(n)})`),
  },
  settled: {
    parameters: { n: { type: 'integer', default: 1 } },
    containers: [container('settled', { args: Array.from({ length: 90 }, (_, n) => `$(${fixed(n)})`) })],
  },
  failing: { appContainers: variables(120, n => `$(string(pod.spec.nothing${n}))`) },
  large: { appContainers: variables(1, () => 'x'.repeat(20_000)) },
})

/** Reads no Pod: its parameters decide it once. */
function fixed(n: number): string {
  return dear(n).replace('pod.spec.containers.size()', 'params.n')
}

function unitsOf(request: string): number {
  let spent = 0
  counting(
    () => decideOn(podAsking(request), profiles),
    units => {
      spent = units
    },
  )
  return spent
}

describe('the budget of a review', () => {
  it('is one for all expressions of all profiles; the profile that used most of it is named', () => {
    const decision = decideOn(podAsking('some,small,slow'), profiles)
    expect(decision).toMatchObject({ outcome: 'denied', reason: 'LimitExceeded', patch: [] })
    expect(decision.message).toMatch(
      new RegExp(
        `^the profiles of this Pod cost more than ${limits.reviewUnits} units together; profile slow has used the most of it, \\d+$`,
      ),
    )
    expect(decision.profiles.map(({ name, reason }) => [name, reason])).toEqual([['slow', 'LimitExceeded']])
  })

  it.each(['some', 'small', 'some,small'])('is enough for %s', request => {
    expect(decideOn(podAsking(request), profiles)).toMatchObject({ outcome: 'injected' })
  })

  it('is a smaller one for SidecarProfiles, all of a Pod together', () => {
    const own = (name: string, count: number) =>
      profileOf({
        kind: 'SidecarProfile',
        metadata: { name, namespace: 'shop' },
        spec: { appContainers: variables(count, mild) },
      })
    const half = 20
    const both = collect([own('left', half), own('right', half + 1)]).profiles
    const shop = { namespace: { name: 'shop', labels: {}, annotations: {} } }
    expect(decideOn(podAsking('left'), both, shop)).toMatchObject({ outcome: 'injected' })
    const decision = decideOn(podAsking('left,right'), both, shop)
    expect(decision).toMatchObject({ outcome: 'denied', reason: 'LimitExceeded', patch: [] })
    expect(decision.message).toContain(
      `the SidecarProfiles of this Pod cost more than ${limits.sidecarProfileUnits} units together; profile left has used the most of it`,
    )
    const clusters = profilesOf({ left: { appContainers: variables(2 * half, mild) } })
    expect(decideOn(podAsking('left'), clusters)).toMatchObject({ outcome: 'injected' })
  })

  it('is enough for a SidecarProfile with 64 environment variables on 30 containers', () => {
    const value = (n: number) => `$(container.name)-$(pod.metadata.?labels["app"].orValue("none"))-${n}`
    const profile = profileOf({
      kind: 'SidecarProfile',
      metadata: { name: 'own', namespace: 'shop' },
      spec: { appContainers: variables(64, value) },
    })
    const shop = { namespace: { name: 'shop', labels: {}, annotations: {} } }
    const containers = Array.from({ length: 30 }, (_, i) => container(`c${i}`))
    expect(decideOn(podAsking('own', { containers }), collect([profile]).profiles, shop)).toMatchObject({
      outcome: 'injected',
    })
  })

  it('covers what a Pod has to meet as well', () => {
    expect(decideOn(podAsking('demanding'), profiles).message).toContain(
      'profile demanding has used the most',
    )
  })

  it('when it is spent, nothing further is evaluated', () => {
    expect(unitsOf('slow')).toBeLessThan(limits.reviewUnits + limits.expressionUnits)
  })

  it('is used up by what parameters decide, whether or not that was kept from a Pod before', () => {
    const [first, second] = [unitsOf('settled'), unitsOf('settled')]
    expect(first).toBeGreaterThan(limits.reviewUnits / 2)
    expect(second).toBe(first)
    const both = podAsking('settled,some')
    expect(decideOn(both, profiles)).toEqual(decideOn(both, profiles))
  })

  it('is not touched by an expression beyond its own limit, which is told with its place', () => {
    const costly = profilesOf({
      one: { appContainers: variables(1, () => `$(string(${ten}.all(z, ${dear(1)} == 'true')))`) },
    })
    expect(decideOn(podAsking('one'), costly)).toMatchObject({
      reason: 'RequirementNotMet',
      message: expect.stringMatching(
        /^profile one cannot be applied to this Pod: spec\.appContainers\[0\]\.env\[0\]\.value: /,
      ),
    })
  })

  it('bounds what is told of expressions that fail', () => {
    const { reason, message } = decideOn(podAsking('failing'), profiles)
    expect(reason).toBe('RequirementNotMet')
    expect(message.split('\n')).toHaveLength(limits.problems)
    expect(message.length).toBeLessThanOrEqual(limits.messageLength)
  })

  it('counts each time that profiles are placed again without one that is left out', () => {
    const ids = Array.from({ length: limits.requestedProfiles }, (_, i) => `p${i}`)
    const port = { ports: [{ containerPort: 9000 }] }
    const kept = profilesOf(
      Object.fromEntries(ids.map(id => [id, { onConflict: 'keep', containers: [container(id, port)] }])),
    )
    const volumeMounts = Array.from({ length: 60 }, (_, i) => ({ name: 'v', mountPath: `/m${i}` }))
    const spec = (size: number) => ({
      containers: [
        container('app', port),
        ...Array.from({ length: size }, (_, i) => container(`c${i}`, { volumeMounts })),
      ],
    })
    expect(decideOn(podAsking(ids.join(), spec(10)), kept)).toMatchObject({ reason: 'Conflict' })
    expect(decideOn(podAsking(ids.join(), spec(250)), kept)).toMatchObject({ reason: 'LimitExceeded' })
  })

  it('denies a patch that grows too large', () => {
    const spec = { containers: Array.from({ length: 120 }, (_, i) => container(`c${i}`)) }
    expect(decideOn(podAsking('large', spec), profiles)).toMatchObject({
      outcome: 'denied',
      reason: 'LimitExceeded',
      message: expect.stringMatching(
        /^the patch for this Pod has more than 2097152 bytes; profile large has used the most of it, \d+$/,
      ),
      patch: [],
    })
  })
})

it('only a budget that is spent denies a Pod: a bug stays a failure', () => {
  const bug = new Error('bug')
  const broken = () => {
    throw bug
  }
  expect(() => decideOn(podAsking('small'), { ...profiles, canaryOf: broken })).toThrow(bug)
})
