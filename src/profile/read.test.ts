import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../json/json.ts'
import { countedBytes, storedBytes } from './accept/stored-size.ts'
import { accepted, clusterProfile, evaluated, problemsOf, refused } from './profile.fixture.ts'
import { isProfileLike, readProfile } from './read.ts'

/** Every field of the design in one profile. */
const spec: JsonObject = {
  description: 'Ships the files an app writes to a shared directory.',
  parameters: {
    path: { type: 'string', default: '/var/log/app', pattern: '^/' },
    port: { type: 'integer', default: 4318, minimum: 1, maximum: 65535 },
    ship: { type: 'boolean', default: true },
    memory: { type: 'quantity', default: '64Mi' },
  },
  usableIn: { namespaceSelector: { matchLabels: { logs: 'yes' } } },
  autoInject: {
    podSelector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] },
    namespaceSelector: {},
  },
  requires: [
    {
      expression: 'pod.spec.?hostNetwork != optional.of(true)',
      message: 'not on the host',
      otherwise: 'skip',
    },
    { expression: 'params.ship', message: 'ship it' },
  ],
  lifecycle: 'native',
  order: { before: ['proxy'], after: ['setup'] },
  volumes: [
    { name: 'logs', emptyDir: {}, adopt: { mountPath: '$(params.path)' } },
    { name: 'tmp', emptyDir: {} },
  ],
  initContainers: [{ name: 'prepare', image: 'busybox:1.37' }],
  containers: [
    {
      name: 'logging',
      image: 'shipper:1',
      when: 'params.ship',
      ports: [{ containerPort: '$(params.port)' }],
      resources: { limits: { memory: '$(params.memory)' } },
      volumeMounts: [{ name: 'logs', mountPath: '$(params.path)' }],
    },
  ],
  appContainers: [
    {
      select: 'all',
      env: [{ name: 'LOGS', value: '$(params.path)/$(container.name)' }],
      envFrom: [{ configMapRef: { name: 'logs' } }],
      volumeMounts: [{ name: 'logs', mountPath: '$(params.path)' }],
    },
    { select: 'first' },
    { select: ['web', 'api'] },
    { select: 'container.name.startsWith("w")' },
  ],
  pod: {
    labels: { logs: 'yes' },
    annotations: { 'prometheus.io/port': '$(params.port)' },
    imagePullSecrets: [{ name: 'registry' }],
    hostAliases: [{ ip: '127.0.0.1', hostnames: ['logs'] }],
    shareProcessNamespace: true,
    dnsConfig: { options: [{ name: 'ndots', value: '2' }] },
  },
  onConflict: 'keep',
}

