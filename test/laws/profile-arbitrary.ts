import fc from 'fast-check'
import type { Json, JsonObject } from '../../src/json/json.ts'
import type { Schema } from '../../src/json/schema.ts'
import { podRows } from '../../src/profile/places.ts'
import { core } from '../../src/profile/schema/core-schema.ts'
import { inheritable } from '../../src/template/inherit.ts'
import { mostly, podFieldValue, valueFor } from './value-arbitrary.ts'

interface Names {
  readonly name: string
  readonly sidecars: readonly string[]
  readonly others: readonly string[]
}

/**
 * A random profile. Every member of a profile is in some of them: laws-coverage.test.ts holds that against the schema. Most of
 * them do not meet the same things of a Pod, so that most Pods get their profiles.
 */
export function profile({ name, sidecars, others }: Names, isAlone: boolean): fc.Arbitrary<Json> {
  const own = (text: string) => (isAlone ? fc.constant(`${name}-${text}`) : mostly(`${name}-${text}`, text))
  const ownPath = isAlone ? fc.constant(`/${name}`) : mostly(`/${name}`, '$(params.path)')
  const sidecar = fc.uniqueArray(
    fc.record({
      name: isAlone
        ? fc.constantFrom(...sidecars)
        : fc.oneof(
            { weight: 9, arbitrary: fc.constant(`${name}-side`) },
            { weight: 1, arbitrary: fc.constantFrom(...sidecars) },
          ),
      withPort: mostly(false, true),
      when,
      extra: coreMembers('Container', [
        'name',
        'image',
        'env',
        'envFrom',
        'volumeMounts',
        'args',
        'resources',
        'ports',
        'restartPolicy',
      ]),
      order: fc.option(
        fc.record(
          { before: fc.subarray(['migrate'], { maxLength: 1 }), after: fc.constant(['setup']) },
          { requiredKeys: [] },
        ),
        { nil: undefined, freq: 9 },
      ),
    }),
    { maxLength: 2, selector: item => item.name },
  )
  const shape = fc.record({
    lifecycle: fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom('auto', 'native') },
      { weight: 1, arbitrary: fc.constant('regular') },
    ),
    onConflict: fc.constantFrom('deny', 'keep', 'keep'),
    before: fc.subarray([...others, 'app', 'first'], { maxLength: 2 }),
    after: fc.subarray(['istio-init', 'web'], { maxLength: 1 }),
    volume: own('logs'),
    volumeSource: fc.oneof(
      { weight: 4, arbitrary: fc.constant({ emptyDir: {} }) },
      { weight: 1, arbitrary: source },
    ),
    ownPath,
    adopts: fc.boolean(),
    containers: sidecar,
    withInit: fc.boolean(),
    select: fc.constantFrom('all', 'first', ['app', 'web'], 'container.name != "db"'),
    variable: own('LOG_PATH').map(text => text.toUpperCase().replaceAll('-', '_')),
    annotation: fc.boolean(),
    ordered: mostly(false, true),
    pod: isAlone ? fc.constant({}) : podFields,
    inherit: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.subarray([...inheritable]) },
    ),
    withJson: fc.boolean(),
    whens: fc.record({ volume: when, init: when, env: when, envFrom: when, mount: when, own: when }),
    extras: fc.record({
      env: coreMembers('EnvVar', ['name', 'value']),
      envFrom: coreMembers('EnvFromSource', ['configMapRef']),
      mount: coreMembers('VolumeMount', ['name', 'mountPath']),
    }),
    about,
    parameter,
  })
  return shape.map(shape => {
    const { whens, extras } = shape
    const onlyWhen = (when: string | undefined) => (when === undefined ? {} : { when })
    const mount = { name: shape.volume, ...extras.mount, ...onlyWhen(whens.mount) }
    const variable: JsonObject = { name: shape.variable, ...extras.env }
    const volume = {
      name: shape.volume,
      ...shape.volumeSource,
      ...(shape.adopts && { adopt: { mountPath: shape.ownPath } }),
    }
    return {
      apiVersion: 'pillion.dev/v1alpha1',
      kind: 'ClusterSidecarProfile',
      metadata: { name },
      spec: {
        ...shape.about,
        parameters: {
          path: { type: 'string', default: '/var/log/app' },
          port: { type: 'integer', default: 4318 },
          on: { type: 'boolean', default: true },
          ...shape.parameter,
        },
        lifecycle: shape.lifecycle,
        onConflict: shape.onConflict,
        ...(shape.ordered && { order: { before: shape.before, after: shape.after } }),
        volumes: [
          volume,
          ...(whens.volume === undefined ? [] : [{ name: `${name}-more`, emptyDir: {}, when: whens.volume }]),
        ],
        containers: shape.containers.map(({ name, withPort, when, extra, order }) => ({
          ...extra,
          name,
          image: 'busybox:1.37',
          args: ['$(params.path)', '$(NAME)', 'port $(params.port)'],
          ...(withPort && !isAlone && { ports: [{ containerPort: '$(params.port)' }] }),
          ...onlyWhen(when),
          ...(order && { order }),
          env: [
            { name: 'POD', value: '$(pod.metadata.?name.orValue("none"))' },
            ...(shape.withJson
              ? [{ name: 'JSON', json: { path: '$(params.path)', apps: ['$(app.name)'] } }]
              : []),
            {
              ...variable,
              ...(variable['valueFrom'] === undefined && { value: 'x' }),
              ...onlyWhen(whens.env),
            },
          ],
          ...(whens.envFrom !== undefined && {
            envFrom: [{ configMapRef: { name: 'own' }, ...extras.envFrom, ...onlyWhen(whens.envFrom) }],
          }),
          ...(shape.inherit.length > 0 && { inherit: shape.inherit }),
          volumeMounts: [{ mountPath: '/logs', ...mount }],
          resources: { requests: { cpu: '0.5', memory: '64Mi' } },
        })),
        initContainers: shape.withInit
          ? [
              {
                ...shape.containers[0]?.extra,
                name: `${name}-init`,
                image: 'busybox:1.37',
                args: ['x'],
                env: [
                  {
                    name: 'A',
                    ...(shape.withJson
                      ? { json: { a: '$(params.on)' } }
                      : 'valueFrom' in extras.env
                        ? extras.env
                        : { value: 'b' }),
                    ...onlyWhen(whens.own),
                  },
                ],
                envFrom: [{ configMapRef: { name: 'init' }, ...extras.envFrom, ...onlyWhen(whens.own) }],
                volumeMounts: [{ mountPath: '/logs', ...mount }],
                resources: { limits: { memory: '16Mi' } },
                ports: [],
                ...(shape.inherit.length > 0 && { inherit: shape.inherit }),
                ...(shape.containers[0]?.order && { order: shape.containers[0].order }),
                ...onlyWhen(whens.init),
              },
            ]
          : [],
        appContainers: [
          {
            select: shape.select,
            env: [
              {
                ...variable,
                ...(variable['valueFrom'] === undefined && { value: '$(params.path)' }),
                ...onlyWhen(whens.env),
              },
              ...(shape.withJson
                ? [{ name: `${shape.variable}_JSON`, json: { path: '$(params.path)' } }]
                : []),
            ],
            envFrom: [
              { configMapRef: { name: `${name}-settings` }, ...extras.envFrom, ...onlyWhen(whens.envFrom) },
            ],
            volumeMounts: [{ mountPath: shape.ownPath, ...mount }],
          },
        ],
        pod: {
          ...shape.pod,
          ...(shape.annotation && {
            annotations: { [`example.com/${name}`]: '$(params.port)' },
            labels: { [name]: 'yes' },
          }),
        },
      },
    }
  }) as unknown as fc.Arbitrary<Json>
}

