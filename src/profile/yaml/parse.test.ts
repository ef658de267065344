import { describe, expect, it } from 'vitest'
import { cpuMsOf } from '../../../test/cpu-time.ts'
import { describe as describeProblem } from '../../problems/problem.ts'
import { parseProfiles } from './parse.ts'

const head = 'apiVersion: pillion.dev/v1alpha1\nkind: ClusterSidecarProfile\n'
const named = (name: string, spec = '{}') => `${head}metadata: { name: ${name} }\nspec: ${spec}\n`

const namesIn = (text: string) => parseProfiles(text, 'a.yaml').profiles.map(({ name }) => name)
const problemsIn = (text: string) => parseProfiles(text, 'a.yaml').problems.map(describeProblem)
const only = (text: string) => {
  const { profiles, problems } = parseProfiles(text, 'a.yaml')
  expect(problems).toEqual([])
  expect(profiles).toHaveLength(1)
  return profiles[0]!
}

describe('a file with many mistakes', () => {
  it('has an error for each, at its line and column, with the nearest right name', () => {
    const text = `apiVersion: pillion.dev/v1alpha2
kind: ClusterSidecarProfil
metadata: { name: Logging }
spec:
  descripton: ships logs
  parameters:
    path: { typ: string, type: strng }
    Port: { type: integer }
  lifecycle: nativ
  order: { before: proxy }
  volumes:
    - { emptydir: {} }
  containers:
    - name: logging
      image: 3
      imagePullPolicy: Alway
      restartPolicy: Always
      ports: [{ containerPort: "80" }]
  requires: [{ expression: "", message: "", otherwise: warn }]
  appContainers:
    - { select: 3, volumeMounts: [{ name: logs }] }
  pod:
    labels: { "1": 1 }
`
    expect(problemsIn(text)).toEqual([
      'a.yaml:1:1: apiVersion: must be one of pillion.dev/v1alpha1',
      'a.yaml:2:1: kind: must be one of ClusterSidecarProfile, SidecarProfile',
      'a.yaml:3:13: metadata.name: must be a lower-case name of letters, digits and "-"',
      'a.yaml:5:3: spec.descripton: unknown field; did you mean "description"?',
      'a.yaml:7:13: spec.parameters.path.typ: unknown field; did you mean "type"?',
      'a.yaml:7:26: spec.parameters.path.type: must be one of string, integer, number, boolean, quantity',
      'a.yaml:8:5: spec.parameters.Port: the name must match ^[a-z][A-Za-z0-9]{0,39}$',
      'a.yaml:9:3: spec.lifecycle: must be one of auto, native, regular',
      'a.yaml:10:12: spec.order.before: must be a list',
      'a.yaml:12:7: spec.volumes[0].name: is missing',
      'a.yaml:12:9: spec.volumes[0].emptydir: unknown field; did you mean "emptyDir"?',
      'a.yaml:15:7: spec.containers[0].image: must be a string, and YAML reads this value as 3: put it into quotes',
      'a.yaml:16:7: spec.containers[0].imagePullPolicy: must be one of Always, IfNotPresent, Never or an expression $(…)',
      'a.yaml:17:7: spec.containers[0].restartPolicy: must be left out: it follows from spec.lifecycle',
      'a.yaml:18:17: spec.containers[0].ports[0].containerPort: must be an integer or an expression $(…)',
      'a.yaml:19:16: spec.requires[0].expression: must be a CEL expression',
      'a.yaml:19:32: spec.requires[0].message: must be not empty',
      'a.yaml:19:45: spec.requires[0].otherwise: must be one of skip, deny',
      'a.yaml:21:9: spec.appContainers[0].select: must be "all", "first", a list of container names, or a CEL expression over `container`',
      'a.yaml:21:35: spec.appContainers[0].volumeMounts[0].mountPath: is missing',
      'a.yaml:23:15: spec.pod.labels["1"]: must be a string, and YAML reads this value as 1: put it into quotes',
    ])
  })

  it('has an error for each wrong reference and expression, too', () => {
    const text = `${head}metadata: { name: logging, namespace: shop }
spec:
  parameters:
    port: { type: integer, default: eighty }
  containers:
    - name: logging
      when: params.prt > 1
      ports: [{ containerPort: $(params.port == 1) }]
      volumeMounts: [{ name: lgs, mountPath: "$(" }]
    - { name: other, image: "a:1" }
    - { name: other, image: "a:1" }
  volumes:
    - { name: logs, emptyDir: {} }
  order: { before: [last] }
`
    expect(problemsIn(text)).toEqual([
      'a.yaml:3:28: metadata.namespace: a ClusterSidecarProfile is cluster-wide and has no namespace',
      'a.yaml:6:28: spec.parameters.port.default: "eighty" is not an integer',
      'a.yaml:8:7: spec.containers[0].image: is missing: no container starts without an image',
      'a.yaml:9:7: spec.containers[0].when: cannot be read as CEL: params.prt > 1: no parameter "prt"; did you mean "port"? (declared: port)',
      'a.yaml:10:17: spec.containers[0].ports[0].containerPort: $(params.port == 1) gives bool, where integer is wanted',
      'a.yaml:11:24: spec.containers[0].volumeMounts[0].name: no volume "lgs" in spec.volumes; did you mean "logs"?',
      'a.yaml:11:35: spec.containers[0].volumeMounts[0].mountPath: "$(" at 1 has no ")"; write "$$(" for a literal "$("',
      'a.yaml:13:9: spec.containers[2].name: a second container named "other"',
      'a.yaml:16:21: spec.order.before[0]: "last" belongs under after: nothing comes before the last',
    ])
  })

  it.each([
    [
      'requires: [{ expression: "true", message: no }]',
      'a.yaml:5:36: spec.requires[0].message: must be a string, and YAML reads this value as false: put it into quotes',
    ],
    [
      'pod: { labels: { a: 0644 } }',
      'a.yaml:5:20: spec.pod.labels.a: must be a string, and YAML reads this value as 420: put it into quotes',
    ],
    [
      'containers: [{ name: a, image: $(params.debug ? "a" : "b") }]',
      'a.yaml:5:60: Unexpected scalar at node end; put the value with $( ) into quotes',
    ],
    [
      'pod: { labels: { off: { a: 1 } } }',
      'a.yaml:5:20: spec.pod.labels.false: must be a string; YAML reads keys such as yes and on as booleans: quote them',
    ],
  ])('says what to put into quotes: %s', (field, problem) => {
    expect(problemsIn(`${head}metadata: { name: a }\nspec:\n  ${field}\n`).slice(0, 1)).toEqual([problem])
  })

  it('says nothing of quotes about an expression in another line', () => {
    const [before, wrong, after] = ['a: "$(app.name)"', 'b: "c" d', 'e: "$(app.name)"']
    const problem = /Unexpected scalar at node end$/
    for (const lines of [[before, wrong], [wrong, after], [before, wrong, after]]) // biome-ignore format: a text each
      expect(problemsIn(lines.join('\n'))).toEqual([expect.stringMatching(problem)])
    expect(problemsIn(`${before}\nb: "c" $(d)`)).toEqual([expect.stringContaining('put the value with $( )')])
  })

  it('keeps the right documents of a file, and names the lines of the wrong one', () => {
    const text = `${named('one')}---\n${named('two', '{ lifecycle: x }')}---\n${named('three')}`
    expect(namesIn(text)).toEqual(['one', 'three'])
    expect(problemsIn(text)).toEqual(['a.yaml:9:9: spec.lifecycle: must be one of auto, native, regular'])
  })
})

