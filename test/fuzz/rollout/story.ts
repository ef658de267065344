import type { JsonObject } from '../../../src/json/json.ts'
import type { Random } from '../random.ts'
import { type Fate, fates } from './nodes.ts'

/** What happens to one profile with a rollout and to its Pods. All of it is JSON, so that a finding can be kept. */
export interface Story {
  /** Decides how long each request takes, and which of them fail. */
  readonly seed: number
  /** The number of Pods of each workload. */
  readonly workloads: readonly number[]
  readonly rollout: JsonObject
  readonly happenings: readonly Happening[]
}

/** One thing that happens, so many milliseconds after the one before. */
export type Happening = { readonly afterMs: number } & (
  | { readonly do: 'edit'; readonly change: Change }
  | { readonly do: 'set'; readonly rollout: JsonObject | null }
  /** Writes the stable spec back. */
  | { readonly do: 'undo' }
  | { readonly do: 'pause'; readonly paused: boolean }
  /** Sets the annotation of a promotion: `canary`, `stable` and `old` stand for a revision. */
  | { readonly do: 'promote'; readonly mark: string }
  /** Sets the annotation that resumes a rollout: so many seconds from now, or to any text. */
  | { readonly do: 'resume'; readonly inSeconds?: number; readonly text?: string }
  /** These replicas believe that they lead. */
  | { readonly do: 'lead'; readonly replicas: readonly Name[] }
  /** The process ends in the middle of whatever it does, and starts again. */
  | { readonly do: 'kill'; readonly replica: Name; readonly forMs: number }
  /** What the replica sends, and what it hears, takes up to so long. */
  | { readonly do: 'freeze'; readonly replica: Name; readonly upToMs: number; readonly forMs: number }
  /** One in so many requests fails. */
  | { readonly do: 'fail'; readonly oneIn: number; readonly forMs: number }
  | { readonly do: 'delete pod'; readonly index: number }
  /** Somebody who may write a Pod changes what Pillion wrote there. */
  | { readonly do: 'forge'; readonly index: number; readonly what: Forgery }
)

export type Name = 'a' | 'b'

/** What an edit of the spec changes: only a new environment variable needs another Pod. */
export type Change =
  | { readonly fate: Fate }
  | { readonly label: string }
  | { readonly cpu: string }
  | { readonly variable: string }

export const forgeries = [
  'an update now',
  'an update in the future',
  'an update of an unknown revision',
  'the canary',
  'an unknown revision',
  'another image',
  'no status',
  'garbage',
] as const
export type Forgery = (typeof forgeries)[number]

/** Leaders change, processes end, requests fail, people edit, promote, pause and forge, all at any time. */
export function rolloutStory(random: Random): Story {
  return {
    seed: random.between(0, 2 ** 31),
    workloads: workloads(random),
    rollout: settings(random, random.pick(['InPlace', 'InPlace', 'Recreate'])),
    happenings: Array.from({ length: random.between(3, 18) }, () => ({
      afterMs: random.pick([0, 50, 300, 1_000, random.between(0, 60_000), random.between(0, 400_000)]),
      ...random.pick(happenings)(random),
    })),
  }
}

/** One edit, and then only what must not matter: other leaders, ended processes, lost requests, Pods that are replaced. */
export function leadersStory(random: Random): Story {
  const edit = { afterMs: 1_000, do: 'edit', change: { fate: random.pick(fates) } } as const
  return {
    seed: random.between(0, 2 ** 31),
    workloads: workloads(random),
    // With less, it depends on who looks when whether a container that crashes at its start passes for a ready one, and
    // whether a slow one is late.
    rollout: {
      ...settings(random, 'InPlace'),
      minReadySeconds: random.pick([5, 10]),
      progressDeadlineSeconds: 120,
    },
    happenings: [
      edit,
      ...Array.from({ length: random.between(2, 10) }, () => ({
        afterMs: random.between(0, 30_000),
        ...random.pick(weather)(random),
      })),
    ],
  }
}

const workloads = (random: Random) => Array.from({ length: random.between(1, 5) }, () => random.between(1, 4))

function settings(random: Random, update: string): JsonObject {
  const percents = [...new Set([random.between(1, 99), random.between(1, 99), random.between(1, 100)])]
  const steps = percents
    .sort((a, b) => a - b)
    .map(percent => ({
      percent,
      ...(random.chance(0.5) && { hold: random.pick(['0s', '20s', '2m']) }),
      ...(random.chance(0.15) && { pause: true }),
    }))
  return {
    update,
    maxUnavailable: random.pick([1, 1, 2, '50%']),
    minReadySeconds: random.pick([0, 5, 10]),
    progressDeadlineSeconds: random.pick([20, 40, 120]),
    onFailure: random.pick(['Revert', 'Pause']),
    ...random.pick<() => JsonObject>([
      () => ({}),
      () => ({ steps }),
      () => ({ steps }),
      () => ({ canary: { percent: random.between(0, 100) } }),
    ])(),
  }
}

const replica = (random: Random): Name => random.pick(['a', 'b'])
type Any = Happening extends infer H ? (H extends { afterMs: number } ? Omit<H, 'afterMs'> : never) : never

/** What changes nothing about the end. */
const weather: readonly ((random: Random) => Any)[] = [
  random => ({
    do: 'lead',
    replicas: random.pick<readonly Name[]>([['a'], ['b'], ['a', 'b'], []]),
  }),
  random => ({ do: 'kill', replica: replica(random), forMs: random.between(0, 20_000) }),
  random => ({
    do: 'freeze',
    replica: replica(random),
    upToMs: random.pick([500, 5_000, 15_000]),
    forMs: random.between(1_000, 30_000),
  }),
  random => ({ do: 'fail', oneIn: random.between(2, 20), forMs: random.between(1_000, 60_000) }),
]

const happenings: readonly ((random: Random) => Any)[] = [
  ...weather,
  ...weather,
  random => ({ do: 'edit', change: { fate: random.pick(fates) } }),
  random => ({ do: 'edit', change: { fate: random.pick(['ready', 'slow'] as const) } }),
  random => ({
    do: 'edit',
    change: random.pick<Change>([
      { label: `l${random.between(0, 3)}` },
      { cpu: `${random.between(1, 9)}0m` },
    ]),
  }),
  random => ({ do: 'edit', change: { variable: `v${random.between(0, 3)}` } }),
  random => ({
    do: 'set',
    rollout: random.chance(0.1) ? null : settings(random, random.pick(['InPlace', 'Recreate', 'OnCreate'])),
  }),
  () => ({ do: 'undo' }),
  random => ({ do: 'pause', paused: random.chance(0.5) }),
  random => ({
    do: 'promote',
    mark: random.pick([
      'canary',
      'canary/0',
      'canary/1',
      'stable',
      'old',
      'canary/99',
      'no revision',
      '',
      '0123456789',
    ]),
  }),
  random => ({ do: 'resume', inSeconds: random.pick([0, 0, 0, -3_600, 60, 300, 86_400]) }),
  random => ({
    do: 'resume',
    text: random.pick(['', 'now', '2026-13-01T00:00:00Z', '9999-12-31T23:59:59Z']),
  }),
  random => ({ do: 'delete pod', index: random.between(0, 20) }),
  random => ({ do: 'forge', index: random.between(0, 20), what: random.pick(forgeries) }),
]