describe('readProfile', () => {
  const compiled = () => accepted(clusterProfile(spec))

  it('gives what the profile says', () => {
    const profile = compiled()
    expect(profile).toMatchObject({
      kind: 'ClusterSidecarProfile',
      name: 'logging',
      description: 'Ships the files an app writes to a shared directory.',
      parameters: spec['parameters'],
      usableIn: spec['usableIn'],
      autoInject: spec['autoInject'],
      lifecycle: 'native',
      order: { before: ['proxy'], after: ['setup'] },
      onConflict: 'keep',
      requires: [
        { message: 'not on the host', otherwise: 'skip' },
        { message: 'ship it', otherwise: 'deny' },
      ],
    })
    expect(profile).not.toHaveProperty('namespace')
  })

  it('compiles what it injects, each part with the name it is known by', () => {
    const profile = compiled()
    expect(profile.initContainers).toEqual([
      { name: 'prepare', body: { kind: 'constant', value: { name: 'prepare', image: 'busybox:1.37' } } },
    ])
    expect(profile.containers.map(({ name, body }) => [name, body.kind])).toEqual([['logging', 'when']])
    expect(
      profile.appContainers.map(({ env, envFrom, volumeMounts }) => [
        env.length,
        envFrom.length,
        volumeMounts.length,
      ]),
    ).toEqual([
      [1, 1, 1],
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ])
    expect(profile.appContainers[1]).toMatchObject({ env: [], envFrom: [], volumeMounts: [] })
    expect(Object.keys(profile.pod)).toEqual(Object.keys(spec['pod'] as object))
  })

  it('keeps `adopt` out of the volume: it is not core/v1', () => {
    const profile = compiled()
    expect(profile.volumes).toMatchObject([
      { body: { kind: 'constant', value: { name: 'logs', emptyDir: {} } }, adopt: { kind: 'leaf' } },
      { body: { kind: 'constant', value: { name: 'tmp', emptyDir: {} } } },
    ])
    expect(profile.volumes[1]).not.toHaveProperty('adopt')
  })

  it('reads what `select` may be', () => {
    const profile = compiled()
    const [all, first, named, byExpression] = profile.appContainers.map(({ select }) => select)
    expect([all, first, named]).toEqual(['all', 'first', ['web', 'api']])
    if (typeof byExpression !== 'object' || !('evaluate' in byExpression)) throw new Error('no expression')
    expect(evaluated(byExpression)).toBe(false)
  })

  it('fills in what an empty spec leaves out', () => {
    expect(accepted(clusterProfile({}))).toEqual({
      kind: 'ClusterSidecarProfile',
      name: 'logging',
      revision: expect.stringMatching(/^[0-9a-f]{10}$/),
      parameters: {},
      requires: [],
      lifecycle: 'auto',
      order: { before: [], after: [] },
      placement: new Map(),
      volumes: [],
      initContainers: [],
      containers: [],
      appContainers: [],
      pod: {},
      onConflict: 'deny',
      advice: [],
    })
  })

  it('has a revision of its spec alone, whatever the order of its keys', () => {
    const reversed = Object.fromEntries(Object.entries(spec).reverse())
    const { revision } = compiled()
    expect(accepted(clusterProfile(reversed)).revision).toBe(revision)
    expect(accepted({ ...clusterProfile(spec, 'other'), status: { revision: 'x' } }).revision).toBe(revision)
    expect(accepted(clusterProfile({ ...spec, description: '' })).revision).not.toBe(revision)
  })

  it('takes whatever else the API server keeps in metadata and status', () => {
    const metadata = { name: 'logging', uid: '1', managedFields: [{ manager: 'kubectl' }] }
    expect(accepted({ ...clusterProfile({}), metadata, status: { conditions: [] } }).name).toBe('logging')
  })
})

describe('a profile is refused', () => {
  it.each<[string, Json, string[]]>([
    ['that is no object', [], [': must be an object']],
    ...['none', 'first', 'last'].map((name): [string, Json, string[]] => [
      `that is named ${name}, a word with a meaning of its own`,
      clusterProfile({}, name),
      ['metadata.name: no profile can have one of the names none, first, last'],
    ]),
    [
      'that is cluster-wide and has a namespace',
      { ...clusterProfile({}), metadata: { name: 'a', namespace: 'shop' } },
      ['metadata.namespace: a ClusterSidecarProfile is cluster-wide and has no namespace'],
    ],
    [
      'that belongs to a namespace and names none',
      { ...clusterProfile({}), kind: 'SidecarProfile' },
      ['metadata.namespace: is missing: a SidecarProfile belongs to a namespace'],
    ],
    [
      'whose parameter has no annotation: its key would be too long',
      clusterProfile({ parameters: { abcdefghijk: { type: 'string' } } }, 'a'.repeat(55)),
      [
        `spec.parameters.abcdefghijk: the annotation pillion.dev/${'a'.repeat(55)}.abcdefghijk would be longer than Kubernetes allows (63)`,
      ],
    ],
    [
      'whose parameter has the name of the annotation that pins a revision',
      clusterProfile({ parameters: { revision: { type: 'string' } } }),
      [
        'spec.parameters.revision: no parameter can have this name: the annotation pillion.dev/logging.revision pins the revision of the profile',
      ],
    ],
  ])('%s', (_, object, problems) => {
    expect(refused(object)).toEqual(problems)
  })

  it.each<[JsonObject, string]>([
    [
      { parameters: { port: { type: 'integer', default: 0, minimum: 1 } } },
      'spec.parameters.port.default: "0" is less than 1',
    ],
    [
      { requires: [{ expression: 'pod.spec.', message: 'm' }] },
      'spec.requires[0].expression: cannot be read as CEL: pod.spec.: the expression is not complete',
    ],
    [
      { requires: [{ expression: '1', message: 'm' }] },
      'spec.requires[0].expression: gives int, not a bool: 1',
    ],
    [
      { appContainers: [{ select: 'container.nam' + '(' }] },
      'spec.appContainers[0].select: cannot be read as CEL: container.nam(: the expression is not complete',
    ],
    [
      { appContainers: [{ select: 'app.name == "a"' }] },
      'spec.appContainers[0].select: cannot be read as CEL: app.name == "a": the variable app is not available here; here are params, pod, namespaceObject, container',
    ],
    [
      { containers: [{ name: 'a', image: '$(container.image)' }] },
      'spec.containers[0].image: cannot be read as CEL: container.image: the variable container is not available here; here are params, pod, namespaceObject, app; write "$$(" for a literal "$("',
    ],
    [
      { volumes: [{ name: 'a', emptyDir: {}, adopt: { mountPath: '$(nope.x)' } }] },
      'spec.volumes[0].adopt.mountPath: cannot be read as CEL: nope.x: there is no variable "nope"; here are params, pod, namespaceObject, app; write "$$(" for a literal "$("',
    ],
    [
      { pod: { annotations: { a: '$([1])' } } },
      'spec.pod.annotations.a: $([1]) gives list<int>, where string is wanted',
    ],
    [
      { parameters: {}, containers: [{ name: '$(params.x)' }] },
      'spec.containers[0].name: must be a lower-case name of letters, digits and "-"',
    ],
  ])('for %j', (spec, problem) => {
    expect(problemsOf(spec)).toEqual([problem])
  })
})