describe('a text without a profile', () => {
  it.each(['', '\n\n', '# only a comment\n', '---\n', '---\n---\n...\n', '\uFEFF', 'null', '~\n'])(
    'is passed over when it is empty: %j',
    text => {
      expect(parseProfiles(text, 'a.yaml')).toEqual({ profiles: [], problems: [], advice: [] })
    },
  )

  it.each([
    'apiVersion: v1\nkind: Pod\n',
    '[1]',
    'text',
    '3',
    'apiVersion: 1',
    '{}',
    'apiVersion: pillion.devil/v1',
  ])('is a problem when it holds something else: %j', text => {
    expect(problemsIn(text)).toEqual([
      'a.yaml:1:1: is not a Pillion profile: apiVersion must be pillion.dev/v1alpha1',
    ])
  })
})

describe('YAML', () => {
  it('may start with a byte order mark, and counts columns without it', () => {
    expect(namesIn(`\uFEFF${named('logging')}`)).toEqual(['logging'])
    expect(
      problemsIn(
        '\uFEFFapiVersion: pillion.dev/v1\nkind: SidecarProfile\nmetadata: {name: a, namespace: b}\nspec: {}',
      ),
    ).toEqual(['a.yaml:1:1: apiVersion: must be one of pillion.dev/v1alpha1'])
    expect(problemsIn(`\uFEFF${named('logging', '{ lifecycle: x }')}`)).toEqual(
      problemsIn(named('logging', '{ lifecycle: x }')),
    )
  })

  it('may start with a comment, and a problem of the whole is where the text begins', () => {
    expect(problemsIn('# a comment\n\nkind: Pod\n')).toEqual([
      'a.yaml:3:1: is not a Pillion profile: apiVersion must be pillion.dev/v1alpha1',
    ])
  })

  it('may have the line ends of Windows, and counts lines as an editor does', () => {
    const text = named('logging', '\n  description: |\n    a\n    b\n  lifecycle: x')
    expect(problemsIn(text.replaceAll('\n', '\r\n'))).toEqual(problemsIn(text))
    expect(only(text.replace('  lifecycle: x\n', '').replaceAll('\n', '\r\n')).description).toBe('a\nb\n')
  })

  it('may be the list that kubectl prints, and places a mistake in its item', () => {
    const list = (...names: string[]) =>
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: names.map(name => ({
          apiVersion: 'pillion.dev/v1alpha1',
          kind: 'ClusterSidecarProfile',
          metadata: { name, uid: 'u', generation: 1 },
          spec: {},
          status: { revision: 'r' },
        })),
      })
    expect(namesIn(list('logging', 'metrics'))).toEqual(['logging', 'metrics'])
    const ofProfiles = list('logging').replace('"List"', '"ClusterSidecarProfileList"')
    expect(namesIn(ofProfiles)).toEqual(['logging'])
    expect(problemsIn(`${named('logging')}items: []\n`)).toEqual([
      expect.stringContaining('items: unknown field'),
    ])
    expect(problemsIn(list('logging', 'first'))).toEqual([
      expect.stringMatching(
        /^a\.yaml:1:\d+: items\[1\]\.metadata\.name: no profile can have one of the names/,
      ),
    ])
  })

  it('reads anchors, aliases and merge keys, and places a mistake where it is used', () => {
    const text = `${head}metadata: { name: logging }
spec:
  volumes: [{ name: logs, emptyDir: {} }]
  containers:
    - &base
      name: one
      image: &image busybox:1.37
      volumeMounts: &mounts [{ name: logs, mountPath: /logs }]
    - <<: *base
      name: two
    - { name: three, image: *image, volumeMounts: *mounts }
`
    expect(only(text).containers.map(({ body }) => body)).toEqual(
      ['one', 'two', 'three'].map(name => ({
        kind: 'constant',
        value: {
          name,
          image: 'busybox:1.37',
          volumeMounts: [{ name: 'logs', mountPath: '/logs' }],
        },
      })),
    )
    const wrong = text
      .replace('mountPath: /logs', 'mountPth: /logs')
      .replace('volumeMounts: *mounts', 'env: *mounts')
    expect(problemsIn(wrong).map(problem => problem.split(': ').slice(0, 2).join(' '))).toEqual([
      'a.yaml:10:30 spec.containers[0].volumeMounts[0].mountPath',
      'a.yaml:10:44 spec.containers[0].volumeMounts[0].mountPth',
      'a.yaml:10:44 spec.containers[2].env[0].mountPth',
      'a.yaml:11:7 spec.containers[1].volumeMounts[0].mountPath',
      'a.yaml:11:7 spec.containers[1].volumeMounts[0].mountPth',
    ])
  })

  it.each([
    ['tabs', 'a:\n\tb: 1', 'a.yaml:2:1: Tabs are not allowed as indentation'],
    ['a key twice', 'a: 1\nb: 2\na: 3', 'a.yaml:3:1: the key "a" appears twice in one map'],
    [
      'an unknown alias',
      'a: *b',
      'a.yaml:1:1: Unresolved alias (the anchor must be set before the alias): b',
    ],
    ['an alias in its own value', 'a: &a [*a]', 'a.yaml:1:8: *a refers to a value that contains it'],
    [
      'a boolean as a key',
      named('a', '{ on: 1 }'),
      expect.stringMatching(
        /^a\.yaml:4:9: spec\.true: unknown field; .*; YAML reads keys such as yes and on .*: quote/,
      ),
    ],
    ['an open quote', 'a: "b', 'a.yaml:1:6: Missing closing "quote'],
    [
      'a template of another tool',
      named('a', '{{ .Values.spec }}'),
      'a.yaml:4:8: a key must be a string; a template of Helm must be rendered first',
    ],
    ['an unknown tag', named('a', '{ description: !secret x }'), 'a.yaml:4:22: Unresolved tag: !secret'],
    [
      'a tag that makes a set',
      named('a', '!!set { a }'),
      'a.yaml:4:7: Unresolved tag: tag:yaml.org,2002:set',
    ],
    [
      'deep nesting',
      `a: ${'['.repeat(5_000)}`,
      expect.stringMatching(/^a\.yaml:1:\d+: is nested more than 128 levels deep$/),
    ],
  ])('with %s is refused at its place', (_, text, problem) => {
    expect(problemsIn(text)[0]).toEqual(problem)
  })

  it('that grows a billion times is refused before it grows', () => {
    const levels = [...'bcdefghi'].map(
      (name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i]}`)}]`,
    )
    const cpuMs = cpuMsOf(() => {
      expect(problemsIn(`a: &a [lol]\n${levels.join('\n')}`)).toEqual([
        'a.yaml:1:1: Excessive alias count indicates a resource exhaustion attack',
      ])
    })
    expect(cpuMs).toBeLessThan(1_000)
  })

  it('reads a mode with a leading zero as octal, as kubectl does', () => {
    const mode = (text: string) =>
      only(named('a', `{ volumes: [{ name: v, configMap: { name: c, defaultMode: ${text} } }] }`)).volumes[0]
    expect(mode('0644')).toEqual(mode('420'))
    expect(mode('0o644')).toEqual(mode('420'))
  })

  it('reads a key that looks like a number or a bool as the string that kubectl makes of it', () => {
    expect(only(named('a', '{ pod: { labels: { 0644: x, yes: z } } }')).pod.labels).toEqual({
      kind: 'constant',
      value: { '420': 'x', true: 'z' },
    })
  })

  it('keeps a key of the language below a key', () => {
    expect(problemsIn(named('a', '{ __proto__: { lifecycle: native }, constructor: 1 }'))).toEqual([
      expect.stringMatching(/^a\.yaml:4:9: spec\.__proto__: unknown field; known here: description, /),
      expect.stringMatching(/^a\.yaml:4:43: spec\.constructor: unknown field/),
    ])
    const selecting = '{ usableIn: { namespaceSelector: { matchLabels: { __proto__: x } } } }'
    expect(JSON.stringify(only(named('a', selecting)).usableIn)).toContain('{"__proto__":"x"}')
    expect({}).not.toHaveProperty('lifecycle')
  })
})
