import { describe, expect, it } from 'vitest'
import { asked, catalog, example } from './analysis.fixture.ts'
import { createAnalysis } from './analysis.ts'

const analysis = createAnalysis()

/** A text whose cursor is at `|`. */
function cut(marked: string): readonly [text: string, offset: number] {
  const offset = marked.indexOf('|')
  return [marked.slice(0, offset) + marked.slice(offset + 1), offset]
}

function completed(marked: string) {
  const [text, offset] = cut(marked)
  const found = analysis.complete(asked(text), undefined, offset)
  return found && { replaces: text.slice(found.from, found.to), ...found }
}

function completedProfile(marked: string) {
  const [text, offset] = cut(marked)
  const profiles = [...catalog, { file: 'mine.yaml', text }]
  const found = analysis.complete(asked(example('job'), { profiles }), 'mine.yaml', offset)
  return found && { replaces: text.slice(found.from, found.to), ...found }
}

const labels = (found: ReturnType<typeof completed>) => found?.options.map(({ label }) => label) ?? []

const pod = (annotations: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations:\n${annotations}spec:\n  containers:\n    - name: app\n`

describe('completion in a manifest', () => {
  it('gives the names of profiles in the list, without those that are there', () => {
    const found = completed(pod('    pillion.dev/inject: log-tail, st|\n'))
    expect(found).toMatchObject({ replaces: 'st' })
    expect(labels(found)).toContain('statsd')
    expect(labels(found)).not.toContain('log-tail')
    expect(found?.options.find(({ label }) => label === 'statsd')?.info).toMatch(/StatsD/i)
  })

  it('gives the annotations, first those of the profiles that are asked for, without those that are there', () => {
    const found = completed(
      pod('    pillion.dev/inject: log-tail\n    pillion.dev/log-tail.path: /logs\n    pil|\n'),
    )
    expect(found).toMatchObject({ replaces: 'pil' })
    expect(labels(found).slice(0, 2)).toEqual(['pillion.dev/log-tail.file', 'pillion.dev/log-tail.user'])
    expect(labels(found)).not.toContain('pillion.dev/log-tail.path')
    expect(found?.options[0]).toMatchObject({ insert: 'pillion.dev/log-tail.file: ', detail: 'string' })
  })

  it('gives annotations on an empty line', () => {
    expect(labels(completed(pod('    |\n')))).toContain('pillion.dev/inject')
  })

  it('gives values of a parameter, in quotes where YAML reads another type', () => {
    const found = completed(pod('    pillion.dev/inject: statsd\n    pillion.dev/statsd.port: |\n'))
    expect(found?.options.map(({ label, insert, detail }) => ({ label, insert, detail }))).toEqual([
      { label: '9125', insert: '"9125"', detail: 'default' },
      { label: '1024', insert: '"1024"', detail: 'minimum' },
      { label: '65535', insert: '"65535"', detail: 'maximum' },
    ])
  })

  it('gives the present revision of a profile', () => {
    const found = completed(pod('    pillion.dev/log-tail.revision: |\n'))
    expect(found?.options).toMatchObject([{ label: expect.stringMatching(/^[0-9a-f]{10}$/) }])
  })

  it.each([
    ['on a Deployment itself', 'kind: Deployment\nmetadata:\n  annotations:\n    pil|\n', false],
    [
      'in the template of a Deployment',
      'kind: Deployment\nspec:\n  template:\n    metadata:\n      annotations:\n        pil|\n',
      true,
    ],
    ['in a Namespace', 'kind: Namespace\nmetadata:\n  annotations:\n    pil|\n', true],
    ['in another map', 'kind: Pod\nmetadata:\n  labels:\n    pil|\n', false],
    [
      'in the second document',
      'kind: ConfigMap\nmetadata:\n  name: a\n---\nkind: Pod\nmetadata:\n  annotations:\n    pil|\n',
      true,
    ],
    ['in a List', 'kind: List\nitems:\n- kind: Pod\n  metadata:\n    annotations:\n      pil|\n', true],
  ])('knows where Pillion reads annotations: %s', (_, marked, isThere) => {
    expect(labels(completed(marked)).includes('pillion.dev/inject')).toBe(isThere)
  })

  it('gives the label of a namespace', () => {
    expect(completed('kind: Namespace\nmetadata:\n  labels:\n    pillion.dev/inject: |\n')?.options).toEqual([
      { label: 'enabled' },
    ])
  })
})

const json = (annotations: string) =>
  `{"apiVersion": "v1", "kind": "Pod",\n "metadata": {"name": "a", "annotations": {${annotations}}},\n "spec": {"containers": [{"name": "app"}]}}\n`
const inBraces = (annotations: string) =>
  `kind: Deployment\nspec:\n  template:\n    metadata: { labels: { a: b }, annotations: { ${annotations} } } # c\n    spec: {}\n`

describe('completion in a manifest with braces', () => {
  it.each([
    [json('"pil|"'), 'pil', 'pillion.dev/inject', undefined],
    [json('|'), '', 'pillion.dev/inject', '"pillion.dev/inject": '],
    [json('"a": "b", |'), '', 'pillion.dev/inject', '"pillion.dev/inject": '],
    [inBraces('pil|'), 'pil', 'pillion.dev/inject', 'pillion.dev/inject: '],
    [inBraces('a: b, |'), '', 'pillion.dev/inject', 'pillion.dev/inject: '],
    [inBraces('\'a\': "}", |'), '', 'pillion.dev/inject', 'pillion.dev/inject: '],
    [json('"pillion.dev/inject": "log-tail, st|"'), 'st', 'statsd', undefined],
    [inBraces('pillion.dev/inject: st|'), 'st', 'statsd', undefined],
    [json('"pillion.dev/statsd.port": "|"'), '', '9125', undefined],
    [json('"pillion.dev/statsd.port": |'), '', '9125', '"9125"'],
    [inBraces('pillion.dev/statsd.port: |'), '', '9125', '"9125"'],
    [
      'kind: Namespace\nmetadata: { labels: { pil| } }\n',
      'pil',
      'pillion.dev/inject',
      'pillion.dev/inject: enabled',
    ],
    ['{"kind": "Namespace", "metadata": {"labels": {"pillion.dev/inject": "|"}}}', '', 'enabled', undefined],
    ['kind: Pod\nmetadata: { annotations: { pil|\n', 'pil', 'pillion.dev/inject', 'pillion.dev/inject: '],
    [
      'kind: List\nitems:\n- { kind: Pod, metadata: { annotations: { pil| } } }\n',
      'pil',
      'pillion.dev/inject',
      'pillion.dev/inject: ',
    ],
    [
      'kind: Pod\nspec:\n  containers:\n    - args:\n        - |-\n          { [\n          "\nmetadata: { annotations: {pil§}}\n',
      'pil',
      'pillion.dev/inject',
      'pillion.dev/inject: ',
    ],
  ])('%s', (marked, replaces, label, insert) => {
    const found = completed(marked.includes('§') ? marked.replace('|-', '>-').replace('§', '|') : marked)
    expect(found).toMatchObject({ replaces })
    expect(found?.options.find(each => each.label === label)).toMatchObject({
      label,
      ...(insert !== undefined && { insert }),
    })
    if (insert === undefined)
      expect(found?.options.find(each => each.label === label)?.insert ?? label).toBe(label)
  })

  it('leaves out what is there, and puts parameters of requested profiles first', () => {
    const members = '"pillion.dev/log-tail.path": "/logs", "pil|", "pillion.dev/inject": "log-tail"'
    const found = labels(completed(json(members)))
    expect(found.slice(0, 2)).toEqual(['pillion.dev/log-tail.file', 'pillion.dev/log-tail.user'])
    expect(found).not.toContain('pillion.dev/inject')
    expect(labels(completed(inBraces('pillion.dev/inject: log-tail, pil|')))[0]).toBe(
      'pillion.dev/log-tail.path',
    )
  })

  it.each([
    '{"kind": "Pod", "metadata": {"labels": {"pil|": ""}}}',
    'kind: Deployment\nmetadata: { annotations: { pil| } }\n',
    'kind: Pod\nmetadata:\n  name: a # { annotations: { pil|\n',
  ])('gives nothing where Pillion reads nothing: %s', marked => {
    expect(completed(marked)).toBeUndefined()
  })
})

describe('a hover in a manifest', () => {
  it('of the label of a namespace', () => {
    const [text, offset] = cut('kind: Namespace\nmetadata: { labels: { pillion.dev/in|ject: enabled } }\n')
    const found = analysis.hover(asked(text), undefined, offset)
    expect(found?.text).toMatch(/calls Pillion for every Pod of the namespace/)
  })

  it.each([
    ['{"pillion.dev/inject": "work-dir, log-|tail"}', 'log-tail', /^Prints/],
    ['{ pillion.dev/log-tail.pa|th: /logs }', 'pillion.dev/log-tail.path', /Type: string/],
  ])('in braces: of %s', (annotations, underlined, says) => {
    const [text, offset] = cut(`kind: Pod\nmetadata: { annotations: ${annotations} }\n`)
    const found = analysis.hover(asked(text), undefined, offset)
    expect(found && text.slice(found.from, found.to)).toBe(underlined)
    expect(found?.text).toMatch(says)
  })

  it.each([
    ['pillion.dev/inject: work-dir, log-|tail', 'log-tail', /^Prints/],
    ['pillion.dev/log-tail.pa|th: /logs', 'pillion.dev/log-tail.path', /Type: string/],
    ['pillion.dev/in|ject: log-tail', 'pillion.dev/inject', /"none" opts out/],
  ])('of %s', (line, underlined, says) => {
    const [text, offset] = cut(pod(`    ${line}\n`))
    const found = analysis.hover(asked(text), undefined, offset)
    expect(found && text.slice(found.from, found.to)).toBe(underlined)
    expect(found?.text).toMatch(says)
  })
})

const profile = (spec: string) => `apiVersion: pillion.dev/v1alpha1
kind: ClusterSidecarProfile
metadata:
  name: mine
spec:
  parameters:
    port:
      type: integer
      description: Port of the app.
      default: 80
${spec}`

describe('completion in a profile', () => {
  it('gives the fields of a profile that are not there yet', () => {
    const found = completedProfile(profile('  con|\n'))
    expect(found).toMatchObject({ replaces: 'con' })
    expect(labels(found)).toContain('containers')
    expect(labels(found)).not.toContain('parameters')
  })

  it.each([
    [
      'of a container',
      '  containers:\n    - name: a\n      |\n',
      ['image', 'volumeMounts', 'livenessProbe', 'inherit'],
    ],
    ['in a list that is not indented', '  containers:\n  - name: a\n    |\n', ['image', 'when']],
    ['on the line of the dash', '  containers:\n    - |\n', ['name', 'image']],
    [
      'of core/v1 further down',
      '  containers:\n    - name: a\n      livenessProbe:\n        httpGet:\n          |\n',
      ['path', 'port', 'scheme'],
    ],
    ['of a volume', '  volumes:\n    - name: a\n      |\n', ['emptyDir', 'configMap', 'adopt']],
  ])('gives the fields %s', (_, spec, fields) => {
    expect(labels(completedProfile(profile(spec)))).toEqual(expect.arrayContaining(fields))
  })

  it.each([
    ['an enum', '  lifecycle: |\n', ['auto', 'native', 'regular']],
    [
      'an enum of core/v1',
      '  containers:\n    - name: a\n      imagePullPolicy: |\n',
      ['Always', 'IfNotPresent', 'Never'],
    ],
    ['a boolean', '  pod:\n    shareProcessNamespace: |\n', ['true', 'false']],
  ])('gives the values of %s', (_, spec, values) => {
    expect(labels(completedProfile(profile(spec)))).toEqual(values)
  })

  it.each([
    ['variables and functions', '$(|', ['params', 'pod', 'size', 'has', 'optional.none', 'cel.bind']],
    ['parameters', '$(params.|', ['port']],
    ['fields of the Pod', '$(pod.spec.|', ['containers', 'hostNetwork']],
    ['fields of a container', '$(app.|', ['name', 'image', 'ports']],
    ['methods behind a call', '$("a,b".split(",").|', ['join', 'map', 'filter']],
  ])('gives %s in an expression', (_, expression, names) => {
    const found = completedProfile(
      profile(`  containers:\n    - name: a\n      image: "example/${expression}"\n`),
    )
    expect(labels(found)).toEqual(expect.arrayContaining(names))
  })

  it.each([
    ['a container', '  containers: [{ name: a, im| }]\n', 'im', 'image', 'image: '],
    [
      'core/v1 further down',
      '  containers:\n    - { name: a, livenessProbe: { httpGet: { po| } } }\n',
      'po',
      'port',
      'port: ',
    ],
    ['an enum', '  containers: [{ imagePullPolicy: | }]\n', '', 'IfNotPresent', undefined],
    ['an item of a list', '  containers:\n    - inherit: [en|]\n', 'en', 'env', undefined],
    [
      'an expression',
      '  containers: [{ name: a, image: "example/$(params.po|)" }]\n',
      'po',
      'port',
      undefined,
    ],
    [
      'several lines',
      '  containers: [\n    { name: a,\n      volumeMounts: [ { na|\n',
      'na',
      'name',
      'name: ',
    ],
  ])('in braces: of %s', (_, spec, replaces, label, insert) => {
    const found = completedProfile(profile(spec))
    expect(found).toMatchObject({ replaces })
    const option = found?.options.find(each => each.label === label)
    expect(option).toMatchObject({ label, ...(insert !== undefined && { insert }) })
  })

  it('of a profile in JSON', () => {
    const text = (more: string) =>
      `{"apiVersion": "pillion.dev/v1alpha1", "kind": "ClusterSidecarProfile", "metadata": {"name": "j"},\n"spec": {"parameters": {"port": {"type": "integer"}},\n${more}}}`
    const field = completedProfile(text('"containers": [{"name": "a", "im|"}]'))
    expect(field?.options).toContainEqual(expect.objectContaining({ label: 'image' }))
    expect(field?.options.find(({ label }) => label === 'image')?.insert).toBeUndefined()
    const value = completedProfile(text('"onConflict": |'))
    expect(value?.options).toContainEqual({ label: 'keep', insert: '"keep"' })
    expect(labels(completedProfile(text('"containers": [{"image": "a:$(params.|)"}]')))).toEqual(['port'])
  })

  it('gives parameters with their types in a condition', () => {
    const found = completedProfile(profile('  containers:\n    - name: a\n      when: params.p|\n'))
    expect(found).toMatchObject({
      replaces: 'p',
      options: [{ label: 'port', detail: 'integer', info: 'Port of the app.' }],
    })
  })

  it('says what a field means, also in braces', () => {
    const [flow, at] = cut(profile('  containers: [{ name: a, im|age: b }]\n'))
    const inBraces = analysis.hover(
      asked('', { profiles: [{ file: 'mine.yaml', text: flow }] }),
      'mine.yaml',
      at,
    )
    expect(inBraces?.text).toMatch(/Type: string/)
    const [text, offset] = cut(profile('  on|Conflict: keep\n'))
    const profiles = [{ file: 'mine.yaml', text }]
    expect(analysis.hover(asked('', { profiles }), 'mine.yaml', offset)?.text).toMatch(/deny.*\n/)
  })
})

describe('the CEL console', () => {
  const on = (expression: string, profile?: string) =>
    analysis.evaluate(asked(example('log-tail')), profile, expression)

  it.each([
    ['pod.spec.containers.map(c, c.name)', undefined, { value: '[\n  "reporter"\n]' }],
    ['namespaceObject.metadata.name', undefined, { value: '"default"' }],
    ['params.user', 'log-tail', { value: '65534' }],
    ['pod.?metadata.?nothing', undefined, { value: 'absent (optional.none())' }],
    ['pod.spec.nothing', undefined, { problem: 'No such key: nothing' }],
    ['params.usr', 'log-tail', { problem: expect.stringContaining('did you mean "user"?') }],
    ['1 +', undefined, { problem: 'the expression is not complete' }],
    ['1', 'log-tial', { problem: 'there is no valid profile "log-tial"' }],
    ['', undefined, { problem: 'write an expression, for example pod.metadata.labels' }],
  ])('evaluates %s with profile %s', (expression, name, result) => {
    expect(on(expression, name)).toEqual(result)
  })
})
