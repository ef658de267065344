import fc from 'fast-check'
import type { Pod } from '../../engine/pod.ts'
import { type PodPicture, podPicture } from './pod-picture.ts'

/** Texts of the worst sizes, and those that are markup in XML. */
const name = fc.oneof(
  fc.constantFrom(
    'app',
    'log-tail',
    'a',
    'm'.repeat(253),
    '日本'.repeat(60),
    '</text><script>',
    '&amp;"\'',
    '\u0000\u202E\uD800\uFFFF',
    '',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
)
const volume = fc.integer({ min: 0, max: 12 }).map(i => `v${i}`)
const port = fc.integer({ min: 8000, max: 8008 })
const quantity = fc.constantFrom('10m', '1', '64Mi', '123456789', 'much', '1000000')

const container = fc.record(
  {
    name,
    image: name,
    restartPolicy: fc.constant('Always'),
    ports: fc.array(fc.record({ containerPort: port }), { maxLength: 12 }),
    env: fc.array(fc.record({ name, value: port.map(each => `http://localhost:${each}/`) }), {
      maxLength: 4,
    }),
    args: fc.array(name, { maxLength: 2 }),
    volumeMounts: fc.array(fc.record({ name: volume, mountPath: name, readOnly: fc.boolean() }), {
      maxLength: 14,
    }),
    resources: fc.record({
      requests: fc.dictionary(fc.constantFrom('cpu', 'memory', 'example.com/m'.repeat(9)), quantity),
    }),
    readinessProbe: fc.record({ tcpSocket: fc.record({ port }) }),
  },
  { requiredKeys: ['name'] },
)

/** Pictures of random Pods, from none to more than 60 containers, with random parts injected. */
export const pictures: fc.Arbitrary<PodPicture> = fc
  .record({
    name,
    initContainers: fc.array(container, { maxLength: 5 }),
    containers: fc.array(container, { maxLength: 5 }),
    copies: fc.constantFrom(1, 1, 1, 9),
    volumes: fc.array(volume, { maxLength: 12 }),
    restartPolicy: fc.constantFrom('Always', 'Never'),
    shareProcessNamespace: fc.boolean(),
    profile: name,
    chosen: fc.array(fc.nat(9), { maxLength: 3 }),
  })
  .map(({ name, initContainers, containers, copies, volumes, profile, chosen, ...spec }) => {
    const many = Array.from({ length: copies }, () => containers).flat()
    const namesOf = (all: readonly { readonly name: string }[]) => chosen.flatMap(at => all[at]?.name ?? [])
    const injected = {
      revision: 'r',
      initContainers: namesOf(initContainers),
      containers: namesOf(containers),
      volumes: volumes.slice(0, 2),
    }
    const pod = {
      metadata: { name },
      spec: {
        ...spec,
        initContainers,
        containers: many,
        volumes: volumes.map(each => ({ name: each, emptyDir: {} })),
      },
    }
    return podPicture(pod as unknown as Pod, [{ name: profile, injected }])
  })