it('finds a wrong expression wherever it is', () => {
  const wrong = '$(params.nothing)'
  const container = (name: string) => ({ name, image: wrong, env: [{ name: 'A', value: wrong }] })
  const problems = refused(
    clusterProfile({
      requires: [{ expression: 'params.nothing', message: 'x' }],
      volumes: [{ name: 'v', configMap: { name: wrong }, adopt: { mountPath: wrong } }],
      initContainers: [container('a')],
      containers: [container('b')],
      appContainers: [
        {
          select: 'params.nothing',
          env: [{ name: 'A', value: wrong }],
          envFrom: [{ secretRef: { name: wrong } }],
          volumeMounts: [{ name: 'v', mountPath: wrong }],
        },
      ],
      pod: { labels: { a: wrong } },
    }),
  )
  expect(problems.map(problem => problem.slice(0, problem.indexOf(': '))).toSorted()).toEqual([
    'spec.appContainers[0].envFrom[0].secretRef.name',
    'spec.appContainers[0].env[0].value',
    'spec.appContainers[0].select',
    'spec.appContainers[0].volumeMounts[0].mountPath',
    'spec.containers[0].env[0].value',
    'spec.containers[0].image',
    'spec.initContainers[0].env[0].value',
    'spec.initContainers[0].image',
    'spec.pod.labels.a',
    'spec.requires[0].expression',
    'spec.volumes[0].adopt.mountPath',
    'spec.volumes[0].configMap.name',
  ])
})

it('notes the size of a profile for the quota of its namespace', () => {
  const object = clusterProfile({ description: 'x'.repeat(100) })
  expect(countedBytes(accepted(object))).toBe(storedBytes(object))
})

it('says what it cannot read, and does not hide a bug', () => {
  const select = (text: string) => refused(clusterProfile({ appContainers: [{ select: text }] }))
  expect(select('web, W!')).toEqual([expect.stringContaining('cannot be read as CEL')])
  const throwing = {
    ownKeys() {
      throw new RangeError('a bug')
    },
  }
  expect(() => readProfile(clusterProfile(new Proxy({}, throwing)))).toThrow('a bug')
})

it('keeps how a new revision reaches Pods', () => {
  const rollout = { canary: { percent: 30 } }
  expect(accepted(clusterProfile({ rollout })).rollout).toEqual(rollout)
})

describe('isProfileLike', () => {
  it.each<[unknown, boolean]>([
    [{ apiVersion: 'pillion.dev/v1alpha1' }, true],
    [{ apiVersion: 'pillion.dev/v9' }, true],
    [{ apiVersion: 'v1' }, false],
    [{ apiVersion: 1 }, false],
    [{}, false],
    [['pillion.dev/v1alpha1'], false],
    [null, false],
  ])('%j: %j', (object, is) => {
    expect(isProfileLike(object)).toBe(is)
  })
})
