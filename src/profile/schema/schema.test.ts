import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../json/json.ts'
import { isOrExpression, realTypes, type Schema, schemaAt } from '../../json/schema.ts'
import type { Path } from '../../problems/problem.ts'
import { evaluate } from '../../template/evaluate.ts'
import { accepted, clusterProfile, problemsOf } from '../profile.fixture.ts'
import { ProfileObject, renderedSpec } from './schema.ts'

describe('the schema of a profile', () => {
  it.each<JsonObject>([
    {
      containers: [
        { name: 'a', ports: [{ containerPort: 1, protocol: 'TCP' }], securityContext: { runAsUser: 1 } },
      ],
    },
    { volumes: [{ name: 'a', configMap: { name: 'c', items: [{ key: 'k', path: 'p' }] } }] },
    { volumes: [{ name: 'a', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }] },
    { initContainers: [{ name: 'a', lifecycle: { preStop: { sleep: { seconds: 1 } } } }] },
    { containers: [{ name: 'a', resources: { limits: { cpu: 1, memory: '1Gi' } } }] },
    { pod: { labels: { 'a/b': '', 'a.b_C': 'c' } } },
  ])('knows core/v1: %j', spec => {
    expect(problemsOf(spec)).toEqual([])
  })

  it.each<[JsonObject, string]>([
    [{ container: [] }, 'spec.container: unknown field; did you mean "containers"?'],
    [
      { containers: [{ name: 'a', enviroment: [] }] },
      'spec.containers[0].enviroment: unknown field; known here: ',
    ],
    [{ containers: [{ name: 'a', enf: [] }] }, 'spec.containers[0].enf: unknown field; did you mean "env"?'],
    [{ containers: [{ name: 'A' }] }, 'spec.containers[0].name: must be a lower-case name'],
    [{ containers: [{ name: 'a'.repeat(64) }] }, 'spec.containers[0].name: must be a lower-case name'],
    [
      { containers: [{ name: 'a', restartPolicy: 'Always' }] },
      'spec.containers[0].restartPolicy: must be left out: it follows from spec.lifecycle',
    ],
    [{ containers: [{ name: 'a', adopt: {} }] }, 'spec.containers[0].adopt: unknown field'],
    [
      { volumes: [{ name: 'a', adopt: { mountPath: '' } }] },
      'spec.volumes[0].adopt.mountPath: must be not empty',
    ],
    [
      { volumes: [{ name: 'a', hostpath: {} }] },
      'spec.volumes[0].hostpath: unknown field; did you mean "hostPath"?',
    ],
    [{ usableIn: {} }, 'spec.usableIn.namespaceSelector: is missing'],
    [{ appContainers: [{}] }, 'spec.appContainers[0].select: is missing'],
    [
      { parameters: { a: { type: 'strin' } } },
      'spec.parameters.a.type: must be one of string, integer, number, boolean, quantity',
    ],
    [{ parameters: { a: { type: 'string', enum: [] } } }, 'spec.parameters.a.enum: must be not empty'],
    [
      { parameters: { a: { type: 'string', default: null } } },
      'spec.parameters.a.default: must be a string or a number or true or false',
    ],
    [
      { parameters: { a: { type: 'string', pattern: 1 } } },
      'spec.parameters.a.pattern: must be an RE2 regular expression',
    ],
    [{ parameters: { '1a': { type: 'string' } } }, 'spec.parameters["1a"]: the name must match ^[a-z]'],
    [{ pod: { labels: { 'a\nb': {} } } }, 'spec.pod.labels["a\\nb"]: must be a string'],
    [
      { autoInject: { podSelector: { matchLabels: { a: true } } } },
      'spec.autoInject.podSelector.matchLabels.a: must be a string',
    ],
    [{ onConflict: 'ignore' }, 'spec.onConflict: must be one of deny, keep'],
  ])('refuses %j', (spec, problem) => {
    expect(problemsOf(spec)).toEqual([expect.stringContaining(problem)])
  })

  it.each<[Json]>([[null], [[]], ['text'], [1]])('refuses the spec %j', value => {
    expect(problemsOf(value as JsonObject)).toEqual(['spec: must be an object'])
  })
})

describe('what an expression may give', () => {
  const spec = schemaAt(ProfileObject as unknown as Schema, ['spec'])!
  /** Where an expression may stand for a whole list or object, and what must not be in a schema of results. */
  function* walk(schema: Schema, path: Path = []): Generator<{ path: Path; schema: Schema }> {
    yield { path, schema }
    for (const [name, member] of Object.entries(schema.properties ?? {})) yield* walk(member, [...path, name])
    if (schema.items) yield* walk(schema.items, [...path, 0])
    if (typeof schema.additionalProperties === 'object')
      yield* walk(schema.additionalProperties, [...path, 'name'])
  }

  it('is known wherever an expression may stand for a list or an object', () => {
    const structured = [...walk(spec)].filter(
      ({ schema }) => isOrExpression(schema) && !realTypes(schema).every(type => scalars.has(type)),
    )
    expect(structured.length).toBeGreaterThan(100)
    for (const { path, schema } of structured) {
      const rendered = schemaAt(renderedSpec, path)
      expect([path, realTypes(rendered)]).toEqual([path, realTypes(schema)])
    }
  })

  it('has no maximum of a profile, and no expression in it', () => {
    const sizes = ['maxItems', 'maxLength', 'maxProperties']
    for (const { path, schema } of walk(renderedSpec)) {
      expect([path, sizes.filter(size => size in schema), isOrExpression(schema)]).toEqual([path, [], false])
    }
  })

  it('is core/v1 alone: no `when` of ours', () => {
    const item = '[{"name": "A", "value": "a", "when": "false"}]'
    const { containers } = accepted(
      clusterProfile({ containers: [{ name: 'a', image: 'a:1', env: `$(${item})` }] }),
    )
    const scope = { params: {}, pod: {}, app: {}, namespaceObject: {} }
    const failures: string[] = []
    evaluate(containers[0]!.body, scope, failures)
    expect(failures).toEqual([expect.stringMatching(/^spec\.containers\[0\]\.env\[0\]\.when: unknown field/)])
  })
})

const scalars = new Set(['string', 'integer', 'number', 'boolean'])
