import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { equal, type Json, type JsonObject, member } from '../../json/json.ts'
import { fieldPath, type Path } from '../../problems/problem.ts'
import { readProfile } from '../../profile/read.ts'
import { Failure } from '../io.ts'
import { pillionWith } from '../recorded.fixture.ts'
import { type ImportedDocument, importText } from './import-text.ts'
import { type ImportFormat, importFormats } from './names.ts'
import { leavesOf } from './tree.ts'

/** The examples of docs/migration.md. */
const textOf = (format: ImportFormat) =>
  readFileSync(new URL(`../../../docs/migration/${format}.yaml`, import.meta.url), 'utf8')
const isUpdate = process.env['UPDATE_GOLDEN'] === '1'

describe('pillion import', () => {
  it.each(importFormats)('%s gives the profile and the table in expected/', async format => {
    const { code, out, err } = await pillion(textOf(format), 'import', format, '-')
    expect(code).toBe(0)
    for (const [kind, text] of [
      ['yaml', out],
      ['txt', err],
    ] as const) {
      const file = new URL(`expected/${format}.${kind}`, import.meta.url)
      if (isUpdate) writeFileSync(file, text)
      expect(existsSync(file), 'run with UPDATE_GOLDEN=1 to write it').toBe(true)
      expect(text).toBe(readFileSync(file, 'utf8'))
    }
    const { code: valid, err: problems } = await pillion(out, 'validate', '-f', '-')
    expect({ valid, errors: problems.match(/^(error|warning).*/gm) }).toEqual({ valid: 0, errors: null })
  })

  it.each(Object.entries(ownFields))('the example of %s has every field of %j', (format, fields) => {
    const found = new Set(
      parseAllDocuments(textOf(format as ImportFormat)).flatMap(document => namesIn(document.toJS())),
    )
    expect(fields.filter(field => !found.has(field))).toEqual([])
  })

  it('prints the table on stdout with -o table, and both as JSON', async () => {
    const table = await pillion(textOf('tumblr'), 'import', 'tumblr', '-', '-o', 'table')
    expect(table.out).toBe(readFileSync(new URL('expected/tumblr.txt', import.meta.url), 'utf8'))
    const json = await pillion(textOf('tumblr'), 'import', 'tumblr', '-', '-o', 'json')
    expect(JSON.parse(json.out)).toEqual(importText('tumblr', textOf('tumblr'), '-'))
  })

  it.each([
    ['sidecarset', 'kind: Deployment', 'f:1: kind: must be SidecarSet'],
    ['sidecarset', 'kind: SidecarSet', 'f:1: metadata.name: must be a name: it becomes that of the profile'],
    ['sidecarset', 'kind: SidecarSet\nmetadata: { name: a }', 'f: no valid profile can be made of it'],
    ['tumblr', 'env: []\n', 'f:1: name: must be a name: it becomes that of the profile'],
    ['tumblr', 'kind: ConfigMap\n', 'f:1: data: has no configuration'],
    ['expedia', 'kind: ConfigMap\ndata: { a: b }', 'f:2: data: must have the key sidecars.yaml'],
    [
      'expedia',
      'kind: ConfigMap\ndata:\n  sidecars.yaml: |\n    - a: 1\n    - b: [\n',
      'f:6:1: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    [
      'otel-sidecar',
      'kind: OpenTelemetryCollector\nspec:\n  mode: daemonset\n',
      'f:3: spec.mode: must be sidecar: in another mode the collector is a workload of its own',
    ],
    [
      'istio-template',
      'kind: ConfigMap\ndata: { config: "a: b" }',
      'f:2: data.config.templates: has no template',
    ],
    ['sidecarset', '', 'f: there is no document in it'],
    ['sidecarset', 'a: [', expect.stringMatching(/^f:1:\d+: /)],
  ] as const)('says what is wrong and where: %s %j', (format, text, message) => {
    expect(failureOf(format, text)?.problems[0]).toEqual(message)
  })

  it('refuses a file with more fields than a profile can have', () => {
    const text = `name: a\nenv: [${'1,'.repeat(5_000)}]`
    expect(failureOf('tumblr', text)?.problems).toEqual([
      'f:2: env[4999]: the file has more than 5000 fields',
    ])
  })

  it('names what makes the profile invalid, and leaves it out', () => {
    const [imported] = importText(
      'tumblr',
      'name: a\ncontainers:\n- { name: a, image: "a:1", colour: red, ports: [{ containerPort: 99999 }] }\n- { name: B, image: "b:1" }\n',
      'f',
    )
    expect(imported?.fields.filter(({ verdict }) => verdict === 'impossible')).toEqual([
      expect.objectContaining({
        line: 3,
        field: 'containers[0].colour',
        why: expect.stringContaining('a profile cannot have it'),
      }),
      expect.objectContaining({ line: 3, field: 'containers[0].ports[0].containerPort' }),
      expect.objectContaining({ line: 4, field: 'containers[1].name' }),
      expect.objectContaining({ line: 4, field: 'containers[1].image' }),
    ])
    expect(imported?.profiles).toMatchObject([{ spec: { containers: [{ name: 'a', image: 'a:1' }] } }])
  })

  it('makes no expression of a text in the file', () => {
    const text = stringify({
      name: 'a',
      containers: [
        {
          name: 'a',
          image: 'a:1',
          when: 'true',
          inherit: ['env'],
          env: [{ name: 'A', value: '$(pod.metadata.name)', json: { a: 1 } }],
          args: ['$$(x y)'],
          workingDir: '/$(a b)/$$(c)',
        },
      ],
    })
    const [imported] = importText('tumblr', text, 'f')
    expect(member(imported!.profiles[0], 'spec')).toEqual({
      containers: [
        {
          name: 'a',
          image: 'a:1',
          env: [{ name: 'A', value: '$$(pod.metadata.name)' }],
          args: ['$$(x y)'],
          workingDir: '/$$(a b)/$$$(c)',
        },
      ],
    })
  })

  it('makes the probes that the OpenTelemetry operator makes, and mounts ConfigMaps where it does', () => {
    const collector = (extensions: readonly string[]) =>
      stringify({
        kind: 'OpenTelemetryCollector',
        metadata: { name: 'a' },
        spec: {
          mode: 'sidecar',
          image: 'a:1',
          readinessProbe: { timeoutSeconds: 3 },
          configmaps: [{ name: 'rules', mountpath: '/rules/' }],
          config: { extensions: { health_check: null }, service: { extensions } },
        },
      })
    const container = (extensions: readonly string[]) => {
      const [imported] = importText('otel-sidecar', collector(extensions), 'f')
      const spec = member(imported!.profiles[0], 'spec') as { containers: readonly JsonObject[] }
      return spec.containers[0]!
    }
    const httpGet = { path: '/', port: 13_133 }
    expect(container(['health_check'])).toMatchObject({
      livenessProbe: { httpGet },
      readinessProbe: { timeoutSeconds: 3, httpGet },
      volumeMounts: [{ name: 'configmap-rules', mountPath: '/var/conf/rules/configmap-rules' }],
    })
    expect(container(['health_check'])).not.toHaveProperty('startupProbe')
    expect(container([])).not.toHaveProperty('readinessProbe')
    const [own] = importText(
      'otel-sidecar',
      collector([]).replace('image: a:1', 'image: a:1\n  volumes: [{ name: configmap-rules, emptyDir: {} }]'),
      'f',
    )
    expect(member(own!.profiles[0], 'spec')).toMatchObject({
      volumes: [{ name: 'configmap-rules', emptyDir: {} }],
    })
  })

  it('puts the init containers of a SidecarSet in the order in which OpenKruise runs them', () => {
    const text = stringify({
      kind: 'SidecarSet',
      metadata: { name: 'a' },
      spec: {
        initContainers: [
          { name: 'b', image: 'b:1' },
          { name: 'a', image: 'a:1' },
        ],
      },
    })
    const [imported] = importText('sidecarset', text, 'f')
    expect(member(imported!.profiles[0], 'spec')).toMatchObject({
      initContainers: [{ name: 'a' }, { name: 'b' }],
    })
  })

  it('makes a profile of each file in a ConfigMap of tumblr', () => {
    const config = (name: string) => stringify({ name, containers: [{ name: 'app', image: 'app:1' }] })
    const text = stringify({
      kind: 'ConfigMap',
      metadata: { name: 'all' },
      data: { a: config('a'), b: config('b:2') },
    })
    const [imported] = importText('tumblr', text, 'f')
    expect(imported?.profiles.map(each => member(each, 'metadata'))).toEqual([{ name: 'a' }, { name: 'b-2' }])
    expect(imported?.fields.map(({ places: [place] }) => place)).toContain('b-2: spec.containers[0].image')
  })
})

