import type { JsonObject } from '../../src/profile/json.ts'
import { anyJson } from './hostile.ts'
import { hostilePod } from './hostile-pod.ts'
import { damaged, hostileProfile, hostileText } from './hostile-profile.ts'
import type { Random } from './random.ts'
import { type Case, reviewOf, type Step } from './step.ts'

/** The kinds of cases, each with how one is made. */
export type Kind = keyof typeof makers

export const kinds = () => Object.keys(makers) as Kind[]

export function makeCase(kind: Kind, random: Random): Case {
  return { name: kind, steps: makers[kind](random) }
}

const catalog = [
  'logging',
  'log-tail',
  'work-dir',
  'statsd',
  'proxy',
  'ambassador',
  'telemetry',
  'wait-for',
  'log-adapter',
]
const served = ['hostile', 'canary-all', ...catalog]

const review = (random: Random, names = served): Step => ({
  do: 'review',
  namespace: 'team-a',
  pod: hostilePod(random, names),
})
const put = (object: JsonObject): Step => ({ do: 'put', object })

const makers = {
  /** A Pod, with the profiles of the catalog. */
  pod: random => [review(random)],
  /** A profile is stored, and a Pod asks for it. */
  profile: random => {
    const object = hostileProfile(random)
    return [put(object), { do: 'validate', object }, plainReview('hostile'), review(random, ['hostile'])]
  },
  /** Many profiles of one namespace. */
  'many profiles': random => {
    const count = random.size(200)
    const one = hostileProfile(random)
    const objects = Array.from({ length: count }, (_, i) => ({
      ...one,
      metadata: { name: `hostile-${i}`, namespace: 'team-a' },
    }))
    return [...objects.map(put), plainReview(objects.map(({ metadata }) => metadata.name).join(','))]
  },
  /** Profile added, Pod reviewed, profile changed, deleted, replica restarted, in any order. */
  sequence: random => {
    const profiles = Array.from({ length: random.between(1, 4) }, (_, i) =>
      hostileProfile(random, `hostile-${i}`),
    )
    const step = random.pick<() => Step>
    return Array.from({ length: random.between(3, 8) }, () =>
      step([
        () => put(random.pick(profiles)),
        () => put(hostileProfile(random, 'hostile-0')),
        () => ({ do: 'delete', object: random.pick(profiles) }),
        () =>
          review(
            random,
            profiles.map((_, i) => `hostile-${i}`),
          ),
        () => plainReview('hostile-0'),
        () => (random.chance(0.3) ? { do: 'restart' } : plainReview('hostile-0')),
        () => put(hostileNamespace(random)),
      ])(),
    )
  },
  /** A Pod that was stored: the sweep meets it. */
  'stored pod': random => {
    const pod = { apiVersion: 'v1', kind: 'Pod', ...hostilePod(random, served) }
    return [
      put({
        ...pod,
        metadata: { ...((pod as JsonObject)['metadata'] as JsonObject), name: 'stored', namespace: 'team-a' },
      }),
    ]
  },
  /** Not what an API server sends. */
  bytes: random => {
    const whole = random.chance(0.5)
      ? reviewOf('Pod', 'team-a', hostilePod(random, served))
      : reviewOf('SidecarProfile', 'team-a', hostileProfile(random))
    return [{ do: 'send', path: random.pick(['/mutate', '/validate']), body: damaged(random, whole) }]
  },
  /** A review of something else. */
  envelope: random => [
    {
      do: 'send',
      path: random.pick(['/mutate', '/validate']),
      body: JSON.stringify({
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        request: anyJson(random, 500_000),
        [String(anyJson(random, 20))]: anyJson(random, 100_000),
      }),
    },
  ],
  yaml: random => [
    { do: 'read', as: random.pick(['profiles', 'manifest'] as const), text: hostileText(random) },
  ],
} satisfies Record<string, (random: Random) => readonly Step[]>

function plainReview(names: string): Step {
  const annotations = { 'pillion.dev/inject': names }
  return {
    do: 'review',
    namespace: 'team-a',
    pod: { metadata: { name: 'pod', annotations }, spec: { containers: [{ name: 'app', image: 'app:1' }] } },
  }
}

function hostileNamespace(random: Random): JsonObject {
  const annotations = {
    'pillion.dev/inject': random.pick([
      'hostile-0',
      'logging,hostile-0',
      'none',
      'x'.repeat(random.size(200_000)),
    ]),
  }
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'team-b', labels: { 'pillion.dev/inject': 'enabled' }, annotations },
  }
}
