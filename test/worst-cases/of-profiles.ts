import { pinnedRevisions, type WithRevisions } from '../../src/profile/accept/pinned-revisions.ts'
import type { Profile } from '../../src/profile/profile.ts'
import { asking, bodyOf, containers, most, profilesOf, type WorstCase } from './cases.ts'
import { times } from './times.ts'

const { profiles: many } = most
const loop = (n: number) =>
  `string(lists.all(a, lists.all(b, lists.all(c, a * b * c + pod.spec.containers.size() + ${n} > 0))))`.replaceAll(
    'lists',
    '[1,2,3,4,5,6,7,8,9,10]',
  )
const cheap = (n: number) => `string(pod.spec.containers.size() + ${n})`
const env = (count: number, value: (i: number) => string) =>
  times(count, i => ({ name: `E${i}`, value: value(i) }))
const text = (length: number) => 'x'.repeat(length)
const all = (count = most.containers) => ({ containers: containers(count) })
const side = (fields: object = {}) => ({ name: 'side', image: 'side:1', ...fields })

const pinned = '0123456789'

/** A profile with a kept revision whose expressions cost much to compile. */
function withRevision({ name }: Profile): WithRevisions {
  const spec = { appContainers: times(2, () => ({ select: 'all', env: env(125, i => `$(${loop(i)})`) })) }
  const kept = { name, revision: pinned, number: 1, bytes: 0, isWhole: true, spec: () => spec }
  return {
    object: { metadata: { name } },
    kept: { size: 1, find: () => kept, isGone: () => false, all: () => [kept] },
    compiled: [],
  }
}

