import { describe, expect, it } from 'vitest'
import { cpuMsOf } from '../../test/cpu-time.ts'
import type { Json } from '../json/json.ts'
import { fieldPath, type Path, type Problem } from '../problems/problem.ts'
import { evaluated, pod } from '../profile/profile.fixture.ts'
import { core, withExpressions } from '../profile/schema/core-schema.ts'
import { compiler, type Scope } from './cel/cel.ts'
import { compileCondition, compileTemplate, type TemplateContext } from './compile.ts'
import type { Leaf, Template } from './template.ts'

const compile = compiler(
  {
    path: { type: 'string' },
    port: { type: 'integer' },
    ratio: { type: 'number' },
    ship: { type: 'boolean' },
  },
  ['pod', 'app'],
)
const params = { path: '/logs', port: 80, ratio: 0.5, ship: true }
const schema = withExpressions('Container', {
  when: { type: 'string' },
  env: { type: 'array', items: withExpressions('EnvVar', { json: { type: 'object' } }) },
})

const rendered = core('Container')

/** A value compiled in the place it has in a container, with what is wrong with it. */
function compiled(value: Json, path: Path = []): { template: Template; problems: string[] } {
  const problems: Problem[] = []
  const context: TemplateContext = { compile, schema, rendered, problems }
  const template = compileTemplate(value, path, context)
  return { template, problems: problems.map(({ path, message }) => `${fieldPath(path)}: ${message}`) }
}

const constant = (value: Json) => ({ template: { kind: 'constant', value }, problems: [] })

function leaf(text: string, path: Path = ['image']): Leaf {
  const { template, problems } = compiled(text, path)
  expect(problems).toEqual([])
  if (template.kind !== 'leaf') throw new Error(`${text} is ${template.kind}`)
  return template
}

/** The parts of a text: text as it is, an expression as its source in a list. */
const partsOf = (text: string, path?: Path) =>
  leaf(text, path).parts.map(part => (typeof part === 'string' ? part : [part.source]))

describe('a text with expressions', () => {
  it.each<[string, (string | string[])[]]>([
    ['$(params.path)', [['params.path']]],
    ['a$(params.path)b', ['a', ['params.path'], 'b']],
    ['$(params.path)$(app.name)', [['params.path'], ['app.name']]],
    ['$(params.path)/', [['params.path'], '/']],
    ['$$(a)$(1 + 1)', ['$(a)', ['1 + 1']]],
    ['$(HOME)/$(1 + 1)', ['$(HOME)/', ['1 + 1']]],
    ['$5 and $(1 + 1)$', ['$5 and ', ['1 + 1'], '$']],
    ['$( params.path )', [[' params.path ']]],
    ['$((1 + 2) * (3 + 4))', [['(1 + 2) * (3 + 4)']]],
    ['$(size("a)b(c"))', [['size("a)b(c")']]],
    ["$(size('a)b'))", [["size('a)b')"]]],
    ['$("\\")")', [['"\\")"']]],
    ['$("\\\\")x', [['"\\\\"'], 'x']],
    ['$(\'"\' + "\')")', [['\'"\' + "\')"']]],
    ['$(r"a)b")x', [['r"a)b"'], 'x']],
    ['$("""a")b""")x', [['"""a")b"""'], 'x']],
    ["$('''a')b''')", [["'''a')b'''"]]],
    ['$("" + ")")', [['"" + ")"']]],
    ['$("a\\n)")', [['"a\\n)"']]],
  ])('splits %s', (text, parts) => {
    expect(partsOf(text)).toEqual(parts)
  })

  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['$', '$'],
    ['$$', '$$'],
    ['100$ (net)', '100$ (net)'],
    ['$(HOME)', '$(HOME)'],
    ['$(_a1)/$(B)', '$(_a1)/$(B)'],
    ['$$(date)', '$(date)'],
    ['$$$(date)', '$$(date)'],
    ['$$(params.path)', '$(params.path)'],
  ])('takes %j for the constant %j', (text, value) => {
    expect(compiled(text, ['image'])).toEqual(constant(value))
  })

  it.each<Path>([
    ['args', 0],
    ['command', 2],
    ['env', 0, 'value'],
    ['volumeMounts', 1, 'subPathExpr'],
  ])('keeps "$$(" where the kubelet itself takes it for "$(": %j %j %j', (...path) => {
    expect(compiled('$$(HOME)', path)).toEqual(constant('$$(HOME)'))
    expect(partsOf('$$(HOME)$(1 + 1)', path)).toEqual(['$$(HOME)', ['1 + 1']])
    expect(leaf('$(params.path)', path).expanded).toBe(true)
  })

  it.each<Path>([
    ['image'],
    ['env', 0, 'name'],
    ['lifecycle', 'preStop', 'exec', 'command', 0],
    ['livenessProbe', 'httpGet', 'path'],
  ])('is not expanded by the kubelet in %j', (...path) => {
    expect(leaf('$(params.path)', path).expanded).toBe(false)
    expect(compiled('$$(HOME)', path)).toEqual(constant('$(HOME)'))
  })

  it.each([
    ['$(', '"$(" at 1 has no ")"; write "$$(" for a literal "$("'],
    ['a $(params.path', '"$(" at 3 has no ")"; write "$$(" for a literal "$("'],
    ['$("a)', '"$(" at 1 has no ")"; write "$$(" for a literal "$("'],
    ['$()', 'cannot be read as CEL: : the expression is not complete; write "$$(" for a literal "$("'],
    [
      '$(date +%s)',
      'cannot be read as CEL: date +%s: unexpected "%" at character 7; write "$$(" for a literal "$("',
    ],
    [
      '$(params.pth)',
      'cannot be read as CEL: params.pth: no parameter "pth"; did you mean "path"? (declared: path, port, ratio, ship)',
    ],
  ])('is refused when it cannot be read: %s', (text, message) => {
    expect(compiled(text, ['image']).problems).toEqual([`image: ${message}`])
  })

  it('reports every expression of a text that is wrong', () => {
    expect(compiled('$(1 +) $(params.a) $(', ['image']).problems).toHaveLength(3)
  })

  it.each([
    `$('${"\\'".repeat(200_000)}`,
    `$(${'('.repeat(200_000)}`,
    `$("${'""'.repeat(200_000)}`,
    `$(r"${"'".repeat(200_000)}`,
  ])('is read in linear time: %.20s…', text => {
    const cpuMs = cpuMsOf(() => {
      expect(compiled(text, ['image']).problems).toHaveLength(1)
    })
    expect(cpuMs).toBeLessThan(1_000)
  })
})

