import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../json/json.ts'
import { type Schema, schemaAt } from '../json/schema.ts'
import { validatorFor } from '../json/validate.ts'
import { limits } from '../limits/limits.ts'
import { accepted, clusterProfile, problemsOf, refused } from './profile.fixture.ts'
import { customResourceDefinition } from './schema/crd.ts'
import { ProfileSpec } from './schema/schema.ts'

const times = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i))
const named = (count: number) => times(count, i => ({ name: `n${i}` }))
const members = (count: number, value: Json) => Object.fromEntries(times(count, i => [`k${i}`, value]))

/** Lists in lists, or maps in maps. */
function nested(open: string, close: string, levels: number): Json {
  return JSON.parse(`${open.repeat(levels)}0${close.repeat(levels)}`) as Json
}

describe('a spec that is too large', () => {
  it.each<[string, string, string]>([
    ['lists', '[', ']'],
    ['maps', '{"x":', '}'],
    ['both', '[{"y":', '}]'],
  ])('is one problem, however deep its %s are', (_, open, close) => {
    for (const levels of [60, 4_000, 100_000]) {
      const spec = {
        containers: [{ name: 'a', env: [{ name: 'A', json: { deep: nested(open, close, levels) } }] }],
      }
      const problems = problemsOf(spec)
      expect(problems).toHaveLength(1)
      expect(problems[0]).toMatch(
        /^spec\.containers\[0\]\.env\[0\]\.json\.deep[^ ]*: is nested deeper than 48 levels, which is the limit$/,
      )
    }
  })

  it('is one problem where it stands for the spec itself, or for what no schema knows', () => {
    expect(problemsOf(nested('[', ']', 50_000) as JsonObject)).toEqual([
      expect.stringMatching(/^spec\[0\].*: is nested deeper than 48 levels, which is the limit$/),
    ])
    expect(problemsOf({ unknown: nested('[', ']', 50_000) })).toHaveLength(1)
    expect(refused({ ...clusterProfile({}), more: nested('[', ']', 50_000) })).toEqual([
      'more: unknown field; known here: apiVersion, kind, metadata, spec, status',
    ])
  })

  it('is one problem that says where it gets too long', () => {
    const texts = times(3, i => ({ name: `e${i}`, value: 'é'.repeat(30_000) }))
    expect(problemsOf({ containers: [{ name: 'a', env: texts }] })).toEqual([
      'spec.containers[0].env[2].value: is where the spec gets longer than 131072 bytes, which is the limit',
    ])
  })

  it.each<[string, JsonObject, string]>([
    ['containers', { containers: named(17) }, 'spec.containers: has 17 items; the limit is 16'],
    ['init containers', { initContainers: named(40) }, 'spec.initContainers: has 40 items; the limit is 16'],
    ['volumes', { volumes: named(33) }, 'spec.volumes: has 33 items; the limit is 32'],
    [
      'changes of app containers',
      { appContainers: times(17, () => ({ select: 'all' })) },
      'spec.appContainers: has 17 items; the limit is 16',
    ],
    [
      'environment variables',
      { containers: [{ name: 'a', env: named(200) }] },
      'spec.containers[0].env: has 200 items; the limit is 128',
    ],
    [
      'arguments',
      { initContainers: [{ name: 'a', args: times(129, String) }] },
      'spec.initContainers[0].args: has 129 items; the limit is 128',
    ],
    [
      'a list deep in core/v1',
      { volumes: [{ name: 'a', projected: { sources: times(130, () => ({})) } }] },
      'spec.volumes[0].projected.sources: has 130 items; the limit is 128',
    ],
    ['labels', { pod: { labels: members(257, 'v') } }, 'spec.pod.labels: has 257 members; the limit is 256'],
    [
      'parameters',
      { parameters: members(65, { type: 'string' }) },
      'spec.parameters: has 65 members; the limit is 64',
    ],
    [
      'requirements',
      { requires: times(33, () => ({ expression: 'true', message: 'm' })) },
      'spec.requires: has 33 items; the limit is 32',
    ],
    [
      'names in order',
      { order: { before: times(65, i => `n${i}`) } },
      'spec.order.before: has 65 items; the limit is 64',
    ],
    [
      'characters of an expression',
      { requires: [{ expression: `${'true || '.repeat(600)}true`, message: 'm' }] },
      'spec.requires[0].expression: has 4804 characters; the limit is 4096',
    ],
    [
      'characters of an expression in text',
      { containers: [{ name: 'a', image: `b:$(${'"v" + '.repeat(700)}"w")` }] },
      'spec.containers[0].image: the expression at 3 has 4203 characters; the limit is 4096',
    ],
    [
      'characters of a text',
      { containers: [{ name: 'a', image: 'i'.repeat(70_000) }] },
      'spec.containers[0].image: has 70000 characters; the limit is 65536',
    ],
    [
      'characters of a pattern',
      { parameters: { a: { type: 'string', pattern: 'ab'.repeat(600) } } },
      'spec.parameters.a.pattern: has 1200 characters; the limit is 1024',
    ],
    [
      'instructions of a declared pattern',
      { parameters: { a: { type: 'string', pattern: 'y{700}'.repeat(160) } } },
      'spec.parameters.a.pattern: compiles to about 112323 instructions; the limit is 2500: use smaller counts in {n,m}, or compare size() in an expression',
    ],
    [
      'instructions of a pattern in an expression',
      { requires: [{ expression: '"a".matches("(?:z{90}){11}(?:z{90}){11}(?:z{90}){11}")', message: 'm' }] },
      'spec.requires[0].expression: cannot be read as CEL: "a".matches("(?:z{90}){11}(?:z{90}){11}(?:z{90}){11}"): the pattern compiles to about 3144 instructions; the limit is 2500: use smaller counts in {n,m}, or compare size() in an expression',
    ],
  ])('says how many %s it has, and how many it may have', (_, spec, problem) => {
    expect(problemsOf(spec)).toEqual([problem])
  })

  it('is accepted up to each limit', () => {
    expect(
      problemsOf({
        parameters: members(64, { type: 'string' }),
        requires: times(32, () => ({ expression: 'true', message: 'm' })),
        order: { before: times(64, i => `other-${i}`) },
        volumes: named(32),
        initContainers: named(16).map(({ name }) => ({ name: `i${name}` })),
        containers: [{ name: 'a', env: named(128), args: times(128, String) }, ...named(15)],
        appContainers: times(16, () => ({ select: 'all' })),
        pod: { labels: members(256, 'v') },
      }),
    ).toEqual([])
  })

  it('has at most so many expressions', () => {
    const env = (count: number) => times(count, i => ({ name: `e${i}`, value: `$("a")$("b")` }))
    expect(problemsOf({ containers: [{ name: 'a', env: env(128) }] })).toEqual([])
    expect(problemsOf({ containers: [{ name: 'a', env: env(128), workingDir: '$("i")' }] })).toEqual([
      'spec.containers[0].workingDir: is expression 257 of the profile; the limit is 256: make two profiles of it',
    ])
  })

  it('may cost so much to compile together, and is told how far it got', () => {
    const spent = 'costs more than 1000000 units to compile up to here: make two profiles of it'
    const pattern = (i: number) => [`p${i}`, { type: 'string', pattern: `[a-z]{0,${900 + i}}` }] as const
    expect(problemsOf({ parameters: Object.fromEntries(times(20, pattern)) })).toEqual([
      `spec.parameters.p5: ${spent}`,
    ])
    const env = times(25, i => ({ name: `e${i}`, value: `$(${'1 + '.repeat(990)}${i} == 1)` }))
    expect(problemsOf({ containers: [{ name: 'a', env }] })).toEqual([
      expect.stringMatching(new RegExp(`^spec.containers\\[0\\].env\\[1\\d\\].value: ${spent}$`)),
    ])
    const items = times(30_000, () => 0)
    expect(problemsOf({ containers: [{ name: 'a', env: [{ name: 'A', json: { items } }] }] })).toEqual([])
  })

  it('is right again when the next one is small: a budget is of one profile', () => {
    const spec = { containers: [{ name: 'a', image: '$("b")' }] }
    for (let i = 0; i < 50; i++) accepted(clusterProfile(spec))
  })
})

