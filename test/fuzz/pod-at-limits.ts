import type { JsonObject } from '../../src/json/json.ts'
import { limits } from '../../src/limits/limits.ts'
import { long, near, times } from './near.ts'
import type { Random } from './random.ts'

/** A Pod that has as much of a few things as it may, and now and then one more. */
export function podAtLimits(random: Random, names: readonly string[]): JsonObject {
  let annotations: JsonObject = { 'pillion.dev/inject': names.join(',') }
  let spec: JsonObject = { containers: [{ name: 'app', image: 'app:1' }] }
  let labels: JsonObject = {}
  if (random.chance(0.5)) {
    const long = 'aé'.repeat(random.size(limits.annotationLength / names.length / 2))
    annotations = {
      ...annotations,
      ...Object.fromEntries(names.map(name => [`pillion.dev/${name}.text`, long])),
    }
  }
  if (random.chance(0.5))
    spec = {
      containers: apps(1, () => ({
        env: times(near(random, 'podItems'), i => ({ name: `E${i}`, value: 'x' })),
      })),
    }
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
          env: times(each, j => ({ name: `E${j}`, value: long('x', random.size(40)) })),
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
      containers: [{ name: 'app', image: 'app:1', args: [long('x', near(random, 'podLength') - 2_000)] }],
    },
  }),
  random => ({
    spec: {
      containers: [{ name: 'app', image: 'app:1', args: [long('é', random.size(limits.podLength / 2))] }],
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
      'pillion.dev/inject': `${long('hostile,', near(random, 'annotationLength') / 8 - 1)}hostile`,
    },
  }),
  random => ({ annotations: { other: long('x', near(random, 'podAnnotationBytes') - random.size(2_000)) } }),
  random => ({ labels: Object.fromEntries(times(random.size(20_000), i => [`l${i}`, 'x'])) }),
]
