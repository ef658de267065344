import type { JsonObject } from '../../src/profile/json.ts'
import { type Limit, limits } from '../../src/profile/limits.ts'
import { expression, pattern } from './hostile.ts'
import type { Random } from './random.ts'

/** A size just below, at, or just above a limit, or somewhere below it. */
export function near(random: Random, limit: Limit): number {
  const most = limits[limit]
  return random.pick([most - 1, most, most, most, most + 1, Math.ceil(most / 2), random.size(most)])
}

const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i))

/** A profile that has as much of a few things as it may, and now and then one more. */
export function profileAtLimits(random: Random, name = 'hostile'): JsonObject {
  let spec: JsonObject = { containers: [{ name: 'side', image: 'side:1' }] }
  for (let i = random.between(1, 4); i > 0; i--) spec = { ...spec, ...random.pick(ofProfiles)(random) }
  return {
    apiVersion: 'pillion.dev/v1alpha1',
    kind: 'SidecarProfile',
    metadata: { name, namespace: 'team-a' },
    spec,
  }
}

const value = (random: Random) =>
  random.pick([
    'constant',
    '$(params.text)',
    '$(pod.metadata.name)',
    '$(app.name)',
    '$(params.?token)',
    `$(${expression(random)})`,
    `a$(${expression(random)})b$$(c$(D)`,
  ])