describe('a spec with many mistakes', () => {
  it.each<[string, JsonObject]>([
    ['unknown members', members(12_000, 0)],
    ['unknown members of a container', { containers: [{ name: 'a', ...members(12_000, 0) }] }],
    ['wrong items', { containers: times(40_000, () => 0) }],
    [
      'wrong items of many lists',
      { containers: named(16).map(one => ({ ...one, args: times(128, () => 0) })) },
    ],
    [
      'expressions that are none',
      { containers: [{ name: 'a', env: times(120, i => ({ name: `e${i}`, value: '$(1 +)$(2 +)' })) }] },
    ],
    [
      'parameters that are not declared',
      {
        parameters: members(64, { type: 'string' }),
        containers: [
          { name: 'a', env: times(120, i => ({ name: `e${i}`, value: '$(params.kk1)$(params.kk2)' })) },
        ],
      },
    ],
  ])('has at most a hundred problems: %s', (_, spec) => {
    const problems = problemsOf(spec)
    expect(problems.length).toBeGreaterThan(0)
    expect(problems.length).toBeLessThanOrEqual(limits.problems)
  })

  it('hears of those before the budget was spent as well, and of a hundred where there are more', () => {
    const dear = times(20, i => ({ name: `e${i}`, value: `$(${'1 + '.repeat(990)}${i} == 1)` }))
    const wrong = [
      { name: 'w0', value: '$(1 +)' },
      { name: 'w1', value: '$(params.none)' },
    ]
    expect(problemsOf({ containers: [{ name: 'a', env: [...wrong, ...dear] }] })).toEqual([
      expect.stringContaining('.env[0].value: cannot be read as CEL: 1 +'),
      expect.stringContaining('.env[1].value: cannot be read as CEL: params.none: no parameter "none"'),
      expect.stringContaining('].value: costs more than'),
    ])
    const many = times(128, i => ({ name: `e${i}`, value: '$(1 +)' }))
    const problems = problemsOf({ containers: [{ name: 'a', env: many }] })
    expect(problems).toHaveLength(100)
    expect(problems.at(-1)).toContain('.env[99].value: cannot be read as CEL')
  })

  it('leaves the library as other code has set it', async () => {
    const { Settings } = await import('typebox/system')
    const before = Settings.Get().maxErrors
    expect(validatorFor({ type: 'array', items: { type: 'string' } })(times(50, () => 0))).toHaveLength(50)
    expect(Settings.Get().maxErrors).toBe(before)
  })
})