/** Profiles that are as heavy as they may be, for Pods that make most of them. */
export const ofProfiles: Readonly<Record<string, () => Omit<WorstCase, 'of'>>> = {
  '250 expressions near the limit': () => ({
    body: bodyOf(asking(4), all(1)),
    profiles: profilesOf(4, () => ({
      appContainers: times(2, () => ({ select: 'all', env: env(125, i => `$(${loop(i)})`) })),
    })),
  }),
  '64 profiles of 250 expressions for 256 containers': () => ({
    body: bodyOf(asking(many), all()),
    profiles: profilesOf(many, () => ({
      appContainers: times(2, () => ({ select: 'all', env: env(125, i => `$(${cheap(i)})`) })),
    })),
  }),
  'expressions that fail, for 256 containers': () => ({
    body: bodyOf(asking(many), all()),
    profiles: profilesOf(many, () => ({
      appContainers: times(2, () => ({
        select: 'all',
        env: env(30, i => `$(string(pod.spec.nothing) + '${i}${text(500)}')`),
      })),
    })),
  }),
  'long expressions, each of its own': () => ({
    body: bodyOf(asking(many), all(1)),
    profiles: profilesOf(many, p => ({
      appContainers: [
        {
          select: 'all',
          env: env(
            12,
            i => `$(string(${times(700, j => j).join('+')} + ${p * 100 + i} + pod.spec.containers.size()))`,
          ),
        },
      ],
    })),
  }),
  'short expressions, each of its own': () => ({
    body: bodyOf(asking(many), all(1)),
    profiles: profilesOf(many, p => ({
      appContainers: times(2, j => ({
        select: 'all',
        env: times(125, i => ({ name: `P${p}_${j}_${i}`, value: `$(${cheap(p * 1_000 + j * 200 + i)})` })),
      })),
    })),
  }),
  'constants of 64 profiles for 256 containers': () => ({
    body: bodyOf(asking(many), all()),
    profiles: profilesOf(many, p => ({
      appContainers: times(16, j => ({
        select: 'all',
        env: times(128, i => ({ name: `P${p}_${j}_${i}`, value: '1' })),
      })),
    })),
  }),
  'a constant of 60 KB for 256 containers': () => ({
    body: bodyOf(asking(1), all()),
    profiles: profilesOf(1, () => ({ appContainers: [{ select: 'all', env: env(1, () => text(60_000)) }] })),
  }),
  'a parameter of 64 KB in 100 variables for 256 containers': () => ({
    body: bodyOf({ ...asking(1), 'pillion.dev/p0.text': text(65_000) }, all()),
    profiles: profilesOf(1, () => ({
      parameters: { text: { type: 'string', required: true } },
      appContainers: [{ select: 'all', env: env(100, i => `${i}$(params.text)`) }],
    })),
  }),
  'long values and long patterns': () => ({
    body: bodyOf(
      { ...asking(1), ...Object.fromEntries(times(30, i => [`pillion.dev/p0.a${i}`, text(65_000)])) },
      all(1),
    ),
    profiles: profilesOf(1, () => ({
      parameters: Object.fromEntries(
        times(30, i => [`a${i}`, { type: 'string', pattern: `^(x|xx|xxx|y{${(i % 8) + 1}})*x*$` }]),
      ),
    })),
  }),
  'sources of variables by the thousand': () => ({
    body: bodyOf(asking(many), {
      containers: containers(1, () => ({
        envFrom: times(16_000, i => ({ configMapRef: { name: `own-${i}` } })),
      })),
    }),
    profiles: profilesOf(many, p => ({
      appContainers: times(16, j => ({
        select: 'all',
        envFrom: times(128, i => ({ configMapRef: { name: `c${p}-${j}-${i}` } })),
      })),
    })),
  }),
  'pull secrets by the thousand': () => ({
    body: bodyOf(asking(many), {
      ...all(1),
      imagePullSecrets: times(16_000, i => ({ name: `own-${i}` })),
    }),
    profiles: profilesOf(many, p => ({
      pod: { imagePullSecrets: times(128, i => ({ name: `s${p}-${i}` })) },
    })),
  }),
  'volumes that look for a mount in 256 containers': () => ({
    body: bodyOf(asking(many), {
      containers: containers(most.containers, () => ({
        volumeMounts: times(60, i => ({ name: `v${i}`, mountPath: `/m/${i}` })),
      })),
    }),
    profiles: profilesOf(many, p => ({
      volumes: times(32, i => ({ name: `v${p}-${i}`, emptyDir: {}, adopt: { mountPath: `/a/${p}/${i}` } })),
      containers: [
        side({
          name: `side-${p}`,
          volumeMounts: times(32, i => ({ name: `v${p}-${i}`, mountPath: `/${i}` })),
        }),
      ],
    })),
  }),
  '64 profiles of 32 containers, each after all others': () => ({
    body: bodyOf(asking(many), all(200)),
    profiles: profilesOf(many, p => ({
      order: { after: times(p, i => `p${i}`), before: times(many - p - 1, i => `p${p + i + 1}`) },
      initContainers: times(16, i => side({ name: `i${p}-${i}` })),
      containers: times(16, i => side({ name: `c${p}-${i}` })),
    })),
  }),
  'sidecars that are there already, with all items': () => ({
    body: bodyOf(asking(many), {
      containers: containers(16, () => ({ env: env(1_000, String) })),
    }),
    profiles: profilesOf(many, () => ({
      lifecycle: 'regular',
      containers: times(16, i => side({ name: `app-${i}`, image: 'example/app:1', env: env(100, String) })),
    })),
  }),
  '16 sidecars that inherit all of 16,000 items, of 64 profiles': () => ({
    body: bodyOf(asking(many), { containers: containers(1, () => ({ env: env(16_000, String) })) }),
    profiles: profilesOf(many, p => ({
      containers: times(16, i => side({ name: `s${p}-${i}`, inherit: ['env'] })),
    })),
  }),
  'the whole Pod as JSON in 128 variables': () => ({
    body: bodyOf(asking(1), { ...all(10), later: times(20_000, i => `${i}${text(50)}`) }),
    profiles: profilesOf(1, () => ({
      appContainers: [{ select: 'all', env: times(120, i => ({ name: `E${i}`, json: { pod: '$(pod)' } })) }],
    })),
  }),
  '60,000 conflicts that deny': () => ({
    body: bodyOf(asking(many), all()),
    profiles: profilesOf(many, p => ({
      appContainers: times(2, () => ({ select: 'all', env: env(128, i => `${p}-${i}`) })),
    })),
  }),
  '60,000 conflicts that are kept': () => ({
    body: bodyOf(asking(many), all()),
    profiles: profilesOf(many, p => ({
      onConflict: 'keep',
      appContainers: times(2, () => ({ select: 'all', env: env(128, i => `${p}-${i}`) })),
    })),
  }),
  '64 profiles of 100 KB whose parameter differs in each Pod': () => ({
    body: bodyOf(
      {
        ...asking(many),
        ...Object.fromEntries(times(many, i => [`pillion.dev/p${i}.a`, String(Math.random())])),
      },
      all(1),
    ),
    profiles: profilesOf(many, p => ({
      parameters: { a: { type: 'string', default: '' } },
      appContainers: times(15, j => ({
        select: 'all',
        env: [
          ...times(126, i => ({ name: `P${p}_${j}_${i}`, value: text(20) })),
          { name: `A${p}_${j}`, value: '$(params.a)' },
        ],
      })),
    })),
  }),
  'a selection of 128 names, 1,024 times': () => ({
    body: bodyOf(asking(many), all()),
    profiles: profilesOf(many, () => ({
      appContainers: times(16, () => ({ select: times(128, i => `app-${i}`), env: env(1, String) })),
    })),
  }),
  '64 pins of revisions that no review has read, with 250 expressions each': () => ({
    body: bodyOf(
      { ...asking(many), ...Object.fromEntries(times(many, i => [`pillion.dev/p${i}.revision`, pinned])) },
      all(1),
    ),
    profiles: {
      ...profilesOf(many, () => ({ containers: [side()] })),
      // Nothing is cached.
      revisionOf: (profile, wanted) =>
        pinnedRevisions(() => withRevision(profile)).revisionOf(profile, wanted),
    },
  }),
  'requirements near the limit': () => ({
    body: bodyOf(asking(many), all(1)),
    profiles: profilesOf(many, () => ({
      requires: times(32, i => ({ expression: `${loop(i)} == 'true'`, message: text(1_000) })),
    })),
  }),
}
