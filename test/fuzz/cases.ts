import type { JsonObject } from '../../src/json/json.ts'
import { forged } from './forged.ts'
import { anyJson, deepText } from './hostile.ts'
import { hostilePod } from './hostile-pod.ts'
import { damaged, hostileProfile, hostileText } from './hostile-profile.ts'
import { meddlings } from './meddling.ts'
import { podAtLimits } from './pod-at-limits.ts'
import { portAct } from './port.ts'
import { profileAtLimits } from './profile-at-limits.ts'
import type { Random } from './random.ts'
import { requests } from './requests.ts'
import { leadersStory, rolloutStory } from './rollout/story.ts'
import { anyProfile, askingFor, manyNamespaces, manyProfiles, sequence } from './sequences.ts'
import { type Case, reviewOf, type Step } from './step.ts'

/** How many cases of a kind a round has: as many as take about as long as one of the kind that takes longest. */
export const perRound: Readonly<Record<Kind, number>> = {
  modest: 0,
  pod: 32,
  workload: 32,
  profile: 5,
  'at the limits': 2,
  'many profiles': 1,
  'many namespaces': 1,
  sequence: 1,
  forged: 8,
  meddling: 8,
  requests: 5,
  port: 1,
  'stored pod': 8,
  bytes: 40,
  envelope: 100,
  yaml: 1,
  rollout: 1,
  leaders: 1,
}

/** The kinds of cases, each with how one is made. */
export type Kind = keyof typeof makers

export const kinds = () => (Object.keys(makers) as Kind[]).filter(kind => perRound[kind] > 0)

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
const paths = ['/mutate', '/validate', '/warn'] as const
const put = (object: JsonObject): Step => ({ do: 'put', object })

const makers = {
  /** What most people send, and nothing hostile: a new replica gets warm with it. */
  modest: random => [askingFor(random.pick(served.slice(1)), 'quiet')],
  /** A Pod, with the profiles of the catalog. */
  pod: random => [review(random)],
  /** A profile is stored, and a Pod asks for it. */
  profile: random => {
    const object = hostileProfile(random)
    return [put(object), { do: 'validate', object }, askingFor('hostile'), review(random, ['hostile'])]
  },
  /** Sizes just at their limits, and just over them. */
  'at the limits': random => {
    const count = random.between(1, 6)
    const objects = Array.from({ length: count }, (_, i) =>
      profileAtLimits(random, `hostile${i === 0 ? '' : i}`),
    )
    const names = objects.map(({ metadata }) => String((metadata as JsonObject)['name']))
    const pod = podAtLimits(random, names)
    const object = random.pick(objects)
    return [{ do: 'put all', objects }, { do: 'validate', object }, askingFor(names.join(',')), reviewed(pod)]
  },
  'many profiles': manyProfiles,
  'many namespaces': manyNamespaces,
  sequence,
  /** A Deployment or a Namespace is applied, with the annotations and labels of a hostile Pod in each place. */
  workload: random => {
    const { metadata, spec } = hostilePod(random, served) as { metadata: JsonObject; spec: JsonObject }
    const other = hostilePod(random, served)['metadata'] as JsonObject
    const template = { metadata, spec }
    const objects: JsonObject[] = [
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: other, spec: { template } },
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: other,
        spec: { jobTemplate: { metadata: other, spec: { template } } },
      },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { ...other, name: 'team-a' } },
    ]
    const object = random.pick(objects)
    return [{ do: 'send', path: '/warn', body: reviewOf(String(object['kind']), 'team-a', object) }]
  },
  /** A status that claims what the Pod has. */
  forged: random => [
    ...(random.chance(0.5) ? [put(anyProfile(random))] : []),
    reviewed(
      forged(
        random,
        Array.from({ length: random.between(1, 3) }, () => random.pick(served)),
      ),
    ),
  ],
  /** Other webhooks change what was injected, and the API server calls again. */
  meddling: random => {
    const isModest = random.chance(0.6)
    const profile = isModest ? undefined : profileAtLimits(random)
    const names = random.pick([
      ['hostile'],
      ['canary-all'],
      [random.pick(catalog)],
      [random.pick(catalog), random.pick(catalog)],
    ])
    // Each once: two containers of one name are no Pod.
    const meddling = [
      ...new Set(Array.from({ length: random.between(1, 3) }, () => random.pick(meddlings()))),
    ]
    const pod = isModest ? forgetful(forged(random, names)) : podAtLimits(random, names)
    return [...(profile ? [put(profile)] : []), { ...reviewed(pod), meddling }]
  },
  /** HTTP of those who are no API server. */
  requests: random => {
    const pod = hostilePod(random, served)
    return [requests(random, random.chance(0.7) ? canaryReview : reviewOf('Pod', 'team-a', pod))]
  },
  /** Connections of those who may not even speak HTTP. */
  port: random => {
    const body = random.chance(0.8) ? canaryReview : reviewOf('Pod', 'team-a', hostilePod(random, served))
    return [{ do: 'port', act: portAct(random, Buffer.from(body).toString('latin1')) }]
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
    const deep = whole.replace('"image":"', `"deep":${deepText(random, 1_000_000)},"image":"`)
    const body = damaged(random, random.chance(0.3) ? deep : whole)
    return [{ do: 'send', path: random.pick(paths), body }]
  },
  /** A review of something else. */
  envelope: random => [
    {
      do: 'send',
      path: random.pick(paths),
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
  /** A rollout, while leaders change, processes end, requests fail, and people edit and forge. */
  rollout: random => [{ do: 'rollout', story: rolloutStory(random) }],
  /** A rollout that must end in the same way whoever leads. */
  leaders: random => [{ do: 'rollout', story: leadersStory(random), isSameForOne: true }],
} satisfies Record<string, (random: Random) => readonly Step[]>

const reviewed = (pod: JsonObject): Step & { readonly do: 'review' } => ({
  do: 'review',
  namespace: 'team-a',
  pod,
})

const canaryReview = reviewOf('Pod', 'team-a', askingFor('canary-all').pod)

/** The same Pod without its status. */
function forgetful(pod: JsonObject): JsonObject {
  const metadata = pod['metadata'] as JsonObject
  const { 'pillion.dev/status': _, ...annotations } = metadata['annotations'] as JsonObject
  return { ...pod, metadata: { ...metadata, annotations } }
}
