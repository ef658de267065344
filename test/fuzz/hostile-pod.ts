import type { JsonObject } from '../../src/json/json.ts'
import { anyJson, list, nested, pattern, text, withHostileMember } from './hostile.ts'
import type { Random } from './random.ts'

/** A Pod as somebody who may create Pods would write it who means no good. */
export function hostilePod(random: Random, names: readonly string[]): JsonObject {
  let pod: Pod = modest(random, names)
  for (let i = random.between(1, 3); i > 0; i--) pod = random.pick(dimensions)(random, pod)
  return random.chance(0.15)
    ? withHostileMember(random, pod as unknown as JsonObject, 100_000)
    : (pod as unknown as JsonObject)
}

interface Pod {
  readonly metadata: { readonly name: string; readonly annotations: JsonObject; readonly labels?: JsonObject }
  readonly spec: JsonObject
}

function modest(random: Random, names: readonly string[]): Pod {
  const asked = Array.from({ length: random.between(1, 5) }, () => random.pick(names))
  return {
    metadata: { name: 'pod', annotations: { 'pillion.dev/inject': asked.join(','), ...required } },
    spec: { containers: [{ name: 'app', image: 'app:1' }] },
  }
}

/** The parameters of the catalog that have no default. */
const required = {
  'pillion.dev/logging.endpoint': 'http://collector:4318',
  'pillion.dev/ambassador.upstreams': 'db:5432',
  'pillion.dev/wait-for.targets': 'db:5432',
  'pillion.dev/telemetry.endpoint': 'http://collector:4317',
  'pillion.dev/proxy.hosts': 'db.example',
  'pillion.dev/ambassador.host': 'db.example',
}

type Dimension = (random: Random, pod: Pod) => Pod

const spec = (pod: Pod, more: JsonObject): Pod => ({ ...pod, spec: { ...pod.spec, ...more } })
const annotations = (pod: Pod, more: JsonObject): Pod => ({
  ...pod,
  metadata: { ...pod.metadata, annotations: { ...pod.metadata.annotations, ...more } },
})
const container = (i: number, more: JsonObject = {}) => ({ name: `c-${i}`, image: 'a:1', ...more })

const dimensions: readonly Dimension[] = [
  (random, pod) => spec(pod, { containers: list(random, 30_000, i => container(i)) }),
  (random, pod) => spec(pod, { initContainers: list(random, 30_000, i => container(i)) }),
  (random, pod) => spec(pod, { volumes: list(random, 30_000, i => ({ name: `v-${i}`, emptyDir: {} })) }),
  (random, pod) =>
    spec(pod, {
      containers: [container(0, { env: list(random, 50_000, i => ({ name: `E${i}`, value: 'x' })) })],
    }),
  (random, pod) =>
    spec(pod, {
      containers: list(random, 250, i =>
        container(i, { volumeMounts: list(random, 200, j => ({ name: 'v', mountPath: `/${j}` })) }),
      ),
    }),
  (random, pod) =>
    spec(pod, {
      containers: list(random, 250, i =>
        container(i, { ports: list(random, 200, j => ({ containerPort: j + 1 })) }),
      ),
    }),
  (random, pod) => spec(pod, { containers: [container(0, { args: [text(random, 2_000_000)] })] }),
  (random, pod) => spec(pod, { deep: nested(random, 200_000) }),
  (random, pod) => annotations(pod, { 'pillion.dev/inject': list(random, 300_000, i => `n${i}`).join(',') }),
  (random, pod) => annotations(pod, { 'pillion.dev/inject': text(random, 1_500_000) }),
  (random, pod) =>
    annotations(pod, Object.fromEntries(list(random, 80_000, i => [`pillion.dev/stray-${i}`, 'x']))),
  (random, pod) =>
    annotations(pod, Object.fromEntries(list(random, 30_000, i => [`pillion.dev/logging.p${i}`, 'x']))),
  (random, pod) =>
    annotations(pod, { 'pillion.dev/inject': 'logging', 'pillion.dev/logging.firstLine': pattern(random) }),
  (random, pod) =>
    annotations(pod, {
      'pillion.dev/inject': 'log-adapter',
      'pillion.dev/log-adapter.firstLine': pattern(random),
    }),
  (random, pod) =>
    annotations(pod, {
      'pillion.dev/hostile.text': random.chance(0.5) ? text(random, 200_000) : pattern(random),
    }),
  (random, pod) =>
    annotations(pod, { 'pillion.dev/ambassador.upstreams': list(random, 50_000, i => `h${i}:1`).join(',') }),
  (random, pod) => annotations(pod, { 'pillion.dev/status': status(random) }),
  (random, pod) => annotations(pod, { [`pillion.dev/${text(random, 100_000)}`]: text(random, 1_000) }),
  (random, pod) => ({
    ...pod,
    metadata: { ...pod.metadata, labels: Object.fromEntries(list(random, 50_000, i => [`l${i}`, 'x'])) },
  }),
  (random, pod) => ({ ...pod, metadata: { ...pod.metadata, name: text(random, 500_000) } }),
  (random, pod) =>
    spec(pod, {
      imagePullSecrets: list(random, 30_000, i => ({ name: `s${i}` })),
      hostAliases: list(random, 10_000, i => ({ ip: `${i}` })),
    }),
  (random, pod) =>
    spec(pod, {
      [random.pick(['restartPolicy', 'volumes', 'containers', 'initContainers', 'dnsConfig'])]: anyJson(
        random,
        50_000,
      ),
    }),
]

/** A status that claims what nobody gave, or is none. */
function status(random: Random): string {
  const claim = () => ({
    revision: text(random, 20),
    containers: list(random, 5_000, i => `c-${i}`),
    volumes: list(random, 5_000, i => `v-${i}`),
    app: Object.fromEntries(list(random, 5_000, i => [`c-${i}`, { env: ['A'], volumeMounts: ['/d'] }])),
  })
  return random.pick<() => string>([
    () =>
      JSON.stringify({
        profiles: Object.fromEntries(
          list(random, 2_000, i => [`p${i}`, i === 0 ? claim() : { revision: 'x' }]),
        ),
      }),
    () => JSON.stringify({ profiles: { logging: claim(), hostile: claim(), 'log-tail': claim() } }),
    () => JSON.stringify(nested(random, 100_000)),
    () => text(random, 1_000_000),
    () =>
      JSON.stringify({
        profiles: anyJson(random, 100_000),
        empty: list(random, 20_000, i => `/spec/containers/${i}/env`),
      }),
  ])()
}