describe('a leaf', () => {
  const more: Partial<Scope> = { params }
  const value = (text: string, path: Path) => {
    const [part] = leaf(text, path).parts
    return typeof part === 'object' ? evaluated(part, more) : part
  }

  it.each<[string, Path, Json, string[]]>([
    ['$(params.port)', ['ports', 0, 'containerPort'], 80, ['integer']],
    ['$(params.ship)', ['tty'], true, ['boolean']],
    ['$(params.port)', ['livenessProbe', 'httpGet', 'port'], 80, ['integer', 'string']],
    ['$(params.path)', ['image'], '/logs', ['string']],
    ['$(params.port)', ['env', 0, 'value'], 80, ['string']],
    ['$(params.ratio)', ['resources', 'limits', 'cpu'], 0.5, ['number', 'string']],
    ['$(app.ports)', ['ports'], pod.spec.containers[0]!.ports ?? null, ['array']],
    ['$([{"containerPort": 1}])', ['ports'], [{ containerPort: 1 }], ['array']],
    ['$({"limits": {"cpu": "1"}})', ['resources'], { limits: { cpu: '1' } }, ['object']],
    ['$(optional.of(1))', ['ports', 0, 'hostPort'], 1, ['integer']],
  ])('that is one expression keeps its type: %s at %j', (text, path, expected, wanted) => {
    expect(value(text, path)).toEqual(expected)
    expect([...leaf(text, path).wanted].sort()).toEqual(wanted)
  })

  it('that mixes text and expressions is a string', () => {
    expect(leaf('$(params.port)/tcp', ['image']).wanted).toEqual(['string'])
  })

  it.each<[string, Path, string]>([
    ['$(params.path)', ['ports', 0, 'containerPort'], '$(params.path) gives string, where integer is wanted'],
    [
      '$(params.ratio)',
      ['ports', 0, 'containerPort'],
      '$(params.ratio) gives double, where integer is wanted',
    ],
    ['$(params.port)', ['tty'], '$(params.port) gives int, where boolean is wanted'],
    ['$(params.port)', ['ports'], '$(params.port) gives int, where array is wanted'],
    ['$([1])', ['image'], '$([1]) gives list<int>, where string is wanted'],
    ['$({"a": 1})', ['ports'], '$({"a": 1}) gives map<string, int>, where array is wanted'],
    ['$( null )', ['image'], '$( null ) gives null, where string is wanted'],
    ['$(optional.of("a"))', ['tty'], '$(optional.of("a")) gives optional<string>, where boolean is wanted'],
    ['a$([1])', ['image'], '$([1]) gives list<int>, where string is wanted'],
    ['$(b"a")', ['image'], '$(b"a") gives bytes, which is not a JSON value'],
    ['$(type(1))', ['image'], '$(type(1)) gives type, which is not a JSON value'],
    ['8$(params.port)', ['ports', 0, 'containerPort'], '"8$(params.port)" is text, where integer is wanted'],
    ['$(PORT)', ['ports', 0, 'containerPort'], '"$(PORT)" is text, where integer is wanted'],
    ['$$(x)', ['resources'], '"$$(x)" is text, where object is wanted'],
  ])('that cannot fit is refused when the profile is read: %s', (text, path, message) => {
    expect(compiled(text, path).problems).toEqual([`${fieldPath(path)}: ${message}`])
  })

  it.each<[string, Path]>([
    ['$(app.name)', ['ports', 0, 'containerPort']],
    ['$(optional.none())', ['ports', 0, 'containerPort']],
    ['$(params.port)', ['resources', 'limits', 'memory']],
    ['$([])', ['args']],
    ['$([1])', ['nowhere', 'known']],
  ])('that only a Pod can tell of is accepted: %s', (text, path) => {
    expect(compiled(text, path).problems).toEqual([])
  })

  it('checks the list or object that an expression gives for a Pod', () => {
    const { check } = leaf('$(app.ports)', ['ports'])
    expect(check?.([{ containerPort: 80 }])).toEqual([])
    expect(check?.([{ containerPrt: 80 }]).map(({ message }) => message)).toEqual([
      'is missing',
      'unknown field; did you mean "containerPort"?',
    ])
    expect(leaf('$(app.name)', ['image'])).not.toHaveProperty('check')
  })
})

