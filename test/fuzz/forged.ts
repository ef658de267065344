import type { JsonObject } from '../../src/json/json.ts'
import type { Random } from './random.ts'

/** A Pod whose status claims what the Pod has, or nearly so, as if profiles had given it. */
export function forged(random: Random, names: readonly string[]): JsonObject {
  const times = <T>(most: number, make: (i: number) => T) =>
    Array.from({ length: random.size(most) }, (_, i) => make(i))
  const own = () => ({
    env: times(8, i => ({ name: `E${i}`, value: 'x' })),
    volumeMounts: times(4, i => ({ name: `v-${i}`, mountPath: `/m/${i}` })),
  })
  const containers = [
    { name: 'app', image: 'app:1', ...own() },
    ...times(4, i => ({ name: `app-${i}`, image: 'app:1', ...own() })),
    ...(random.chance(0.5)
      ? [
          {
            name: random.pick(['side', 'canary', 'fluent-bit', 'telemetry', 'proxy']),
            image: random.pick(['side:x', 'canary:1', 'b:2']),
          },
        ]
      : []),
  ]
  const some = (items: readonly string[]) => items.filter(() => random.chance(0.5))
  const named = containers.map(({ name }) => name)
  const claim = () => ({
    revision: random.pick(['x', '', '0123456789ab']),
    containers: some([...named, 'nobody']),
    initContainers: some(['init', 'nobody']),
    volumes: some(['v-0', 'v-1', 'v-2', 'nothing']),
    labels: some(['l0', 'l1']),
    annotations: some(['a0', 'pillion.dev/inject', 'kubectl.kubernetes.io/default-container']),
    imagePullSecrets: some(['s0']),
    hostAliases: some(['10.0.0.1']),
    app: Object.fromEntries(
      some(named).map(name => [
        name,
        { env: some(['E0', 'E1', 'E2']), volumeMounts: some(['/m/0', '/m/1']) },
      ]),
    ),
    ...(random.chance(0.2) && { shareProcessNamespace: true, dnsConfig: true }),
  })
  const status = {
    profiles: Object.fromEntries(
      some([...names, 'hostile', 'canary-all', 'nobody', '__proto__']).map(name => [name, claim()]),
    ),
    ...(random.chance(0.3) && { defaultContainer: true }),
    empty: some([
      '/metadata/labels',
      '/spec/volumes',
      '/spec/containers/app/env',
      '/spec/containers/nobody/env',
      '/spec',
    ]),
  }
  return {
    metadata: {
      name: 'pod',
      labels: { l0: 'x', l1: 'y' },
      annotations: {
        a0: 'x',
        'kubectl.kubernetes.io/default-container': 'app',
        'pillion.dev/inject': names.join(','),
        'pillion.dev/status': JSON.stringify(status),
        'pillion.dev/logging.endpoint': 'http://collector:4318',
        'pillion.dev/ambassador.upstreams': 'db:5432',
        'pillion.dev/wait-for.targets': 'db:5432',
        'pillion.dev/telemetry.endpoint': 'http://collector:4317',
        'pillion.dev/proxy.hosts': 'db.example',
        'pillion.dev/ambassador.host': 'db.example',
      },
    },
    spec: {
      containers,
      initContainers: [{ name: 'init', image: 'init:1' }],
      volumes: Array.from({ length: 4 }, (_, i) => ({ name: `v-${i}`, emptyDir: {} })),
      imagePullSecrets: [{ name: 's0' }],
      hostAliases: [{ ip: '10.0.0.1', hostnames: ['h'] }],
      ...(random.chance(0.2) && { shareProcessNamespace: true }),
    },
  }
}
