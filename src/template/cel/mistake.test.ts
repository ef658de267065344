import { describe, expect, it } from 'vitest'
import { compiler } from './cel.ts'

const compile = compiler({ path: { type: 'string' }, debug: { type: 'boolean' } }, ['pod', 'app'])

describe('a mistake in an expression', () => {
  it.each([
    [
      'quantity(params.path)',
      'there is no function "quantity"; docs/profiles.md#functions lists all functions',
    ],
    [
      'params.path.replace("a", "b")',
      'there is no function "replace"; docs/profiles.md#functions lists all functions',
    ],
    ['pod.x.exist(c, c.name == "a")', 'there is no function "exist"; did you mean "exists"?'],
    ['false && pod.x.startWith("a")', 'there is no function "startWith"; did you mean "startsWith"?'],
    [
      'params.path.split(1)',
      'string.split(int) does not exist; there is string.split(string), string.split(string, int)',
    ],
    ['namespace.metadata', 'namespace is a reserved word of CEL; the variable is namespaceObject'],
    [
      'size(params.path) > "3"',
      'no such overload: int > string; string(), int() and double() convert values',
    ],
    ['has(pod)', 'has() invalid argument; it takes a field, as in has(pod.spec.nodeName)'],
    ['for.x', 'for is a reserved word of CEL'],
  ])('%s: %s', (source, error) => {
    expect(compile(source)).toMatchObject({ error, offset: expect.any(Number) })
  })

  it.each([
    ['params.path = "a"', 'unexpected "=" at character 13; CEL writes == to compare'],
    ['params.debug and true', 'unexpected "and" at character 14; CEL writes && for "and"'],
    ['params.debug or true', 'unexpected "or" at character 14; CEL writes || for "or"'],
    ['not params.debug', 'unexpected "params" at character 5; CEL writes ! for "not"'],
    ['params.path == /var', 'unexpected "/" at character 16'],
    ['params.path == "a" 2', 'unexpected "2" at character 20'],
    ['params.debug && (', 'the expression is not complete'],
    ['object.metadata', 'there is no variable "object"; here are params, pod, app'],
    ['parms.path', 'there is no variable "parms"; did you mean "params"?; here are params, pod, app'],
    ['container.name', 'the variable container is not available here; here are params, pod, app'],
    ['cat /etc/hosts', 'there is no variable "cat"; here are params, pod, app'],
  ])('may be a text that is not CEL: %s: %s', (source, error) => {
    expect(compile(source)).toMatchObject({ error, offset: expect.any(Number), isForeign: true })
  })
})