/** The fields that each project has besides those of core/v1, from its source. */
const ownFields: Readonly<Partial<Record<ImportFormat, readonly string[]>>> = {
  // https://github.com/openkruise/kruise/blob/master/apis/apps/v1alpha1/sidecarset_types.go
  sidecarset: [
    ...['selector', 'namespace', 'namespaceSelector', 'initContainers', 'containers', 'volumes'],
    ...[
      'updateStrategy',
      'injectionStrategy',
      'imagePullSecrets',
      'revisionHistoryLimit',
      'patchPodMetadata',
    ],
    ...[
      'annotations',
      'patchPolicy',
      'podInjectPolicy',
      'upgradeStrategy',
      'shareVolumePolicy',
      'transferEnv',
    ],
    ...['resourcesPolicy', 'sourceContainerName', 'sourceContainerNameFrom', 'envName', 'envNames'],
    ...[
      'upgradeType',
      'hotUpgradeEmptyImage',
      'paused',
      'revision',
      'customVersion',
      'revisionName',
      'policy',
    ],
    ...['type', 'partition', 'maxUnavailable', 'priorityStrategy', 'scatterStrategy', 'observedGeneration'],
    ...['matchedPods', 'updatedPods', 'readyPods', 'updatedReadyPods', 'latestRevision', 'collisionCount'],
  ],
  // https://github.com/tumblr/k8s-sidecar-injector/blob/master/internal/pkg/config/config.go
  tumblr: [
    ...['name', 'inherits', 'containers', 'volumes', 'env', 'volumeMounts', 'hostAliases', 'initContainers'],
    'serviceAccountName',
  ],
  // https://github.com/ExpediaGroup/kubernetes-sidecar-injector/blob/main/pkg/webhook/sidecarhandler.go
  expedia: ['name', 'initContainers', 'containers', 'volumes', 'imagePullSecrets', 'annotations', 'labels'],
  // https://github.com/open-telemetry/opentelemetry-operator/blob/main/apis/v1beta1/common.go and
  // opentelemetrycollector_types.go, without the fields that collector_webhook.go refuses with mode: sidecar.
  'otel-sidecar': [
    ...['managementState', 'resources', 'nodeSelector', 'args', 'replicas', 'podDisruptionBudget'],
    ...[
      'securityContext',
      'podSecurityContext',
      'podAnnotations',
      'serviceAccount',
      'image',
      'imagePullPolicy',
    ],
    ...['volumeMounts', 'ports', 'env', 'envFrom', 'volumes', 'lifecycle', 'terminationGracePeriodSeconds'],
    ...[
      'topologySpreadConstraints',
      'hostNetwork',
      'shareProcessNamespace',
      'initContainers',
      'podDnsConfig',
    ],
    ...['ipFamilies', 'ipFamilyPolicy', 'autoscaler', 'targetAllocator', 'mode', 'upgradeStrategy', 'config'],
    ...['configVersions', 'ingress', 'httpRoute', 'networkPolicy', 'livenessProbe', 'readinessProbe'],
    ...['startupProbe', 'observability', 'configmaps', 'command', 'mountpath', 'hostPort'],
  ],
}