const ofProfiles: readonly ((random: Random) => JsonObject)[] = [
  random => {
    const one = value(random)
    return {
      appContainers: times(random.between(1, 2), j => ({
        select: random.pick<string | string[]>(['all', 'first', ['app'], 'container.name != "x"']),
        env: times(near(random, 'profileItems'), i => ({ name: `E${j}_${i}`, value: one })),
      })),
    }
  },
  random => {
    const ones = times(near(random, 'expressions') / 2, () => value(random))
    return { appContainers: [{ select: 'all', env: ones.map((one, i) => ({ name: `E${i}`, value: one })) }] }
  },
  random => ({
    appContainers: times(near(random, 'profileAppContainers'), i => ({
      select: random.pick(['all', 'container.name.startsWith("app")', `container.name != "${i}"`]),
      env: times(random.size(128), j => ({ name: `A${i}_${j}`, value: 'x' })),
      envFrom: times(random.size(16), j => ({ configMapRef: { name: `c-${i}-${j}` } })),
    })),
  }),
  random => ({
    containers: times(near(random, 'profileContainers'), i => ({
      name: `side-${i}`,
      image: 'side:1',
      inherit: random.pick([
        ['env'],
        ['envFrom'],
        ['volumeMounts'],
        ['env', 'envFrom', 'volumeMounts'],
        ['env', 'env'],
      ]),
      env: times(random.size(128), j => ({ name: `S${j}`, value: value(random) })),
    })),
  }),
  random => ({
    initContainers: times(near(random, 'profileContainers'), i => ({
      name: `init-${i}`,
      image: 'init:1',
      order: random.pick<JsonObject>([
        { before: [`init-${i + 1}`] },
        { after: [`init-${i + 1}`] },
        { before: ['first'], after: ['last'] },
        { before: times(near(random, 'orderNames'), j => `init-${(i + j) % 16}`) },
        { after: ['side'] },
        {},
      ]),
    })),
  }),
  random => ({
    containers: times(near(random, 'profileContainers'), i => ({
      name: `side-${i}`,
      image: 'side:1',
      order: random.pick<JsonObject>([
        { before: [`side-${i + 1}`] },
        { after: [`side-${i + 1}`] },
        { before: ['app'] },
      ]),
      ports: times(random.size(128), j => ({
        containerPort: random.pick<number | string>([j + 1, 8080, '$(1 + 1)']),
      })),
    })),
    lifecycle: random.pick(['auto', 'native', 'regular']),
  }),
  random => ({
    order: {
      before: times(near(random, 'orderNames'), i =>
        random.pick([`hostile-${i}`, 'logging', 'canary-all', 'first', 'app']),
      ),
      after: times(near(random, 'orderNames'), i => random.pick([`hostile-${i}`, 'proxy', 'last', 'app'])),
    },
  }),
  random => ({
    volumes: times(near(random, 'profileVolumes'), i => ({
      name: `v-${i}`,
      emptyDir: {},
      adopt: {
        mountPath: random.pick([
          `/${i}`,
          '/data',
          '$(params.text)',
          '/',
          '/a/../b',
          `$(${expression(random)})`,
        ]),
      },
    })),
    appContainers: [
      {
        select: 'all',
        volumeMounts: times(near(random, 'profileVolumes'), i => ({
          name: `v-${i}`,
          mountPath: random.pick([`/${i}`, '/data', `/m/${i}/`]),
        })),
      },
    ],
  }),
  random => ({
    requires: times(near(random, 'requirements'), () => ({
      expression: expression(random),
      message: 'x'.repeat(near(random, 'sentenceLength')),
      otherwise: random.pick(['skip', 'deny']),
    })),
  }),
  random => ({
    parameters: {
      text: { type: 'string', default: 'x' },
      ...Object.fromEntries(
        times(near(random, 'parameters') - 1, i => [
          `p${i}`,
          {
            type: 'string',
            default: 'x',
            pattern: pattern(random).slice(0, random.pick([20, near(random, 'patternLength')])),
          },
        ]),
      ),
    },
  }),
  random => ({
    parameters: Object.fromEntries(
      times(near(random, 'parameters'), i => [
        `p${i}`,
        { type: 'string', default: 'e1', enum: times(near(random, 'profileItems'), j => `e${j}`) },
      ]),
    ),
  }),
  random => ({
    containers: [
      {
        name: 'side',
        image: 'side:1',
        env: times(near(random, 'profileItems'), i => ({
          name: `J${i}`,
          json: Object.fromEntries(times(random.size(64), j => [`k${j}`, value(random)])),
        })),
      },
    ],
  }),
  random => ({
    containers: [{ name: 'side', image: 'side:1', args: ['x'.repeat(near(random, 'profileText'))] }],
  }),
  random => ({
    containers: [
      {
        name: 'side',
        image: 'side:1',
        args: [
          `$(${'('.repeat(random.size(60))}${'1+'.repeat((near(random, 'expressionLength') - 130) / 2)}1${')'.repeat(random.size(60))})`,
        ],
      },
    ],
  }),
  random => ({
    pod: {
      labels: Object.fromEntries(times(near(random, 'profileKeys'), i => [`l${i}`, value(random)])),
      annotations: Object.fromEntries(times(near(random, 'profileKeys'), i => [`a${i}`, value(random)])),
      hostAliases: times(near(random, 'profileItems'), i => ({ ip: `10.0.0.${i}`, hostnames: [`h${i}`] })),
      imagePullSecrets: times(near(random, 'profileItems'), i => ({ name: `s${i}` })),
    },
  }),
  random => ({ description: 'é'.repeat(near(random, 'profileBytes') / random.pick([1, 2, 3])) }),
  random => ({
    autoInject: random.pick<JsonObject>([
      {},
      {
        podSelector: {
          matchLabels: Object.fromEntries(times(near(random, 'profileKeys'), i => [`l${i}`, 'x'])),
        },
      },
      {
        podSelector: {
          matchExpressions: times(near(random, 'profileItems'), i => ({
            key: `l${i}`,
            operator: 'NotIn',
            values: ['y'],
          })),
        },
      },
    ]),
  }),
  () => ({ onConflict: 'keep' }),
  () => ({ onConflict: 'keep', lifecycle: 'regular' }),
]