/** The places of lists, maps and texts that have no size at most. */
function unbounded(
  node: Schema,
  at: string,
  isBounded: (keyword: string, node: Schema) => boolean,
): string[] {
  const types = [node.type ?? []].flat()
  const isMap = types.includes('object') && node.properties === undefined
  const values = [node.additionalProperties, ...Object.values(node.patternProperties ?? {})]
  return [
    ...(types.includes('array') && !isBounded('maxItems', node) ? [at] : []),
    ...(isMap && !isBounded('maxProperties', node) ? [at] : []),
    ...(types.includes('string') && !isBounded('maxLength', node) ? [at] : []),
    ...(node.items ? unbounded(node.items, `${at}[]`, isBounded) : []),
    ...Object.entries(node.properties ?? {}).flatMap(([key, member]) =>
      unbounded(member, `${at}.${key}`, isBounded),
    ),
    ...values.flatMap(member =>
      typeof member === 'object' ? unbounded(member, `${at}.NAME`, isBounded) : [],
    ),
  ]
}

describe('the schema', () => {
  // A name is bounded by its pattern, one of a list by the list.
  const isBounded = (keyword: string, node: Schema) =>
    node[keyword] !== undefined ||
    (keyword === 'maxLength' &&
      (node.enum !== undefined || /\{0,61\}/.test(node.pattern ?? '') || 'not' in node))

  it('gives each list, map and text of a profile a size at most', () => {
    expect(unbounded(ProfileSpec as unknown as Schema, 'spec', isBounded)).toEqual([])
  })

  it.each(['ClusterSidecarProfile', 'SidecarProfile'] as const)('does so in the CRD of %s', kind => {
    const [version] = (
      customResourceDefinition(kind) as never as {
        spec: { versions: [{ schema: { openAPIV3Schema: Schema } }] }
      }
    ).spec.versions
    const spec = schemaAt(version.schema.openAPIV3Schema, ['spec'])!
    expect(unbounded(spec, 'spec', isBounded)).toEqual([])
  })
})