/** The names of all fields in a value, and in the YAML of its texts. */
function namesIn(value: Json): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((each: Json) => namesIn(each))
  if (typeof value === 'string') return value.includes('\n') ? namesIn(parse(value)) : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, each]) => [name, ...namesIn(each ?? null)])
}

/** Where a file has YAML in a text. */
const inner: Readonly<Partial<Record<ImportFormat, Path>>> = { expedia: ['data', 'sidecars.yaml'] }

describe.each(['sidecarset', 'tumblr', 'expedia', 'otel-sidecar'] as const)(
  'for every file like that of %s',
  format => {
    const example = opened(format, parseAllDocuments(textOf(format))[0]!.toJS())

    it('each field is exactly once in the table, what is kept is in the profile, and the profile is valid', () => {
      let read = 0
      fc.assert(
        fc.property(fc.array(edits, { minLength: 1, maxLength: 8 }), changes => {
          const value = changes.reduce<Json>(edited, example)
          let documents: readonly ImportedDocument[]
          try {
            documents = importText(format, JSON.stringify(closed(format, value)), 'f')
          } catch (error) {
            if (error instanceof Failure) return
            throw error
          }
          read++
          const leaves = [...leavesOf(value)].map(
            ([path, leaf]) => [fieldPath(path) || '(all)', leaf] as const,
          )
          const fields = documents.flatMap(document => document.fields)
          expect(fields.map(({ field }) => field).sort()).toEqual(leaves.map(([field]) => field).sort())
          const profiles = documents.flatMap(document => document.profiles)
          for (const profile of profiles) expect(readProfile(profile)).toHaveProperty('profile')
          const given = new Map(
            profiles.flatMap(each => [...leavesOf(each)].map(([path, leaf]) => [fieldPath(path), leaf])),
          )
          const source = new Map(leaves)
          for (const { field, verdict, places, why } of fields) {
            if (verdict === 'kept')
              expect(places.every(place => equal(given.get(place), source.get(field)))).toBe(true)
            else expect(why).not.toBe('')
          }
        }),
      )
      expect(read).toBeGreaterThan(20)
    })
  },
)

