import { describe, expect, it } from 'vitest'
import { fieldPath } from '../problems/problem.ts'
import { core, withExpressions } from '../profile/schema/core-schema.ts'
import type { Json } from './json.ts'
import { validatorFor } from './validate.ts'

const problemsIn = (check: ReturnType<typeof validatorFor>, value: Json) =>
  check(value).map(({ path, message }) => `${fieldPath(path)}: ${message}`)

describe('shape', () => {
  const container = validatorFor(core('Container'))

  it('finds nothing wrong with what core/v1 allows', () => {
    expect(
      container({ name: 'a', image: 'b', ports: [{ containerPort: 1 }], restartPolicy: 'Always' }),
    ).toEqual([])
  })

  it.each<[Json, string[]]>([
    [{}, ['name: is missing']],
    [{ name: 1 }, ['name: must be a string']],
    [{ name: 'a', nam: 'b' }, ['nam: unknown field; did you mean "name"?']],
    [{ name: 'a', ports: {} }, ['ports: must be a list']],
    [
      { name: 'a', ports: [{ containerPort: 1 }, { containerPort: '1' }] },
      ['ports[1].containerPort: must be an integer'],
    ],
    [{ name: 'a', ports: [{ containerPort: 1.5 }] }, ['ports[0].containerPort: must be an integer']],
    [{ name: 'a', tty: 'yes' }, ['tty: must be true or false']],
    [{ name: 'a', resources: [] }, ['resources: must be an object']],
    [
      { name: 'a', imagePullPolicy: 'Alway' },
      ['imagePullPolicy: must be one of Always, IfNotPresent, Never'],
    ],
    [[], [': must be an object']],
    [
      { name: 'a', resources: { limits: { cpu: [], 'a/b~c': {} } } },
      [
        'resources.limits.cpu: must be a number or a string',
        'resources.limits["a/b~c"]: must be a number or a string',
      ],
    ],
    [
      JSON.parse('{"name": "a", "__proto__": {}}') as Json,
      [expect.stringMatching(/^__proto__: unknown field/) as string],
    ],
  ])('says what is wrong with %j', (value, problems) => {
    expect(problemsIn(container, value)).toEqual(problems)
  })

  it('lists what is known where nothing is near', () => {
    expect(problemsIn(validatorFor(core('LocalObjectReference')), { xyz: 1 })).toEqual([
      'xyz: unknown field; known here: name',
    ])
  })

  it('says each thing once, and of a wrong file no more than a hundred', () => {
    const wrong = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`x${i}`, i]))
    const ports = Array.from({ length: 100 }, () => ({}))
    expect(problemsIn(container, { name: 'a', ports, ...wrong })).toHaveLength(100)
    expect(problemsIn(container, { name: 'a', ports })).toHaveLength(100)
    expect(
      problemsIn(validatorFor({ type: 'object', additionalProperties: { type: 'string' } }), { a: 1 }),
    ).toEqual(['a: must be a string'])
  })

  it.each([99, 101, 300, 20_000])('finds something wrong with %s unknown members', count => {
    const wrong = Object.fromEntries(Array.from({ length: count }, (_, i) => [`y${i}`, i]))
    const problems = problemsIn(validatorFor(core('LocalObjectReference')), wrong)
    expect(problems).toHaveLength(Math.min(count, 100))
    expect(problems[7]).toBe('y7: unknown field; known here: name')
  })

  it('tells a key of digits from an index', () => {
    expect(
      validatorFor({ type: 'object', additionalProperties: { type: 'string' } })({ '2': 1 })[0]?.path,
    ).toEqual(['2'])
    expect(validatorFor({ type: 'array', items: { type: 'string' } })(['a', 1])[0]?.path).toEqual([1])
  })
})

describe('withExpressions', () => {
  const check = validatorFor(withExpressions('Container', { when: { type: 'string' } }))

  it.each<Json>([
    { name: 'a', ports: [{ containerPort: '$(params.port)' }] },
    { name: 'a', ports: '$(pod.spec.containers[0].ports)' },
    { name: 'a', tty: '$(params.tty)', resources: '$(params.x)' },
    { name: 'a', imagePullPolicy: '$(params.policy)' },
    { name: 'a', when: 'true' },
  ])('lets an expression stand for any value: %j', value => {
    expect(check(value)).toEqual([])
  })

  it.each<[Json, string]>([
    [
      { name: 'a', ports: [{ containerPort: '80' }] },
      'ports[0].containerPort: must be an integer or an expression $(…)',
    ],
    [{ name: 'a', ports: 'none' }, 'ports: must be a list or an expression $(…)'],
    [
      { name: 'a', imagePullPolicy: 'x' },
      'imagePullPolicy: must be one of Always, IfNotPresent, Never or an expression $(…)',
    ],
    [{ name: 'a', image: 1 }, 'image: must be a string'],
  ])('takes no other text for one: %j', (value, problem) => {
    expect(problemsIn(check, value)).toEqual([problem])
  })
})