const when = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 2, arbitrary: fc.constantFrom('true', 'size(pod.spec.?volumes.orValue([])) > 1', 'params.on') },
)

/** Of the members that core/v1 has, besides those that a law needs as they are: mostly none, else one. */
function coreMembers(type: string, except: readonly string[]): fc.Arbitrary<JsonObject> {
  const members = Object.entries(core(type).properties ?? {}).filter(([member]) => !except.includes(member))
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant({}) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(...members)
        .chain(([member, schema]) => fc.record({ [member]: valueFor(schema) })),
    },
  ) as fc.Arbitrary<JsonObject>
}

/** Where a volume comes from. The metadata of a claim has times, which no small pool has. */
const source = fc
  .constantFrom(
    ...Object.entries(core('Volume').properties ?? {}).filter(
      ([member]) => !['name', 'ephemeral'].includes(member),
    ),
    ['ephemeral', ephemeral()] as const,
  )
  .chain(([member, schema]) => fc.record({ [member]: valueFor(schema) }))

function ephemeral(): Schema {
  const storage = { type: 'object', properties: { storage: { enum: ['1Gi'] } }, required: ['storage'] }
  const resources = { type: 'object', properties: { requests: storage }, required: ['requests'] }
  const spec = { type: 'object', properties: { resources }, required: ['resources'] }
  const volumeClaimTemplate = { type: 'object', properties: { spec }, required: ['spec'] }
  return { type: 'object', properties: { volumeClaimTemplate }, required: ['volumeClaimTemplate'] } as Schema
}