describe('an action of a Go template', () => {
  const imported = (...lines: readonly string[]) => {
    const template = [
      'spec:',
      '  containers:',
      '  - name: proxy',
      '    image: proxy:1',
      ...lines.map(line => `    ${line}`),
    ]
    const config = `templates:\n  sidecar: |\n${template.map(line => `    ${line}\n`).join('')}`
    const data = { config }
    const [document] = importText('istio-template', stringify({ kind: 'ConfigMap', data }), 'f')
    return JSON.stringify(document?.profiles)
  }

  it.each([
    { what: 'a comment', lines: ['{{- /* before', 'tty: true', '*/ -}}'] },
    { what: 'a comment with braces', lines: ['{{/* {{ a }} tty: true', 'tty: true', '*/}}'] },
    {
      what: 'a condition',
      lines: ['{{- if and', '  .Values.a', '  .Values.b }}', 'tty: true', '{{- end }}'],
    },
    {
      what: 'a condition in a condition',
      lines: ['{{ if .a }}', '{{ if or', '.b }}', '{{ end }}', 'tty: true', '{{ end }}'],
    },
    {
      what: 'a condition after the end of another',
      lines: ['{{ if', '.a }}{{ end }}{{ if .b }}', 'tty: true', '{{ end }}'],
    },
  ])('of several lines keeps nothing that is in it: $what', ({ lines }) => {
    const text = imported(...lines, 'stdin: true')
    expect(text).not.toContain('tty')
    expect(text).toContain('"stdin":true')
  })

  it.each(['constructor', 'toString', '__proto__', 'index constructor "a"', '.Values.constructor'])(
    'has no counterpart if it is %s',
    action => {
      expect(imported(`workingDir: {{ ${action} }}`)).not.toMatch(/workingDir|native|function/)
    },
  )
})

describe('for every template like that of Istio', () => {
  const [head = '', rest = ''] = textOf('istio-template').split(/(?<=sidecar: \|\n)/)
  const [body = '', tail = ''] = rest.split(/(?=^ {2}values:)/m)
  const lines = body.trimEnd().split('\n')

  it('each line with an action is in the table', () => {
    let read = 0
    fc.assert(
      fc.property(fc.subarray(lines.map((_, i) => i)), gone => {
        const kept = lines.filter((_, i) => !gone.includes(i) || gone.length > 6)
        try {
          const [imported] = importText('istio-template', `${head}${kept.join('\n')}\n${tail}`, 'f')
          const first = head.split('\n').length
          const named = new Set(imported?.fields.map(({ line }) => line))
          for (const [i, line] of kept.entries())
            if (line.includes('{{')) expect(named, line).toContain(first + i)
          read++
        } catch (error) {
          if (!(error instanceof Failure)) throw error
        }
      }),
    )
    expect(read).toBeGreaterThan(20)
  })
})

/** A change at a place that a number chooses. */
const edits = fc.record({
  at: fc.nat(),
  to: fc.oneof(
    fc.constant(undefined),
    fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
    fc.constantFrom<Json>(null, [], {}, 'yes', '$(a b)', '$(pod.metadata.name)', 'a'.repeat(80), -1, true),
  ),
  under: fc.constantFrom(undefined, 'unknown', 'when', 'name', 'restartPolicy', 'a b'),
})

function edited(
  value: Json,
  { at, to, under }: { at: number; to: Json | undefined; under: string | undefined },
): Json {
  const all = [...leavesOf(value)]
  const [path = []] = all[at % all.length] ?? []
  const length = 1 + (at % Math.max(path.length, 1))
  const place = path.slice(0, length)
  // The head stays, so that most files are of the format.
  if (['kind', 'mode', 'metadata', 'name'].includes(String(place[0])) || place[1] === 'mode') return value
  return set(value, under === undefined ? place : [...place.slice(0, -1), under], to)
}

function set(value: Json, [step, ...rest]: Path, to: Json | undefined): Json {
  if (step === undefined) return to ?? null
  if (Array.isArray(value)) {
    const items = value.map((item: Json, i) =>
      i === step ? (rest.length > 0 ? set(item, rest, to) : to) : item,
    )
    return items.filter(item => item !== undefined)
  }
  if (typeof value !== 'object' || value === null) return value
  const { [step]: before, ...others } = value as JsonObject
  const after = rest.length > 0 ? set(before ?? null, rest, to) : to
  return after === undefined ? (others as JsonObject) : { ...others, [step]: after }
}

function opened(format: ImportFormat, value: JsonObject): Json {
  const path = inner[format]
  return path ? set(value, path, parse(String((value['data'] as JsonObject)['sidecars.yaml']))) : value
}

/** As JSON, which is YAML without its special words. */
function closed(format: ImportFormat, value: Json): Json {
  const path = inner[format]
  const list = member(member(value, 'data'), 'sidecars.yaml')
  return path && list !== undefined ? set(value, path, JSON.stringify(list)) : value
}

function failureOf(format: ImportFormat, text: string): Failure | undefined {
  try {
    importText(format, text, 'f')
    return undefined
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
}

function pillion(stdin: string, ...args: readonly string[]) {
  return pillionWith(args, stdin)
}