describe('a tree', () => {
  it('without expressions is one constant, however large', () => {
    const value = { name: 'a', args: ['x', 1, null, true, { deep: ['$(HOME)'] }], resources: {} }
    expect(compiled(value)).toEqual(constant(value))
  })

  it('is compiled only where it holds expressions', () => {
    const { template } = compiled({
      name: 'a',
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '$(params.path)' },
      ],
    })
    expect(template).toMatchObject({
      kind: 'object',
      members: [
        ['name', { kind: 'constant', value: 'a' }],
        [
          'env',
          {
            kind: 'list',
            items: [
              { kind: 'constant', value: { name: 'A', value: '1' } },
              {
                kind: 'object',
                members: [
                  ['name', { kind: 'constant' }],
                  ['value', { kind: 'leaf' }],
                ],
              },
            ],
          },
        ],
      ],
    })
  })

  it('never reads a key as a template, and keeps strange ones', () => {
    const value = JSON.parse('{"$(params.path)": "a", "__proto__": {"x": "b"}}') as Json
    const { template } = compiled(value)
    expect(JSON.stringify(template)).toBe(JSON.stringify({ kind: 'constant', value }))
  })

  it('takes an absent member for null', () => {
    expect(compiled({ name: undefined })).toEqual(constant({ name: null }))
  })
})

describe('json', () => {
  const variable = (json: Json) => compiled({ name: 'CONFIG', json }, ['env', 0])

  it('is the value as text, its members in the order of their names', () => {
    expect(variable({ b: [{ d: 1, c: null }, [true]], a: '"' })).toEqual(
      constant({ name: 'CONFIG', value: '{"a":"\\"","b":[{"c":null,"d":1},[true]]}' }),
    )
  })

  it('has expressions in its string leaves, of any type, that the kubelet is kept from expanding', () => {
    const { template, problems } = variable({ port: '$(params.port)', env: { image: ['$(params.path)/x'] } })
    expect(problems).toEqual([])
    expect(template).toMatchObject({
      kind: 'object',
      members: [
        ['name', { kind: 'constant' }],
        [
          'value',
          {
            kind: 'json',
            body: {
              members: [
                ['env', { members: [['image', { items: [{ expanded: true, wanted: ['string'] }] }]] }],
                ['port', { expanded: true, wanted: [], path: ['env', 0, 'json', 'port'] }],
              ],
            },
          },
        ],
      ],
    })
  })

  it('is refused by its field path', () => {
    expect(variable({ listeners: [{ port: '$(params.prt)' }] }).problems).toEqual([
      expect.stringMatching(/^env\[0\]\.json\.listeners\[0\]\.port: .*did you mean "port"/),
    ])
  })

  it('is a member like any other where the schema has none', () => {
    expect(compiled({ json: { a: 1 } }, ['resources', 'limits'])).toEqual(constant({ json: { a: 1 } }))
  })
})

describe('when', () => {
  it('is a condition beside the body, where the schema has one', () => {
    expect(compiled({ when: 'params.ship', name: 'a' }).template).toMatchObject({
      kind: 'when',
      condition: { source: 'params.ship', type: 'bool' },
      path: ['when'],
      body: { kind: 'constant', value: { name: 'a' } },
    })
  })

  it('is a member like any other where the schema has none', () => {
    expect(compiled({ when: 'params.ship' }, ['resources', 'limits'])).toEqual(
      constant({ when: 'params.ship' }),
    )
  })

  it.each([
    ['1 +', 'when: cannot be read as CEL: 1 +: the expression is not complete'],
    ['params.port', 'when: gives int, not a bool: params.port'],
    ['"true"', 'when: gives string, not a bool: "true"'],
  ])('is refused when it is no condition: %s', (when, problem) => {
    expect(compiled({ name: 'a', when }).problems).toEqual([problem])
  })
})

describe('compileCondition', () => {
  it.each([
    ['params.ship', true],
    ['pod.metadata.name == "web"', true],
    ['app.?tty.orValue(false)', false],
  ])('reads %s', (source, expected) => {
    const condition = compileCondition(source, [], { compile, schema, rendered, problems: [] })
    expect(condition && evaluated(condition, { params })).toBe(expected)
  })
})
