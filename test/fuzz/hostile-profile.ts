import type { Json, JsonObject } from '../../src/json/json.ts'
import { expression, list, nested, pattern, text, withHostileMember } from './hostile.ts'
import type { Random } from './random.ts'

/** What an API server stores of one object at most. */
const mostBytes = 1_400_000

/** A SidecarProfile of team-a, as somebody with the role `edit` there would write it who means no good. */
export function hostileProfile(random: Random, name = 'hostile'): JsonObject {
  let spec: JsonObject = modest
  for (let i = random.between(1, 3); i > 0; i--) spec = { ...spec, ...random.pick(dimensions)(random, spec) }
  if (random.chance(0.2)) spec = withHostileMember(random, spec, 100_000)
  const profile = {
    apiVersion: 'pillion.dev/v1alpha1',
    kind: 'SidecarProfile',
    metadata: { name, namespace: 'team-a' },
    spec,
  }
  return JSON.stringify(profile).length > mostBytes
    ? { ...profile, spec: { ...modest, description: 'x'.repeat(mostBytes - 2_000) } }
    : profile
}

const modest: JsonObject = {
  parameters: { text: { type: 'string', default: 'x' }, on: { type: 'boolean', default: true } },
  volumes: [{ name: 'data', emptyDir: {} }],
  containers: [
    { name: 'side', image: 'side:$(params.text)', volumeMounts: [{ name: 'data', mountPath: '/data' }] },
  ],
  appContainers: [{ select: 'all', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
}

type Dimension = (random: Random, spec: JsonObject) => JsonObject

const container = (i: number, more: JsonObject = {}) => ({ name: `c-${i}`, image: 'a:1', ...more })

const dimensions: readonly Dimension[] = [
  random => ({ containers: list(random, 20_000, i => container(i)) }),
  random => ({ initContainers: list(random, 20_000, i => container(i)), order: { before: ['first'] } }),
  random => ({ volumes: list(random, 20_000, i => ({ name: `v-${i}`, emptyDir: {} })) }),
  random => ({
    volumes: list(random, 5_000, i => ({ name: `volume-${i}`, emptyDir: {} })),
    containers: [
      container(0, { volumeMounts: list(random, 5_000, i => ({ name: `volume${i}`, mountPath: `/${i}` })) }),
    ],
  }),
  random => ({
    containers: list(random, 2_000, i => container(i, { volumeMounts: [{ name: 'data', mountPath: '/d' }] })),
  }),
  random => ({ containers: [container(0, { args: list(random, 20_000, () => text(random, 50)) })] }),
  random => ({ containers: [container(0, { args: [text(random, mostBytes / 2)] })] }),
  random => ({
    containers: [container(0, { args: list(random, 3_000, () => `$(${expression(random)})`).slice(0, 200) })],
  }),
  random => {
    const one = `$(${expression(random)})`
    return { containers: [container(0, { args: list(random, 5_000, () => one) })] }
  },
  random => {
    const one = `$(${expression(random)})`
    return {
      appContainers: [{ select: 'all', env: list(random, 5_000, i => ({ name: `E${i}`, value: one })) }],
    }
  },
  random => ({ requires: list(random, 500, () => ({ expression: expression(random), message: 'no' })) }),
  random => ({ requires: [{ expression: expression(random), message: text(random, 100_000) }] }),
  random => ({ parameters: { text: { type: 'string', default: 'x', pattern: pattern(random) } } }),
  random => ({
    parameters: {
      text: { type: 'string', default: 'x' },
      ...Object.fromEntries(
        list(random, 10_000, i => [`p${i}`, { type: 'string', pattern: pattern(random).slice(0, 100) }]),
      ),
    },
  }),
  random => ({
    parameters: { text: { type: 'string', enum: list(random, 50_000, i => `e${i}`), default: 'x' } },
  }),
  random => ({ containers: [container(0, { env: [{ name: 'X', json: { deep: nested(random, 4_000) } }] })] }),
  random => ({
    order: { before: list(random, 5_000, i => `n-${i}`), after: list(random, 5_000, i => `m-${i}`) },
  }),
  random => ({ pod: { labels: Object.fromEntries(list(random, 20_000, i => [`l${i}`, '$(params.text)'])) } }),
  random => ({
    pod: { hostAliases: list(random, 20_000, i => ({ ip: `10.0.0.${i}`, hostnames: [text(random, 20)] })) },
  }),
  random => ({ description: text(random, mostBytes / 2) }),
  random => ({ [text(random, 50)]: text(random, 100_000) }),
  random => Object.fromEntries(list(random, 50_000, i => [`contaners${i}`, i])),
  random => ({
    usableIn: {
      namespaceSelector: {
        matchExpressions: list(random, 10_000, i => ({ key: `k${i}`, operator: 'Exists' })),
      },
    },
  }),
  random => ({
    autoInject: {
      podSelector: { matchLabels: Object.fromEntries(list(random, 10_000, i => [`k${i}`, 'v'])) },
    },
  }),
  random => ({
    volumes: list(random, 500, i => ({
      name: `v-${i}`,
      emptyDir: {},
      adopt: { mountPath: `$(${expression(random)})` },
    })),
  }),
  random => ({
    appContainers: list(random, 5_000, i => ({ select: [`a-${i}`], env: [{ name: 'A', value: 'b' }] })),
  }),
  random => ({
    appContainers: [{ select: expression(random), env: [{ name: 'A', value: text(random, 100_000) }] }],
  }),
  random => ({
    containers: [
      container(0, { when: expression(random), resources: { limits: { memory: text(random, 100) } } }),
    ],
  }),
  (_, spec) => ({ ...spec, lifecycle: 'regular', onConflict: 'keep' }),
]

/** The same in YAML or JSON text, sometimes damaged. */
export function hostileText(random: Random): string {
  const shapes: readonly (() => string)[] = [
    () => `${'['.repeat(random.size(100_000))}`,
    () => `a: ${'{a: '.repeat(random.size(50_000))}`,
    () => list(random, 50_000, i => `a${i}: &a${i} [${i > 0 ? `*a${i - 1}, *a${i - 1}` : '1'}]`).join('\n'),
    () => list(random, 20_000, () => '---').join('\n'),
    () => `a: ${text(random, 500_000)}`,
    () => `${' '.repeat(random.size(100_000))}a: 1`,
    () => list(random, 100_000, i => `k${i}: v`).join('\n'),
    () => list(random, 100_000, () => '- - - a').join('\n'),
    () => `a: "${'\\u0041'.repeat(random.size(100_000))}`,
    () => `a: |\n${list(random, 50_000, () => `  ${text(random, 10)}`).join('\n')}`,
    () => `? ${'? '.repeat(random.size(20_000))}a`,
    () => `a: !!${text(random, 10_000)} b`,
    () => `# ${text(random, 500_000)}`,
    () =>
      `apiVersion: v1\nkind: Pod\nmetadata:\n  annotations: {pillion.dev/inject: ${JSON.stringify(text(random, 100_000))}}\nspec:\n  containers: []\n`,
    () => JSON.stringify(hostileProfile(random) satisfies Json),
  ]
  const whole = random.pick(shapes)()
  return random.chance(0.3) ? damaged(random, whole) : whole
}

/** A text with a few characters lost, doubled or others. */
export function damaged(random: Random, whole: string): string {
  let result = whole
  for (let i = random.between(1, 5); i > 0; i--) {
    const at = random.between(0, result.length)
    const piece = random.pick([
      '',
      '"',
      '{',
      '[',
      '\u0000',
      '\ud800',
      '*',
      '&',
      '1e999',
      ':',
      '\n',
      '\t',
      ',',
    ])
    result = `${result.slice(0, at)}${piece}${result.slice(at + random.between(0, 3))}`
  }
  return result
}