/** What one profile gives to the Pod as a whole: a field mostly, so that not each two are in conflict. */
const podFields = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc
      .subarray(
        podRows.map(([field]) => field),
        { minLength: 1, maxLength: 2 },
      )
      .chain(names =>
        fc.record(Object.fromEntries(names.map(name => [name, withWhens(podFieldValue(name))]))),
      ),
  },
)

/** A list in a profile may have conditions for its items. */
function withWhens(value: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  return fc.tuple(value, when).map(([list, when]) => {
    const isOfItems = Array.isArray(list) && when !== undefined
    return isOfItems ? (list as JsonObject[]).map(item => ({ ...item, when })) : list
  })
}

const everywhere = {
  matchLabels: {},
  matchExpressions: [{ key: 'pillion.dev/none', operator: 'NotIn', values: ['x'] }],
}
const nowhere = { matchLabels: { auto: 'yes' }, matchExpressions: [{ key: 'auto', operator: 'Exists' }] }

/** Members that say who may have a profile, and how its revisions are handled. They keep it from nobody. */
const about = fc.record(
  {
    description: fc.constantFrom('What it is for.', ''),
    usableIn: fc.constantFrom(
      { namespaceSelector: {} },
      { namespaceSelector: everywhere },
      { namespaceSelector: { matchLabels: { team: 'a' } } },
    ),
    autoInject: fc.constantFrom<Json>(
      { podSelector: nowhere, namespaceSelector: nowhere },
      { podSelector: nowhere },
    ),
    revisionHistoryLimit: fc.constantFrom(0, 10),
    rollout: fc
      .record(
        {
          paused: fc.boolean(),
          update: fc.constantFrom('OnCreate', 'InPlace', 'Recreate'),
          maxUnavailable: fc.constantFrom(1, '25%'),
          minReadySeconds: fc.constantFrom(0, 10),
          progressDeadlineSeconds: fc.constantFrom(60, 300),
          onFailure: fc.constantFrom('Revert', 'Pause'),
          canary: fc.constantFrom<Json>(
            { percent: 30 },
            { podSelector: nowhere },
            { namespaceSelector: everywhere },
          ),
        },
        { requiredKeys: [] },
      )
      .chain(({ canary, ...rest }) =>
        fc.constantFrom<Json>(
          { ...rest, ...(canary !== undefined && { canary }) } as Json,
          {
            ...rest,
            steps: [
              { percent: 10, hold: '10m' },
              { percent: 50, pause: true },
            ],
          } as Json,
        ),
      ),
  },
  { requiredKeys: [] },
)

/** One more parameter, which nobody needs to set. */
const parameter = fc.constantFrom<JsonObject>(
  {},
  { size: { type: 'integer', default: 3, minimum: 1, maximum: 9, example: 5 } },
  {
    memory: { type: 'quantity', default: '64Mi', minimum: '16Mi', maximum: '1Gi', description: 'How much.' },
  },
  { ratio: { type: 'number', default: 0.5 } },
  { level: { type: 'string', default: 'info', enum: ['info', 'debug'] } },
  { text: { type: 'string', default: 'x', pattern: '^[a-z]$', required: false } },
)
