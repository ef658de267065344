import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../json/json.ts'
import { fieldPath } from '../../problems/problem.ts'
import { type Content, levels, open, violations } from './rules.ts'

// That the verdicts are those of Pod Security itself: test/apiserver/pod-security.test.ts.
const fine = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
}
const containers = (securityContext: JsonObject, more: JsonObject = {}): Content => ({
  containers: [{ name: 'b', securityContext, ...more }],
})
const placesOf = (content: Content, level: (typeof levels)[number], podSpec?: JsonObject) =>
  violations(content, level, podSpec).map(({ path }) => fieldPath(path))

describe('violations', () => {
  it('are none at the level privileged', () => {
    expect(placesOf(containers({ privileged: true }), 'privileged')).toEqual([])
  })

  it.each([
    { what: 'an expression', value: open },
    { what: 'null', value: null },
  ])('are none where the value is $what', ({ value }) => {
    const unknown = {
      privileged: value,
      procMount: value,
      seccompProfile: value,
      seLinuxOptions: value,
      capabilities: { add: value, drop: ['ALL'] },
    }
    expect(placesOf(containers(unknown, { ports: value, lifecycle: value }), 'baseline')).toEqual([])
  })

  it('are none where an expression may give what the level restricted wants', () => {
    for (const securityContext of [
      open,
      {
        ...fine,
        runAsNonRoot: open,
        allowPrivilegeEscalation: open,
        capabilities: open,
        seccompProfile: open,
      },
      { ...fine, capabilities: { drop: [open] } },
    ])
      expect(placesOf(containers(securityContext), 'restricted', {})).toEqual([])
  })

  it('say what the level restricted wants in every Pod, and in a Pod that does not set it', () => {
    const everywhere = ['allowPrivilegeEscalation', 'capabilities.drop']
    const path = (field: string) => `containers[0].securityContext.${field}`
    expect(placesOf(containers({}), 'restricted')).toEqual(everywhere.map(path))
    const here = ['runAsNonRoot', 'seccompProfile.type', ...everywhere]
    expect(placesOf(containers({}), 'restricted', {})).toEqual(here.map(path))
  })

  it('leave out for Windows what Windows does not have', () => {
    const podSpec = { os: { name: 'windows' } }
    expect(placesOf(containers({ runAsNonRoot: true }), 'restricted', podSpec)).toEqual([])
  })

  it('name the level that refuses: of a restricted Pod, too, that is baseline for some', () => {
    const content = { volumes: [{ name: 'a', hostPath: {} }, { name: 'b', nfs: {} }, { name: 'c' }] }
    expect(violations(content, 'restricted').map(({ message }) => message)).toEqual([
      'hostPath volumes are not allowed by the Pod Security level baseline',
      'nfs volumes are not allowed by the Pod Security level restricted',
    ])
  })

  it('go on where the content has another shape than it should', () => {
    const odd: Content = {
      containers: [1, null, { securityContext: 'x', ports: {} }],
      volumes: 'x',
      annotations: [],
    }
    expect(placesOf(odd, 'baseline')).toEqual([])
  })

  it('are no fewer at a stricter level, and no fewer in a Pod than without one', () => {
    const word = fc.constantFrom<Json>(
      '',
      'Unconfined',
      'RuntimeDefault',
      'spc_t',
      'SYS_TIME',
      'ALL',
      true,
      false,
      0,
      1,
      open,
    )
    const securityContext = fc.record(
      {
        privileged: word,
        procMount: word,
        runAsUser: word,
        runAsNonRoot: word,
        allowPrivilegeEscalation: word,
        seccompProfile: fc.record({ type: word }),
        seLinuxOptions: fc.record({ type: word, user: word }),
        capabilities: fc.record({ add: fc.array(word), drop: fc.array(word) }),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(securityContext, context => {
        const content = containers(context as unknown as JsonObject)
        const found = levels.map(level => new Set(placesOf(content, level)))
        const inPod = new Set(placesOf(content, 'restricted', {}))
        const [, baseline, restricted] = found as [Set<string>, Set<string>, Set<string>]
        expect(baseline.isSubsetOf(restricted)).toBe(true)
        expect(restricted.isSubsetOf(inPod)).toBe(true)
      }),
    )
  })
})
