import type { JsonObject } from '../../src/json/json.ts'
import { withBudget } from '../../src/limits/budget.ts'
import { limits } from '../../src/limits/limits.ts'
import { readProfile } from '../../src/profile/read.ts'
import type { Parameter } from '../../src/profile/schema/schema.ts'
import { compiler } from '../../src/template/cel/cel.ts'
import { expression, pattern } from './hostile.ts'
import { long, near, times } from './near.ts'
import type { Random } from './random.ts'

/** A profile that has as much of a few things as it may, and now and then one more: mostly one that is accepted. */
export function profileAtLimits(random: Random, name = 'hostile'): JsonObject {
  let profile = atLimits(random, name)
  for (let i = 0; i < 4 && 'problems' in readProfile(profile) && random.chance(0.9); i++)
    profile = atLimits(random, name)
  return profile
}

function atLimits(random: Random, name: string): JsonObject {
  // Few are drawn, because most that are drawn do not compile.
  const drawn = times(4, () => value(random))
  const one = () => random.pick(drawn)
  let spec: JsonObject = { containers: [{ name: 'side', image: 'side:1' }] }
  for (let i = random.between(1, 4); i > 0; i--) spec = { ...spec, ...random.pick(ofProfiles)(random, one) }
  const parameters = { ...(spec['parameters'] as JsonObject | undefined), ...required }
  return {
    apiVersion: 'pillion.dev/v1alpha1',
    kind: 'SidecarProfile',
    metadata: { name, namespace: 'team-a' },
    spec: { ...spec, parameters },
  }
}

/** What the expressions here read. */
const required: Readonly<Record<string, Parameter>> = {
  text: { type: 'string', default: 'x' },
  token: { type: 'string' },
}

const compile = compiler(required, ['pod', 'namespaceObject', 'app'])

/** An expression, mostly one that compiles. */
function sound(random: Random): string {
  let source = expression(random)
  for (let i = 0; i < 8 && !isSound(source); i++) source = expression(random)
  const asText = `string(size([${source}]))`
  return isSound(asText) ? asText : source
}

/** Whether it compiles, and costs no more than a tenth of what a profile may. */
function isSound(source: string): boolean {
  if (source.length > limits.expressionLength) return false
  try {
    return withBudget(limits.compileUnits / 10, 'too dear', () => !('error' in compile(source)))
  } catch {
    return false
  }
}

const value = (random: Random) =>
  random.pick([
    'constant',
    '$(params.text)',
    '$(pod.metadata.name)',
    '$(app.name)',
    '$(params.?token)',
    `$(${sound(random)})`,
    `a$(${sound(random)})b$$(c$(D)`,
  ])

const ofProfiles: readonly ((random: Random, value: () => string) => JsonObject)[] = [
  (random, value) => {
    const one = value()
    return {
      appContainers: times(random.between(1, 2), j => ({
        select: random.pick<string | string[]>(['all', 'first', ['app'], 'container.name != "x"']),
        env: times(near(random, 'profileItems'), i => ({ name: `E${j}_${i}`, value: one })),
      })),
    }
  },
  (random, value) => {
    const ones = times(near(random, 'expressions') / 2, () => value())
    return { appContainers: [{ select: 'all', env: ones.map((one, i) => ({ name: `E${i}`, value: one })) }] }
  },
  random => ({
    appContainers: times(near(random, 'profileAppContainers'), i => ({
      select: random.pick(['all', 'container.name.startsWith("app")', `container.name != "${i}"`]),
      env: times(random.size(128), j => ({ name: `A${i}_${j}`, value: 'x' })),
      envFrom: times(random.size(16), j => ({ configMapRef: { name: `c-${i}-${j}` } })),
    })),
  }),
  (random, value) => ({
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
      env: times(random.size(128), j => ({ name: `S${j}`, value: value() })),
    })),
  }),
  random => ({
    initContainers: times(near(random, 'profileContainers'), i => ({
      name: `init-${i}`,
      image: 'init:1',
      order: random.pick<JsonObject>([
        { before: [`init-${i + 1}`] },
        { after: [`init-${i + 1}`] },
        { before: ['first'] },
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
        random.pick([`hostile-${i}`, 'logging', 'canary-all', 'first']),
      ),
      after: times(near(random, 'orderNames'), i => random.pick([`hostile-${i}`, 'proxy', 'app'])),
    },
  }),
  random => ({
    volumes: times(near(random, 'profileVolumes'), i => ({
      name: `v-${i}`,
      emptyDir: {},
      adopt: {
        mountPath: random.pick([`/${i}`, '/data', '$(params.text)', '/', '/a/../b', `$(${sound(random)})`]),
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
      message: long('x', near(random, 'sentenceLength')),
      otherwise: random.pick(['skip', 'deny']),
    })),
  }),
  random => ({
    parameters: {
      text: { type: 'string', default: 'x' },
      ...Object.fromEntries(
        times(near(random, 'parameters') - 2, i => [
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
      times(near(random, 'parameters') - 2, i => [
        `p${i}`,
        { type: 'string', default: 'e1', enum: times(near(random, 'profileItems'), j => `e${j}`) },
      ]),
    ),
  }),
  (random, value) => ({
    containers: [
      {
        name: 'side',
        image: 'side:1',
        env: times(near(random, 'profileItems'), i => ({
          name: `J${i}`,
          json: Object.fromEntries(times(random.size(64), j => [`k${j}`, value()])),
        })),
      },
    ],
  }),
  random => ({
    containers: [{ name: 'side', image: 'side:1', args: [long('x', near(random, 'profileText'))] }],
  }),
  random => ({
    containers: [
      {
        name: 'side',
        image: 'side:1',
        args: [
          `$(${long('(', random.size(60))}${long('1+', (near(random, 'expressionLength') - 130) / 2)}1${long(')', random.size(60))})`,
        ],
      },
    ],
  }),
  (random, value) => ({
    pod: {
      labels: Object.fromEntries(times(near(random, 'profileKeys'), i => [`l${i}`, value()])),
      annotations: Object.fromEntries(times(near(random, 'profileKeys'), i => [`a${i}`, value()])),
      hostAliases: times(near(random, 'profileItems'), i => ({ ip: `10.0.0.${i}`, hostnames: [`h${i}`] })),
      imagePullSecrets: times(near(random, 'profileItems'), i => ({ name: `s${i}` })),
    },
  }),
  random => ({ description: long('é', near(random, 'profileBytes') / random.pick([1, 2, 3])) }),
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