/** A Pod that has as much of a few things as it may, and now and then one more. */
export function podAtLimits(random: Random, names: readonly string[]): JsonObject {
  let annotations: JsonObject = { 'pillion.dev/inject': names.join(',') }
  let spec: JsonObject = { containers: [{ name: 'app', image: 'app:1' }] }
  let labels: JsonObject = {}
  for (let i = random.between(1, 4); i > 0; i--) {
    const more = random.pick(ofPods)(random, names)
    annotations = { ...annotations, ...more.annotations }
    labels = { ...labels, ...more.labels }
    spec = { ...spec, ...more.spec }
  }
  return { metadata: { name: 'pod', annotations, labels }, spec }
}

interface More {
  readonly annotations?: JsonObject
  readonly labels?: JsonObject
  readonly spec?: JsonObject
}

const apps = (count: number, more: (i: number) => JsonObject = () => ({})) =>
  times(count, i => ({ name: i === 0 ? 'app' : `app-${i}`, image: 'app:1', ...more(i) }))

const ofPods: readonly ((random: Random, names: readonly string[]) => More)[] = [
  random => ({ spec: { containers: apps(near(random, 'podContainers')) } }),
  random => {
    const count = random.size(limits.podContainers)
    const each = Math.floor(near(random, 'podItems') / count)
    return {
      spec: {
        containers: apps(count, () => ({
          env: times(each, j => ({ name: `E${j}`, value: 'x'.repeat(random.size(40)) })),
        })),
      },
    }
  },
  random => {
    const count = random.size(limits.podContainers)
    const each = Math.floor(near(random, 'podItems') / count)
    return {
      spec: {
        containers: apps(count, () => ({
          volumeMounts: times(each, j => ({ name: `v-${j}`, mountPath: `/m/${j}` })),
        })),
        volumes: times(Math.min(each, limits.podVolumes), j => ({ name: `v-${j}`, emptyDir: {} })),
      },
    }
  },
  random => ({
    spec: { volumes: times(near(random, 'podVolumes'), i => ({ name: `v-${i}`, emptyDir: {} })) },
  }),
  random => {
    const count = random.size(limits.podContainers)
    const each = Math.floor(near(random, 'podItems') / count)
    return {
      spec: {
        containers: apps(count, i => ({
          ports: times(each, j => ({ containerPort: ((i * each + j) % 65_535) + 1 })),
        })),
      },
    }
  },
  random => ({
    spec: {
      initContainers: times(near(random, 'podContainers') - 1, i => ({
        name: `i-${i}`,
        image: 'i:1',
        ...(random.chance(0.5) && { restartPolicy: 'Always' }),
      })),
    },
  }),
  random => ({
    spec: {
      containers: [{ name: 'app', image: 'app:1', args: ['x'.repeat(near(random, 'podLength') - 2_000)] }],
    },
  }),
  random => ({
    spec: {
      containers: [{ name: 'app', image: 'app:1', args: ['é'.repeat(random.size(limits.podLength / 2))] }],
    },
  }),
  (random, names) => ({
    annotations: {
      'pillion.dev/inject': [
        ...times(near(random, 'requestedProfiles') - names.length, i => `nothing-${i}`),
        ...names,
      ].join(','),
    },
  }),
  random => ({
    annotations: Object.fromEntries(
      times(near(random, 'ownAnnotations') - 2, i => [
        `pillion.dev/${random.pick(['hostile', 'logging', 'x'])}.p${i}`,
        'e1',
      ]),
    ),
  }),
  random => ({
    annotations: {
      'pillion.dev/hostile.text': random
        .pick(['x', 'é', '"', '$(', '\\', '$(A)', '\u0000'] as const)
        .repeat(near(random, 'annotationLength')),
    },
  }),
  random => ({
    annotations: {
      'pillion.dev/inject': `${'hostile,'.repeat(near(random, 'annotationLength') / 8 - 1)}hostile`,
    },
  }),
  random => ({ annotations: { other: 'x'.repeat(near(random, 'podAnnotationBytes') - random.size(2_000)) } }),
  random => ({ labels: Object.fromEntries(times(random.size(20_000), i => [`l${i}`, 'x'])) }),
]
